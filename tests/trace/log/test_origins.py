"""A ledger that goes on where another one, which lost links, ended: its second link says so."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from conformance.vectors import origins_themes
from hypothesis import example, given
from hypothesis import strategies as st
from support.ledger.world import AUTHORITY, HOST, World, days_ago
from support.watch.audits import audit
from support.watch.replica import Log, client, entries_of, misbehaving

from suyuan.keys import files, notes
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts, chain
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.ledger.ledger import LOG_KEY, Ledger
from suyuan.trace.log.checkpoint import Checkpoint, last_checkpoint, open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.replica import Replica

pytestmark = pytest.mark.slow

NEW = f"{HOST}/log2"
OLD, OLD_KEY, NOTE = origins_themes.OLD, origins_themes.LOG, origins_themes.NOTE


TEXTS = st.one_of(
    st.text(max_size=80),
    st.sampled_from([OLD, OLD_KEY, NOTE, NEW, NOTE[:-1], OLD_KEY[1:]]),
    st.tuples(st.integers(0, len(NOTE)), st.text(max_size=2)).map(
        lambda cut: NOTE[: cut[0]] + cut[1] + NOTE[cut[0] + 1 :]
    ),
)


@given(TEXTS, TEXTS, TEXTS)
@example(OLD, OLD_KEY, NOTE)
@example("another.example", OLD_KEY, NOTE)
@example(OLD, OLD_KEY, NOTE + origins_themes.WITNESS)
def test_whatever_is_no_checkpoint_is_a_log_error(ledger, log, note):
    try:
        found = last_checkpoint(ledger, log, note, origin=NEW)
    except LogError:
        assert (ledger, log, note[: len(NOTE)]) != (OLD, OLD_KEY, NOTE)
        return
    assert (ledger, log, found) == (OLD, OLD_KEY, Checkpoint(OLD, 812, origins_themes.ROOT_HASH))


# In a ledger: the rules themselves are in tests/vectors (origins, late-origin, empty-origin).


@pytest.fixture
def following(small, tmp_path):
    """The ledger that the authority opens after the loss, before anything but its admission."""
    found = World(tmp_path / "next", origin=NEW, seed=b"N")
    yield found
    found.ledger.close()


def newest(ledger):
    with ledger.reading() as reader:
        return reader.checkpoint().note


def goes_on(old):
    """What the authority says of the old ledger in its new one."""
    trust = old.trust
    return acts.origin(AUTHORITY, trust.origin, str(trust.log), newest(old.ledger))


def read_again(world, tmp_path):
    """The size that an auditing reader of the world's log agrees to."""
    log = Log(entries_of(world.ledger), world.log, NEW)
    with closing(Replica(tmp_path / "replica", world.trust, Checkers(1))) as replica:
        return replica.advance(client(log, world.trust), log.note())


def test_the_second_link_names_it_once_and_moves_nothing_of_who_may_sign(
    small, following, tmp_path
):
    farm = small.party("farm", "producer")
    small.code(farm, small.new_lot())
    with following.ledger.reading() as reader:
        before = reader.log_state().standing
    (receipt,) = following.say(following.authority, goes_on(small))
    with following.ledger.reading() as reader:
        assert reader.log_state().standing == before
        (link,) = reader.links(1, 2)
    said = parse(link.entry).statement
    old = open_checkpoint(said["checkpoint"], VerifierKey.parse(said["log"]))
    assert receipt.index == 1 and (old.origin, old.size) == (small.trust.origin, 4)
    farm = following.party("farm", "producer")
    following.code(farm, following.new_lot())
    report = audit(following.ledger)
    assert report.findings == [] and report.size == 5
    assert audits.audit(following.ledger).findings == []
    assert read_again(following, tmp_path) == 5
    with pytest.raises(Refused, match="index 1") as refused:
        following.say(following.authority, goes_on(small))
    assert refused.value.rule is Rule.STATEMENT


# A server that lets through what it must refuse is found by everyone who decides again.


def ill_opened(small, following, how):
    good = goes_on(small)
    actor, said = following.authority, good
    if how == "another log's key":
        said = good | {"log": str(VerifierKey(small.trust.origin, following.log.public))}
    elif how == "a checkpoint never signed":
        said = good | {"checkpoint": good["checkpoint"].replace("\n1\n", "\n2\n")}
    elif how == "late":
        following.party("stall")
    else:
        actor = following.party("farm", "producer")
    following.say(actor, said | {"party": actor.uri})


