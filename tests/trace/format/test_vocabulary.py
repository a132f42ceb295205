"""One vocabulary: no other code names a step or a role, and a new one needs no other code."""

import ast
import json
import re
import shutil
import subprocess
import sys
from typing import get_args

import pytest
from babel.messages.mofile import write_mo
from conformance.reference import forms, verdicts
from support.ledger.catalogue import PO, read
from support.ledger.world import ROOT

from suyuan.trace.findings.rule import Severity
from suyuan.trace.format import statements, vocabulary
from suyuan.trace.format.vocabulary import BY_BIZ_STEP, ROLES, STATEMENTS, STEPS, UNITS
from suyuan.web.app import scripts

PAGE = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
NAMES = {*STEPS, *BY_BIZ_STEP, *ROLES}
OWN = "urn:suyuan:step:"
# The code and the count are members and columns everywhere; compared with a step they count.
EVERYDAY = {"code", "count"}
# What is called so and is neither, by where that is.
MEANT = [
    # a rule, and a member of JSON
    ("authority", "trace/format/rules.py web/text/words.py web/pages/consumer/consumer.py"),
    ("authority", "web/api/office/parties.py ledger.js"),
    ("authority", "trace/admission/trust.py trace/cli/log/init.py"),
    ("dispatch", "trace/cli/goods/arrivals.py web/api/trader/handover.py"),
    ("producer", "trace/recording/imports/purchasing.py purchase.html purchase.js"),
    ("producer", "web/api/trader/purchases.py"),
    ("office", "web/api/inspector/counter_view.py trace/store/schema.py"),
    # by whom a stage of a case is recorded
    ("office", "trace/inspection/cases.py trace/inspection/case_drafts.py"),
    ("office", "web/api/inspector/cases.py web/pages/inspector/cases.py"),
    ("office", "trace/store/beside/schema_beside.py trace/inspection/documents/render.py"),
    # the kind of a case, a field of its stages
    ("sample", "trace/inspection/cases.py sheet.js case.html"), ("office", "report.html"),
    ("producer", "web/app/access/sampling.py"),
    ("laboratory", "web/app/access/sampling.py web/pages/inspector/cases.py"),
    ("laboratory", "trace/inspection/sampling/laboratories.py trace/inspection/sampling/plans.py"),
    ("sample", "trace/inspection/followup/office_figures.py"),
    ("office", "web/api/inspector/sampling.py trace/inspection/case_kinds.py"),
    ("office", "trace/inspection/followup/task_sources.py"),
    # why goods are on their way, what is answered to that, and to a sale of more than there is
    ("dispatch", "trace/goods/handover/slips.py arrivals.html"),
    ("return", "trace/goods/handover/slips.py"),
    ("refuse", "trace/store/beside/preferences.py arrivals.html slip.js slip-odd.js"),
    # codes of a verdict's causes: a history that is cut off, whose market says so
    ("cut", "trace/goods/verdicts.py trace/recall/status.py web/item/verdicts.py"),
    ("cut", "file.js"), ("market", "trace/goods/verdicts.py verdict.js web/item/examined.py"),
    # a way by which a party is told
    ("feed", "trace/store/beside/preferences.py trace/store/beside/schema_beside.py"),
    ("feed", "trace/watch/notify/feeding.py web/api/trader/feed.py web/pages/reference.py"),
    # a message that tests a contact, a key of the demo, a button, Python's own, a set of routes
    ("test", "trace/cli/parties/contact.py trace/watch/notify/notice_text.py"),
    ("gateway", "trace/ledger/home.py"), ("make", "invite.js invite.html"),
    ("return", "web/app/routes.py"), ("stall", "web/pages/trader/stall.py"),
    # CBV's words for what others call a making
    ("commissioning", "trace/lineage/drawing/drawing_texts.py"),
    ("packing", "trace/lineage/drawing/drawing_texts.py"),
]  # fmt: skip


