"""`suyuan export --format bundle` and `suyuan verify FILE`: from a ledger to a court, offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.goods.evidence import Story, tell_story
from support.ledger.commands import PASSPHRASE
from support.ledger.lengths import length
from support.ledger.world import event
from support.web.client import change

from suyuan.keys import canonical, files
from suyuan.trace.cli.demo import city
from suyuan.trace.evidence import bundle
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse

pytestmark = pytest.mark.slow

OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("SUYUAN_")}


@pytest.fixture
def story(tmp_path, monkeypatch) -> Story:
    made = tell_story(tmp_path / "home")
    files.save(tmp_path / "home" / "log.key", made.world.log, PASSPHRASE)
    made.world.ledger.close()
    return made


@pytest.fixture
def home(suyuan, story, monkeypatch) -> Path:
    """The story's home, as the setting says."""
    monkeypatch.setenv("SUYUAN_HOME", str(story.world.home))
    return story.world.home


def offline(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The program in a folder with nothing else, no home and no settings."""
    program = "import sys; from suyuan.trace.cli.main import cli, run; sys.exit(run(cli))"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=folder, env=OUTSIDE, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_from_the_ledger_to_a_folder_of_two_files(suyuan, story, home, tmp_path):
    code, out, err = suyuan("export", story.mixed, "--format", "bundle")
    name = f"{codes.of_chain(story.mixed, story.stall.uri)}.suyuan"
    assert (code, out.split(":")[0]) == (0, name)
    assert "as of size" in err
    folder = tmp_path / "court"
    folder.mkdir()
    (folder / name).write_bytes(Path(name).read_bytes())
    (folder / "trust.json").write_bytes((home / "trust.json").read_bytes())
    done = offline(folder, "verify", name, "--trust", "trust.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{story.mixed}: verified")
    assert "recorded by 小王代记" in done.stdout
    assert "Not shown by this file:" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == [name, "trust.json"]


def test_items_of_the_demo_verify_where_there_is_nothing_but_the_file(tmp_path):
    """In one process without a home, as a start takes a second."""
    ledger = city.build(tmp_path / "home")
    folder = tmp_path / "court"
    folder.mkdir()
    (folder / "trust.json").write_text(ledger.trust.to_json(), encoding="utf-8")
    from suyuan.trace.evidence import closure
    from suyuan.trace.goods import history

    with ledger.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
        items = sorted({ref.item for link in links if link.event for ref in link.items})
        items = items[:: length(3, 1)]
        for number, item in enumerate(items):
            found = history.whole(reader, ledger.trust.genesis, item)
            made = closure.bundle(reader, found, ledger.attachments.get)
            (folder / f"{number}.suyuan").write_bytes(made.encode())
    ledger.close()
    program = (
        "import sys, pathlib\n"
        "from suyuan.trace.evidence import bundle, verify_file\n"
        "from suyuan.trace.admission.trust import Trust\n"
        "trust = Trust.from_json(pathlib.Path('trust.json').read_text('utf-8'))\n"
        "for path in pathlib.Path().glob('*.suyuan'):\n"
        "    found = verify_file.verify(bundle.parse(path.read_bytes()), trust)\n"
        "    print(found.exit_code, found.item)\n"
        "assert not {'sqlalchemy', 'flask', 'click'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, env=OUTSIDE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert sorted(done.stdout.splitlines()) == sorted(f"0 {item}" for item in items)
    done = offline(folder, "verify", "0.suyuan", "--trust", "trust.json")
    assert done.returncode == 0


def test_a_lot_of_several_holders_asks_whose(suyuan, story, home):
    code, out, err = suyuan("export", story.first)
    assert (code, out) == (2, "")
    for holder in (story.farm, story.stall, story.laboratory):
        assert codes.shown(codes.of_chain(story.first, holder.uri)) in err
        assert codes.shown(holder.uri.rpartition("/")[2]) in err
    assert not list(Path().iterdir())


@pytest.mark.parametrize("how", ["code", "holder", "url"])
def test_the_path_to_one_holder(suyuan, story, home, how):
    code = codes.of_chain(story.first, story.farm.uri)
    item = {"code": [code], "holder": [story.first, "--holder", story.farm.uri],
            "url": [f"https://trace.food.example/t/{code}"]}[how]  # fmt: skip
    assert suyuan("export", *item)[0] == 0
    made = bundle.parse(Path(f"{code}.suyuan").read_bytes())
    assert made.item == story.first
    events = [link for one in made.entries if (link := parse(one.entry)).event]
    assert {link.actor for link in events} == {story.farm.uri}


def test_the_whole_history(suyuan, story, home):
    code, out, _ = suyuan("export", story.first, "--all", "-o", "all.suyuan", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["file"], told["item"], told["holder"]) == ("all.suyuan", story.first, None)
    made = bundle.parse(Path("all.suyuan").read_bytes())
    assert told["entries"] == len(made.entries)
    assert story.laboratory.uri in {parse(one.entry).actor for one in made.entries}


def test_nothing_is_written_over(suyuan, story, home):
    Path("a.suyuan").write_text("mine")
    code, _, err = suyuan("export", story.mixed, "-o", "a.suyuan")
    assert code == 2 and "is there already" in err
    assert Path("a.suyuan").read_text() == "mine"
    assert [path.name for path in Path().iterdir()] == ["a.suyuan"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["https://trace.food.example/t/1Q4T9ZC2KM8W0RB3"],
        ["MIXED", "--holder", "urn:nobody"],
        ["MIXED", "--holder", "urn:nobody", "--all"],
        ["MIXED", "--format", "pdf"],
        ["MIXED", "-o", "no/such/folder/a.suyuan"],
    ],
)
def test_what_cannot_be_exported_is_bad_usage(suyuan, story, home, arguments):
    given = [story.mixed if one == "MIXED" else one for one in arguments]
    code, out, err = suyuan("export", *given)
    assert (code, out) == (2, "") and err


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("UPDATE link SET entry = replace(entry, 'a', 'b') WHERE leaf = {chain}", "broken"),
        # What is handed out verifies: the file is checked by itself first.
        ("DELETE FROM link_item WHERE leaf = {party}", "no evidence can be given"),
    ],
)
def test_of_what_is_broken_nothing_is_exported(suyuan, story, home, bad, why):
    ledger = story.world.reopen()
    with ledger.reading() as reader:
        leaves = {"chain": reader.in_chain(story.mixed, story.stall.uri, 0).index,
                  "party": reader.party(story.agent.uri).admitted}  # fmt: skip
    change(ledger, bad.format(**leaves))
    ledger.close()
    code, out, err = suyuan("export", story.mixed)
    assert (code, out) == (1, "")
    assert why in err and not list(Path().iterdir())


# Verifying.


@pytest.fixture
def file(suyuan, story, home, monkeypatch) -> Path:
    """An evidence file, in a folder that has no home."""
    assert suyuan("export", story.mixed, "-o", "a.suyuan")[0] == 0
    monkeypatch.delenv("SUYUAN_HOME")
    return Path("a.suyuan")


@pytest.fixture
def trust(story) -> Path:
    Path("trust.json").write_text(story.trust.to_json(), encoding="utf-8")
    return Path("trust.json")


def test_without_a_trust_file_nothing_is_decided(suyuan, file):
    code, out, err = suyuan("verify", file)
    assert (code, out) == (3, "")
    assert "No trust file" in err and "--trust" in err


@pytest.mark.parametrize("text", ["", "{}", "[" * 5_000, "\x00", "null"])
def test_with_a_broken_trust_file_nothing_is_decided(suyuan, file, text):
    Path("trust.json").write_text(text)
    code, out, err = suyuan("verify", file, "--trust", "trust.json")
    assert (code, out) == (3, "") and "trust" in err


def test_the_trust_file_is_the_options_the_settings_or_the_homes(
    suyuan, file, trust, story, monkeypatch
):
    assert suyuan("verify", file, "--trust", trust)[0] == 0
    monkeypatch.setenv("SUYUAN_TRUST", str(trust))
    assert suyuan("verify", file)[0] == 0
    monkeypatch.delenv("SUYUAN_TRUST")
    assert suyuan("verify", file, "--home", story.world.home)[0] == 0


def test_json_is_one_document(suyuan, file, trust):
    code, out, _ = suyuan("verify", file, "--trust", trust, "--json")
    told = json.loads(out)
    assert (code, told["verdict"], told["faults"], told["undecided"]) == (0, "verified", [], [])
    assert told["links"][0]["index"] == 0 and told["not_shown"]
    assert told["witnessed"] is False and told["recorded_no_later_than"] is None
    file.write_bytes(file.read_bytes()[:-1])
    code, out, _ = suyuan("verify", file, "--trust", trust, "--json")
    assert (code, json.loads(out)["verdict"]) == (1, "broken")


def test_a_changed_byte_is_exit_1(suyuan, file, trust):
    data = file.read_bytes()
    for at in (3, len(data) // 3, len(data) - 3):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        code, out, _ = suyuan("verify", file, "--trust", trust)
        assert code == 1 and "BROKEN" in out


def test_another_version_is_exit_3(suyuan, file, trust):
    file.write_bytes(file.read_bytes().replace(b'"v":1}', b'"v":3}'))
    code, out, _ = suyuan("verify", file, "--trust", trust)
    assert code == 3 and "version 2" in out
    assert json.loads(suyuan("verify", file, "--trust", trust, "--json")[1])["undecided"]


def test_a_file_that_is_not_there_is_bad_usage(suyuan, trust):
    code, out, err = suyuan("verify", "nothing.suyuan", "--trust", trust)
    assert (code, out) == (2, "") and "nothing.suyuan" in err


def test_any_file_that_is_there_is_taken_for_evidence(suyuan, file, trust):
    file.rename("evidence.json")
    assert suyuan("verify", "evidence.json", "--trust", trust)[0] == 0
    Path("photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 100)
    code, _, err = suyuan("verify", "photo.jpg", "--trust", trust)
    assert code == 2 and "photo.jpg: this is no evidence file" in err


def test_trust_and_attachments_are_for_files(suyuan, story, trust, home):
    code, _, err = suyuan("verify", story.mixed, "--trust", trust)
    assert code == 2 and "evidence files" in err
    assert suyuan("verify", story.mixed)[0] == 0


def test_an_event_by_reference_is_read_from_where_it_is(suyuan, story, home, tmp_path):
    from suyuan.trace.admission.link_builder import Draft

    ledger, body = story.world.reopen(), canonical.dumps(event("store", story.mixed))
    ref = {"sha256": ledger.attachments.put(body), "size": len(body), "type": "application/json"}
    ledger.write(ledger.pen(story.stall.uri, story.stall.signer),
                 [Draft(event_ref=ref, items=(story.mixed,))])  # fmt: skip
    ledger.close()
    assert suyuan("export", story.mixed, "-o", "whole.suyuan")[0] == 0
    assert suyuan("verify", "whole.suyuan")[0] == 0
    made = bundle.parse(Path("whole.suyuan").read_bytes())
    Path("bare.suyuan").write_bytes(
        bundle.Bundle(made.item, made.checkpoint, made.entries).encode()
    )
    code, out, _ = suyuan("verify", "bare.suyuan")
    assert code == 3 and "event by reference" in out
    Path("body.json").write_bytes(body)
    assert suyuan("verify", "bare.suyuan", "--attachment", "body.json")[0] == 0


def test_no_control_character_reaches_the_terminal(suyuan, story, home):
    from suyuan.trace.admission import acts

    ledger = story.world.reopen()
    ledger.write(
        ledger.pen(story.trust.authority, story.world.root),
        _drafts(acts.admit(story.stall.uri, "\x1b[2J坏", ["stall"], "350206", op="change")),
    )
    ledger.close()
    assert suyuan("export", story.mixed, "-o", "b.suyuan")[0] == 0
    code, out, _ = suyuan("verify", "b.suyuan")
    assert code == 0 and "\x1b" not in out and "\\x1b[2J坏" in out


def _drafts(statement):
    from suyuan.trace.admission.link_builder import Draft

    return [Draft(statement=statement)]