@pytest.mark.parametrize(
    "how", ["another log's key", "a checkpoint never signed", "late", "not the authority's"]
)
def test_what_a_server_must_refuse_is_found_by_audits_and_witnesses(
    small, following, tmp_path, monkeypatch, how
):
    with monkeypatch.context() as patched:
        patched.setattr(chain, "_origin", lambda *_: None)
        if how == "not the authority's":
            patched.setattr(chain, "authority", lambda *_: None)
        ill_opened(small, following, how)
    rule = "authority" if how == "not the authority's" else "statement"
    assert [one.rule for one in audit(following.ledger).findings] == [rule]
    with misbehaving("rule") as broken:
        read_again(following, tmp_path)
    assert [one.rule for one in broken.value.misbehaviour.findings] == [rule]


# The command.


@pytest.fixture
def suyuan(suyuan):
    """Runs commands beside an old ledger in old/, which lost links after last.txt was signed."""
    suyuan.good("init", "--home", "old", "--origin", f"{HOST}/log", "--division", "3502")
    shutil.copytree("old", "backup")
    added = ("party", "add", "--name", "青山农场", "--role", "producer", "--division", "350212")
    suyuan.good(*added, "--key", "authority.key", "--home", "old")
    ledger = Ledger.open(Path("old").absolute(), lambda: None)
    Path("last.txt").write_text(newest(ledger), encoding="utf-8")
    ledger.close()
    shutil.rmtree("old")
    Path("backup").rename("old")
    return suyuan


CONTINUES = (
    "init", "--home", "new", "--origin", NEW, "--division", "3502",
    "--continues", "last.txt", "--old-trust", "old/trust.json",
)  # fmt: skip
SAME_KEY = ("--authority-key", "authority.key")
LAST = Path("last.txt")


def trust_of(home):
    return json.loads(Path(home, "trust.json").read_text(encoding="utf-8"))


def test_init_goes_on_from_an_old_ledger_under_the_same_authority(suyuan):
    key = Path("authority.key").read_bytes()
    code, out, err = suyuan(*CONTINUES, *SAME_KEY)
    assert code == 0, err
    assert f"goes on: {HOST}/log after its 4 records\n" in out and "elsewhere" not in err
    old, new = trust_of("old"), trust_of("new")
    assert new["authority"] == old["authority"] and new["log"].startswith(f"{NEW}+")
    assert Path("authority.key").read_bytes() == key

    party = new["authority"]["party"]
    code, out, _ = suyuan("show", party, "--home", "new", "--json")
    shown = json.loads(out)
    said = shown["links"][1]["statement"]
    assert code == 0 and shown["good"] and shown["links"][1]["index"] == 1
    assert said == {
        "type": "origin", "party": party, "ledger": f"{HOST}/log", "log": old["log"],
        "checkpoint": Path("last.txt").read_text(encoding="utf-8"),
    }  # fmt: skip
    code, out, _ = suyuan("show", party, "--home", "new")
    assert code == 0 and "  Name an earlier ledger  " in out
    code, out, err = suyuan("audit", "--home", "new", "--json")
    assert code == 0 and json.loads(out)["size"] == 4, err


def test_an_item_of_the_new_ledger_is_shown_and_verified_as_any(suyuan):
    suyuan.good(*CONTINUES, *SAME_KEY)
    item = suyuan.good(
        "record", "new", "--home", "new", "--step", "code", "--product", "上海青", "--quantity",
        "80", "--produced", days_ago(1), "--shelf-life", "3", "--key", "new/gateway.key",
    ).out.split()[-1]  # fmt: skip
    suyuan.good("verify", item, "--home", "new")
    suyuan.good("export", item, "--home", "new", "--format", "bundle", "-o", "item.suyuan")
    suyuan.good("verify", "item.suyuan", "--trust", "new/trust.json")
    assert suyuan("verify", "item.suyuan", "--trust", "old/trust.json")[0] != 0


