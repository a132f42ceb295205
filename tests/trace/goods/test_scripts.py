"""The scripts of a release: recorded in the ledger, and held against what a server gives."""

import json

import pytest
from support.ledger.commands import suyuan
from support.ledger.world import ORIGIN
from support.web.client import client_of, english
from support.web.signing import serving

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.rules import Refused
from suyuan.trace.ledger.ledger import GATEWAY_KEY
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.watch import script_releases
from suyuan.trace.watch.audit import audit
from suyuan.web.app import scripts as served
from suyuan.web.server import scripts_cli

pytestmark = pytest.mark.slow

FILES = {"a.js": "11" * 32, "b.js": "22" * 32}


def say(world, actor, files):
    (receipt,) = world.say(actor, acts.scripts(files))
    return receipt.index


def known(world, files):
    with world.ledger.reading() as reader:
        found = script_releases.recorded(
            reader, world.trust.genesis, acts.scripts(files)["release"]
        )
    return [(one.index, one.counts) for one in found]


def test_what_the_authority_and_its_offices_say_counts_and_stands_first(small):
    market = small.party("湖心市场", "market")
    office = small.party("市局信息中心", "office")
    small.say(small.authority, acts.appoint(market.uri, ["350206"]))
    friend, key = codes.uri_of(codes.new(), "trace.food.example", "party"), LocalSigner.new()
    small.say(
        market,
        acts.admit(friend, "自称的局", ["office"], "350206"),
        acts.enrol_signer(ORIGIN, friend, key),
    )
    self_made = type(market)(friend, key, small.ledger.pen(friend, key))
    assert known(small, FILES) == []
    by_market, by_friend = say(small, market, FILES), say(small, self_made, FILES)
    by_office, by_authority = say(small, office, FILES), say(small, small.authority, FILES)
    assert known(small, FILES) == [
        (by_office, True), (by_authority, True), (by_market, False), (by_friend, False)
    ]  # fmt: skip
    assert known(small, {**FILES, "a.js": "33" * 32}) == []
    small.ledger.followers.catch_up()
    assert audit(small.ledger).is_good


def test_files_of_another_release_are_refused(small):
    statement = acts.scripts(FILES)
    with pytest.raises(Refused, match="statement: these files are release"):
        small.say(small.authority, {**statement, "files": statement["files"][:1]})


def test_differences_are_named():
    changed = {"a.js": "11" * 32, "b.js": "33" * 32, "d.js": "44" * 32}
    assert script_releases.differences({**FILES, "c.js": "11" * 32}, changed) == [
        "b.js is another than recorded", "d.js is not recorded", "c.js is recorded, and not served",
    ]  # fmt: skip
    assert script_releases.differences(FILES, FILES) == []


def test_a_release_names_everything_that_pages_run(small):
    client = client_of(small.ledger)
    told = client.get("/api/v1/scripts").json
    assert (told["ledger"], told["release"], told["statements"]) == (ORIGIN, served.release(), [])
    files = {one["name"]: one["sha256"] for one in told["files"]}
    assert acts.scripts(files)["release"] == told["release"]
    assert {"sign.link.js", "sign.keys.js", "verify.keys.js", "service.js"} <= set(files)
    bodies = {one["name"]: client.get(one["url"]).data for one in told["files"]}
    assert script_releases.digests(bodies) == files


def test_the_page_says_whether_it_is_recorded(small):
    client, farm = client_of(small.ledger), small.party("青山农场", "producer")
    assert "no record of this release" in english(client, "/scripts")
    say(small, farm, served.files())
    assert "no record of this release" in english(client, "/scripts")
    index = say(small, small.authority, served.files())
    assert f"as record no. {index}, with exactly" in english(client, "/scripts")
    assert client.get("/api/v1/scripts").json["statements"][0]["matches"] is True


def test_the_command_prints_records_and_checks(small, tmp_path, monkeypatch):
    home = ("--home", small.home)
    code, out, _err = suyuan("scripts")
    assert code == 0 and out.startswith(f"release {served.release()}\n") and "sign.keys.js" in out
    code, out, _err = suyuan("scripts", "--json")
    assert json.loads(out) == acts.scripts(served.files())
    trust = tmp_path / "trust.json"
    trust.write_text(small.trust.to_json(), "utf-8")
    with serving(small, monkeypatch) as url:
        for more in (home, ("--trust", trust)):
            code, _out, err = suyuan("scripts", "--check", url, *more)
            assert code == 1 and "no statement about release" in err, err
        index = say(small, small.authority, served.files())
        for more in (home, ("--trust", trust)):
            code, out, err = suyuan("scripts", "--check", url, *more)
            assert (code, err) == (0, "") and f"as recorded at index {index}" in out
        # A module that is given otherwise, under the name of the release.
        monkeypatch.setattr(served, "modules", lambda: {**MODULES, "sign/keys.js": b"steal()"})
        for more in (home, ("--trust", trust)):
            code, _out, err = suyuan("scripts", "--check", url, *more)
            assert code == 1 and "no statement about release" in err
    assert suyuan("scripts", "--check", url, *home)[0] == 3  # nobody answers
    assert suyuan("scripts", "--check", "x:y", *home)[0] == 2
    assert suyuan("scripts", "--check", url, "--record")[0] == 2


MODULES = dict(served.modules())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<script type="module" src="/js/0123456789abcdef/x.js"></script>', None),
        ('<script src="/js/fedcba9876543210/x.js"></script>', "not of this release"),
        ('<script src="/js/0123456789abcdef/y.js"></script>', "not of this release"),
        ('<script src="https://elsewhere.example/x.js"></script>', "not of this release"),
        ("<SCRIPT>steal()</SCRIPT>", "a script of its own"),
        ('<script src="/js/0123456789abcdef/x.js">steal()</script>', "a script of its own"),
    ],
)
def test_pages_that_ask_for_other_scripts_are_named(text, says):
    class Fake:
        def get(self, path):
            return Fetched(200, "text/html", f"<p>{path}</p>{text}".encode())

    found = scripts_cli.wrong_pages(Fake(), {"/js/0123456789abcdef/x.js"})
    assert [says in one for one in found] == ([] if says is None else [True] * 3)


def test_the_command_records_the_release_with_a_key(tmp_path, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "correct horse")
    home, root = tmp_path / "home", tmp_path / "authority.key"
    suyuan.good("init", "--origin", ORIGIN, "--home", home)
    for key, counts in ((home / GATEWAY_KEY, False), (root, True)):
        code, out, err = suyuan("scripts", "--record", "--key", key, "--home", home)
        assert (code, f"release {served.release()} recorded at index" in out) == (0, True), err
        assert ("counts for nobody" in err) is not counts


def test_with_a_trust_file_an_enrolled_key_decides_nothing(small, tmp_path, monkeypatch):
    office = small.party("市局信息中心", "office")
    say(small, office, served.files())
    trust = tmp_path / "trust.json"
    trust.write_text(small.trust.to_json(), "utf-8")
    with serving(small, monkeypatch) as url:
        code, _out, err = suyuan("scripts", "--check", url, "--trust", trust)
        assert code == 3 and "only the whole" in err
        assert suyuan("scripts", "--check", url, "--home", small.home)[0] == 0