def named(path):
    """The steps and roles that a file of code names."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        literals = re.findall(r"""["'`](?:urn:suyuan:step:|\$\{\w+\})?([a-z_-]+)["'`]""", text)
        return {name for name in literals if name in NAMES - EVERYDAY}
    found = set()
    for node in ast.walk(ast.parse(text)):
        is_of_a_step = isinstance(node, ast.Compare) and "step" in ast.unparse(node)
        for one in ast.walk(node) if is_of_a_step else [node]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                words = {one.value.removeprefix(OWN), *re.findall(r"'([a-z_]+)'", one.value)}
                found |= words & (NAMES if is_of_a_step else NAMES - EVERYDAY)
    return found


def test_no_other_code_names_a_step_or_a_role():
    files = [
        path
        for folder in ("trace", "web", "keys")
        for kind in ("py", "js", "html")
        for path in (ROOT / folder).rglob(f"*.{kind}")
        if "demo" not in path.parts
    ]
    assert len(files) > 600
    found = {
        (name, str(path.relative_to(ROOT)) if path.suffix == ".py" else path.name)
        for path in files
        for name in named(path)
    }
    assert found == {(name, place) for name, places in MEANT for place in places.split()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'if step == "count":\n    pass'), ("a.py", 'steps.event("receive", now)'),
        ("a.py", 'X = ("urn:suyuan:step:mix",)'), ("a.py", 'f"{OWN}loss"'),
        ("a.py", "\"event.step IN ('shipping')\""), ("a.js", "x.bizStep === `${OWN}harvest`"),
        ("a.html", '{% if role == "stall" %}'),
    ],
)  # fmt: skip
def test_one_that_does_is_found(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert named(tmp_path / name)


def test_the_file_names_only_what_there_is():
    for step in STEPS.values():
        assert set(step.traits) <= set(get_args(vocabulary.StepTrait))
        assert step.type in ("ObjectEvent", "AggregationEvent", "TransformationEvent")
    for role in ROLES.values():
        assert set(role.traits) <= set(get_args(vocabulary.RoleTrait))
    assert list(vocabulary.SEVERITIES) == [one.value for one in Severity]
    script = scripts.modules()["verify/forms.js"].decode()
    asked = {form for one in STATEMENTS.values() for form in one.members.values()}
    assert asked == set(statements._FORMS)
    told = asked - {"hidden"}  # of what only a hidden field fills no script is told
    assert all(re.search(rf"\b{form}: ", script) for form in told)


def test_the_reference_verifier_has_the_same_by_its_own_lists():
    assert set(forms.STATEMENTS) == set(STATEMENTS)
    for name, one in STATEMENTS.items():
        assert set(forms.STATEMENTS[name]) == set(one.members), name
    assert forms.PARTY["roles"](list(ROLES)) and not forms.PARTY["roles"](["kiosk"])
    assert all(map(forms.STATEMENTS["key enrol"]["kept"], vocabulary.KEPT))
    theirs = {
        code: ({"piece": "1"}.get(base, base), factor)
        for base, units in verdicts.UNITS.items()
        for code, factor in zip(units.split()[::2], units.split()[1::2], strict=True)
    }
    assert theirs == {code: (one.base, f"{one.factor:f}") for code, one in UNITS.items()}
    folder = ROOT / "tests/conformance/reference"
    said = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    own = {OWN + name for name in re.findall(r'own\("([a-z-]+)"\)', said)}
    cbv = set(re.findall(r'"([a-z_]+)"', "".join(re.findall(r"step(?:_of\(\w+\))? .*", said))))
    assert own | (cbv & set(BY_BIZ_STEP)) == set(
        vocabulary.biz_steps(
            "gathers", "treats", "slaughters", "refuses", "sends", "unsends", "receives", "sells",
            "counts", "samples", "tests",
        )
    )  # fmt: skip


def test_the_page_has_each_step_role_and_unit():
    section = PAGE.split("## 6. ")[1].split("### EPCIS documents")[0]
    rows = [line.split("|")[1:4] for line in section.splitlines() if line.startswith("| ")]
    for step in STEPS.values():
        (row,) = [one for one in rows if re.search(rf"\b{step.name.split('-')[0]}\b", one[0])
                  and ("undo" in one[0]) == (step.name == "undo-dispatch")]  # fmt: skip
        bare = "own step" if step.biz_step.startswith(OWN) else step.biz_step
        assert bare in row[1] and (step.disposition or "") in row[1], step.name
        kind = step.type if step.action is None else step.action
        assert kind in row[1] or kind == "OBSERVE", step.name
        assert all(f"`{member}`" in row[2] for member in step.members), step.name
    (listed,) = re.findall(r"Steps that CBV lacks: `urn:suyuan:step:` (.*?)\.", section)
    assert set(listed.split(", ")) == {
        step.name for step in STEPS.values() if step.biz_step.startswith(OWN)
    }
    (roles,) = re.findall(r"^\| roles \| a list of: (.*) \|$", PAGE, re.MULTILINE)
    assert set(roles.split(", ")) == set(ROLES)
    units = re.findall(r"^  \| (kg|L|m|piece) \| (.*) \|$", PAGE, re.MULTILINE)
    said = {
        (*part.split(), {"piece": "1"}.get(base, base))
        for base, codes in units
        for part in codes.split(", ")
    }
    assert said == {(one.name, f"{one.factor:f}", one.base) for one in UNITS.values()}


FREEZE = {
    "words": "Frozen", "type": "TransformationEvent", "biz_step": f"{OWN}freeze",
    "traits": ["begins"], "form": {"fields": ["produced", "shelf_life", "origin"]},
}  # fmt: skip
CANTEEN = {
    "words": "Canteen", "traits": ["trades", "registers", "labels", "records"],
    "usual": ["code", "freeze"], "source": "Plain reason: kitchens cook and serve",
}  # fmt: skip
PROGRAM = """
import os
from pathlib import Path
from support.ledger.commands import suyuan
from support.web.client import english
from support.web.signing import ORIGIN_HEADERS, signed_in
from suyuan.trace.format.identifiers import codes
from suyuan.trace.ledger.home import load_key
from suyuan.web.factory import create_app

suyuan.init()
canteen = suyuan.party("一中食堂", "canteen")
lot = suyuan.lot(key="canteen.key")
frozen = suyuan.good(
    "record", "new", "--step", "freeze", "--quantity", "50", "--product", "冻青菜",
    "--input", f"{lot}=50KGM", "--key", "canteen.key",
).last
shown = suyuan.good("trace", frozen, "--back", "--lang", "zh").out
assert "冷冻" in shown, shown
app = create_app(Path("suyuan-data"))
client = app.test_client()
assert signed_in(client, load_key(Path("canteen.key"))).status_code == 200
page = client.get("/me/process?lang=en").text
assert '<option value="freeze">Frozen</option>' in page and ">Register</a>" in page
draft = {"step": "freeze", "goods": [{"item": lot, "quantity": "5"}],
         "made": [{"product": "冻青菜", "quantity": "5"}]}
answer = client.post("/api/v1/events/draft", json=draft, headers=ORIGIN_HEADERS)
assert answer.json["drafts"][0]["event"]["bizStep"] == "urn:suyuan:step:freeze", answer.json
assert client.get("/me?lang=en").text.count("Canteen") and "食堂" in client.get("/me?lang=zh").text
code = frozen.rsplit("/", 1)[1]
assert "Frozen" in client.get(f"/t/{code}?lang=en").text
assert "冷冻" in client.get(f"/lineage/{code}?lang=zh").text
script = client.get(app.jinja_env.globals["script_url"]("vocabulary.js")).text
assert '"urn:suyuan:step:freeze"' in script and '"canteen"' in script
assert "unusual-step" not in suyuan.good("findings", "--json").out
assert suyuan.good("audit", "--json").json["size"] == 7
print("done")
"""


@pytest.mark.slow
def test_a_new_step_and_a_new_role_need_the_file_and_their_chinese(tmp_path):
    """In a copy of `trace/` of which only the vocabulary and the catalogue are others."""
    package = tmp_path / "suyuan"
    shutil.copytree(ROOT / "trace", package / "trace", ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("web", "keys"):
        (package / name).symlink_to(ROOT / name)
    file = package / "trace" / "format" / "vocabulary.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["steps"]["freeze"], data["roles"]["canteen"] = FREEZE, CANTEEN
    file.write_text(json.dumps(data), encoding="utf-8")
    catalog = read()
    for text, context, chinese in (
        ("freeze", "step", "冷冻"), ("canteen", "role", "食堂"), ("Canteen", None, "食堂"),
    ):  # fmt: skip
        catalog.add(text, chinese, context=context)
    with (package / PO.with_suffix(".mo").resolve().relative_to(ROOT)).open("wb") as compiled:
        write_mo(compiled, catalog)
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=work,
        env={
            "PYTHONPATH": f"{tmp_path}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin",
            "SUYUAN_KEY_PASSPHRASE": "correct horse", "HOME": str(work),
        },
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.stdout.endswith("done\n"), done.stderr