def test_cosignatures_are_taken_up_to_what_a_link_and_a_note_hold(suyuan):
    note = LAST.read_text(encoding="utf-8")
    line = origins_themes.WITNESS.rstrip("\n").rstrip("=") + "A" * 2400
    line = line[: len(line) - (len(line.split(" ")[2]) % 4)]
    for lines, said in (
        (origins_themes.WITNESS * 100, ""), (f"{line}\n" * 30, "does not fit into one link"),
    ):  # fmt: skip
        LAST.write_text(note + lines, encoding="utf-8")
        code, _, err = suyuan(*CONTINUES, *SAME_KEY)
        assert code == 2 and said in err and not Path("new").exists()
    LAST.write_text(note + origins_themes.WITNESS * 99, encoding="utf-8")
    suyuan.good(*CONTINUES, *SAME_KEY)


def signed(text, name=f"{HOST}/log", signer=None):
    """Put another note in place of the last one, by the old log's key if no other is given."""
    key = signer or files.load(Path("old", LOG_KEY), b"correct horse")
    LAST.write_text(notes.sign(text, name, key))


def strangers_note():
    note = Checkpoint(f"{HOST}/log", 9, bytes(32)).text()
    signed(note, signer=LocalSigner.from_seed(b"S" * 32))


def other_origin():
    signed(Checkpoint("other.example/log", 9, bytes(32)).text(), "other.example/log")


def more_than_a_checkpoint():
    signed(f"{notes.parse(LAST.read_text(encoding='utf-8')).text}more\n")


def other_key():
    files.save(Path("other.key"), LocalSigner.new(), b"correct horse")


def nothing():
    pass


@pytest.mark.parametrize(
    ("spoil", "options", "code", "said"),
    [
        (strangers_note, SAME_KEY, 2, "does not verify|no signature"),
        (other_origin, SAME_KEY, 2, "no signature of"),
        (more_than_a_checkpoint, SAME_KEY, 2, "no more"),
        (lambda: LAST.write_text("nothing"), SAME_KEY, 2, "not a signed note"),
        (lambda: LAST.write_bytes(b"\xff"), SAME_KEY, 2, "not UTF-8"),
        (lambda: LAST.unlink(), SAME_KEY, 2, "cannot be read"),
        (lambda: Path("old/trust.json").write_text("{}"), SAME_KEY, 2, "not a trust file"),
        (lambda: Path("old/trust.json").unlink(), SAME_KEY, 2, "cannot be read"),
        (nothing, ("--origin", f"{HOST}/log", *SAME_KEY), 2, "another one than itself"),
        (nothing, (*SAME_KEY, "--authority", AUTHORITY), 2, "--other-authority"),
        (other_key, ("--authority-key", "other.key"), 2, "--other-authority"),
        (lambda: Path("authority.key").write_text("x"), SAME_KEY, 3, "not an encrypted"),
        (nothing, (), 2, "authority.key is there already"),
    ],
)  # fmt: skip
def test_what_init_does_not_go_on_from(suyuan, spoil, options, code, said):
    spoil()
    got, out, err = suyuan(*CONTINUES, *options)
    assert got == code and out == "" and any(word in err for word in said.split("|")), err
    assert not Path("new").exists()


@pytest.mark.parametrize("is_other", [False, True])
def test_another_root_key_or_authority_goes_on_where_that_is_said(suyuan, is_other):
    key, more = "second.key", ()
    if is_other:
        other_key()
        key, more = "other.key", ("--authority", AUTHORITY, "--other-authority")
    code, _, err = suyuan(*CONTINUES, "--authority-key", key, *more)
    assert code == 0 and ("Take second.key elsewhere" in err) != is_other, err
    old, new = trust_of("old")["authority"], trust_of("new")
    assert new["authority"]["party"] == (AUTHORITY if is_other else old["party"])
    root = files.load(Path(key), b"correct horse").public
    assert Trust.from_json(json.dumps(new)).root.keyid == root.keyid
    assert new["authority"]["spki"] != old["spki"]
    suyuan.good("audit", "--home", "new")


@pytest.mark.parametrize(
    "options",
    [("--continues", "last.txt"), ("--old-trust", "old/trust.json"), ("--other-authority",)],
)
def test_the_options_go_together(suyuan, options):
    code, _, err = suyuan("init", "--home", "new", "--origin", NEW, *options)
    assert code == 2 and "--continues" in err and not Path("new").exists()
