"""`suyuan party invite`, `keys enrol --invitation`: from a terminal to a browser's key."""

import json

import pytest
from support.ledger.commands import PASSPHRASE, Suyuan
from support.ledger.world import AUTHORITY, ORIGIN, World
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS

from suyuan.keys import base64, files
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts


@pytest.fixture
def call(suyuan: Suyuan, small: World, tmp_path, monkeypatch):
    """Run a command on the world's home: exit code, output, errors."""
    key = tmp_path / "authority.key"
    monkeypatch.setenv("SUYUAN_BASE_URL", "http://localhost:8000")
    files.save(key, small.root, PASSPHRASE)
    files.save(small.home / "log.key", small.log, PASSPHRASE)

    def call(*arguments, signs=False):
        return suyuan(*arguments, "--home", small.home, *(["--key", key] if signs else []))

    return call


def offer(small, code, party, signer):
    told = {
        "code": code,
        "spki": base64.encode(signer.public.spki),
        "kept": "browser",
        "possession": acts.possession(ORIGIN, party, signer),
    }
    path = "/api/v1/invitations/key"
    return client_of(small.ledger).post(path, json=told, headers=ORIGIN_HEADERS).json


def admitted(small):
    uri = f"https://{small.trust.host}/party/7K3QX9M2V8TDC4NB"
    small.say(small.authority, acts.admit(uri, "A 区 12 号", ["stall"], "350206"))
    return uri


def test_a_key_is_invited_compared_and_enrolled(small, call):
    party, signer = admitted(small), LocalSigner.new()
    code, out, err = call("party", "invite", party)
    url, *symbol = out.splitlines()
    assert code == 0
    assert url.startswith("http://localhost:8000/invite#")
    assert sum("█" in line or "▄" in line for line in symbol) > 10
    assert "A 区 12 号" in err and "once" in err
    invitation = url.rpartition("#")[2]
    assert call("keys", "enrol", "--invitation", invitation, "--check", "X", signs=True)[0] == 2
    check = offer(small, invitation, party, signer)["check"]
    code, _, err = call("keys", "enrol", "--invitation", url, "--check", "0000-0000", signs=True)
    assert (code, "it is another's" in err) == (2, True)
    code, _, err = call(
        "keys", "enrol", "--invitation", url, "--check", check, "--recover", signs=True
    )
    assert (code, "no recovery" in err) == (2, True)
    code, out, _ = call("party", "invitations", "--json")
    assert [row["state"] for row in json.loads(out)] == ["offered"]
    code, _, err = call("keys", "enrol", "--invitation", url, "--check", check.lower(), signs=True)
    assert (code, "recorded at index" in err) == (0, True)
    with small.ledger.reading() as reader:
        key = reader.key(signer.public.keyid)
    assert (key.party, key.kept) == (party, "browser")
    assert "enrolled" in call("party", "invitations")[1]
    code, _, err = call("keys", "enrol", "--invitation", url, "--check", check, signs=True)
    assert (code, "enrolled before" in err) == (2, True)


def test_a_recovery_is_said_to_be_one(small, call):
    stall, signer = small.party("A 区 12 号"), LocalSigner.new()
    code, out, _ = call("party", "invite", stall.uri, "--expires", "1", "--json")
    made = json.loads(out)
    check = offer(small, made["code"], stall.uri, signer)["check"]
    arguments = ["keys", "enrol", "--invitation", made["code"], "--check", check]
    code, _, err = call(*arguments, signs=True)
    assert (code, "which revokes 1 of them. Say --recover" in err) == (2, True)
    assert call(*arguments, "--recover", signs=True)[0] == 0
    with small.ledger.reading() as reader:
        assert reader.key(stall.signer.public.keyid).revoked is not None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["party", "invite", "urn:x:nobody"], "not admitted"),
        (["party", "invite", AUTHORITY, "--by", "urn:x:nobody"], "only the authority"),
        (["party", "invite", AUTHORITY, "--expires", "0"], "--expires"),
        (["party", "invite", "no-party"], "no"),
        (["keys", "enrol", "--invitation", "0000-0000-0000-0000", "--check", "X"], "no such"),
        (["keys", "enrol", "--invitation", "nonsense", "--check", "X"], "no code of an invitation"),
        (["keys", "enrol", "--invitation", "0000-0000-0000-0000"], "--check"),
        (["keys", "enrol", AUTHORITY], "give WHO and FILE"),
    ],
)
def test_what_cannot_be_is_refused(call, arguments, says):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
