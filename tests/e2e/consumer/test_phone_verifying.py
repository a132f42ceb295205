"""The page's own verifier, in a browser: it agrees with `suyuan verify` on files good and bad."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from conformance.reference.vectors import ledgers, load
from support.goods.evidence import NORTH, SOUTH, STRANGER, Leaves, cosign, tell_story, trust_with
from support.ledger.flood import about, flood
from support.ledger.lengths import length
from support.ledger.world import World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.bundle import Bundle, Entry, EvidenceError
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.log import checkpoint, proofs
from suyuan.trace.log.checkpoint import Checkpoint

LOG = LocalSigner.from_seed(bytes(range(160, 192)))  # the vectors'
ASK = """async ([files, trust]) => {
  const { verify } = await import("./verify/file.js");
  const { decode } = await import("./sign/base64.js");
  const found = [];
  for (const file of files) {
    const said = await verify(decode(file), JSON.parse(trust));
    found.push([said.verdict, said.faults.map((one) => [one.rule, one.index]),
      said.cosigned.map((one) => one.name).sort()]);
  }
  return found;
}"""
VECTORS = """async ([files, trust]) => {
  const { verify } = await import("./verify/file.js");
  const { decode } = await import("./sign/base64.js");
  const found = [];
  for (const file of files) {
    const said = await verify(decode(file), trust);
    found.push([said.faults.map((one) => [one.rule, one.index]), said.open.length > 0]);
  }
  return found;
}"""
BUILD = """async ([head, entries, extras, trust]) => {
  const { verify } = await import("./verify/file.js");
  const { bytesOf } = await import("./sign/canonical.js");
  const found = [];
  for (const [count, extra] of extras) {
    const file = { ...head, entries: [...entries.slice(0, count), extra] };
    const said = await verify(bytesOf(file), JSON.parse(trust));
    found.push(said.faults.map((one) => [one.rule, one.index]));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = tell_story(tmp_path_factory.mktemp("story") / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture(scope="module")
def made(story):
    return replace(of(story), checkpoint=cosign(of(story).checkpoint, NORTH, STRANGER[0], SOUTH))


def of(story):
    return closed(story.world, story.mixed)


def closed(world, item):
    with world.ledger.reading() as reader:
        found = history.whole(reader, world.trust.genesis, item)
        return closure.bundle(reader, found, world.ledger.attachments.get)


def asked(page, files, trust):
    """What the phone says of files."""
    from suyuan.keys import base64

    return page.evaluate(ASK, [[base64.encode(file) for file in files], trust.to_json()])


def ours(data, trust):
    """What `suyuan verify` says of a file."""
    try:
        found = verify(bundle.parse(data), trust, today=china_day(datetime.now(UTC)))
    except EvidenceError:
        return ["broken", [["file", None]], []]
    names = [] if found.checkpoint is None else sorted(one.name for one in found.cosigned)
    faults = [[str(fault.rule), fault.index] for fault in found.all_faults()]
    return [str(found.judged.state), faults, names]


def test_the_phone_answers_each_vector(page):
    from conformance.reference import vectors

    from suyuan.keys import base64

    file = vectors.load("evidence")
    for name, trust in file["trusts"].items():
        cases = [case for case in file["cases"] if case["trust"] == name]
        texts = [c["file"].encode() if "file" in c else bytes.fromhex(c["hex"]) for c in cases]
        said = page.evaluate(VECTORS, [[base64.encode(text) for text in texts], trust])
        for case, (faults, is_open) in zip(cases, said, strict=True):
            expected = [[fault["rule"], fault["index"]] for fault in case["faults"]]
            if case["exit"] == 2:  # no file at all: a page was given none
                expected = [["file", None]]
            assert sorted(faults, key=str) == sorted(expected, key=str), case["note"]
            assert is_open == (case["exit"] == 3) or faults, case["note"]


def agree(page, files, trust):
    """Both answers, which must be one."""
    said, expected = asked(page, files, trust), [ours(file, trust) for file in files]
    for one, other in zip(said, expected, strict=True):
        assert (one[0], sorted(one[1], key=str), one[2]) == (
            other[0],
            sorted(other[1], key=str),
            other[2],
        )
    return [one[0] for one in said]


def test_each_entry_removed_or_exchanged_is_caught(page, story, made):
    trust, files, proofs_of = trust_with(story.trust, 1), [], []
    for at, one in enumerate(made.entries):
        other = made.entries[at - 1]
        before, behind = made.entries[:at], made.entries[at + 1 :]
        files.append(replace(made, entries=before + behind).encode())
        proofs_of.append(
            replace(made, entries=(*before, replace(one, entry=other.entry), *behind)).encode()
        )
        proofs_of.append(
            replace(made, entries=(*before, replace(one, proof=other.proof[:-1]), *behind)).encode()
        )
    assert set(agree(page, files, trust)) == {"verified", "broken"}  # a chain's end may be absent
    assert set(agree(page, proofs_of, trust)) == {"broken"}


def test_what_is_left_out_of_a_long_chain_is_said(page, tmp_path, monkeypatch):
    """Version 2: undecided, and broken where a run is not between two links that fit."""
    monkeypatch.setattr(closure, "MAX_ENTRIES", 40)
    monkeypatch.setattr(closure, "_LONG", (None, 5))
    world = World(tmp_path / "home")
    farm, stall, lot = world.party("农场", "producer"), world.party("摊位"), world.new_lot()
    world.code(farm, lot)
    flood(world, farm, about(world, lot, None, 50))
    farm.pen.forget()
    world.hand_over(farm, stall, lot)
    file = closed(world, lot)
    (run,) = file.runs
    assert agree(page, [file.encode()], world.trust) == ["undecided"]
    wrong = (
        {"stop": run.stop - 1}, {"start": 2}, {"prev": "0" * 64}, {"actor": f"{run.actor}x"},
        {"item": f"{run.item}x"}, {"start": run.stop + 2, "stop": run.stop + 9}, {"start": 0},
        {"stop": 0}, {"prev": "0"},
    )  # fmt: skip
    files = [replace(file, runs=(replace(run, **part),)).encode() for part in wrong]
    files += [replace(file, runs=()).encode(), file.encode().replace(b'"v":2', b'"v":1')]
    files += [replace(file, runs=(run, run)).encode()]
    assert set(agree(page, files, world.trust)) == {"broken"}
    newer = file.encode().replace(b'"v":2', b'"v":3')
    assert [one[0] for one in asked(page, [newer], world.trust)] == ["undecided"]
    world.ledger.close()


@pytest.mark.parametrize("name", ledgers())
def test_what_the_vectors_refuse_is_refused_on_the_phone_by_the_same_rule(page, name):
    """Each refused entry of a file, in the log behind what was accepted before it."""
    file = load(name)
    trust = Trust.from_json(json.dumps(file["trust"]))
    accepted, refused = [], []
    for part in file.get("steps") or [*file["entries"], *file["refused"]]:
        if "hash" in part:
            accepted.append(part["entry"].encode())
        elif "rule" in part and "entry" in part and part["rule"] != "encoding":
            refused.append((len(accepted), part["entry"].encode("utf-8", "surrogatepass")))
    refused = [(count, entry) for count, entry in refused if _is_text(entry)]
    refused = refused[:: 1 + len(refused) // length(40, 10_000)]  # each is a whole file to verify
    everything = [*accepted, *(entry for _, entry in refused)]
    leaves, size = Leaves(everything), len(everything)
    note = checkpoint.sign(Checkpoint(trust.origin, size, leaves.root(0, size)), LOG)
    entries = [
        Entry(n, entry, tuple(proofs.inclusion(n, size, leaves)))
        for n, entry in enumerate(everything)
    ]
    item = parse(accepted[-1]).items[0].item
    head = {"v": 1, "item": item, "checkpoint": note}
    plain = json.loads(Bundle(item, note, tuple(entries)).encode())["entries"]
    expected, extras = [], []
    for number, (count, _) in enumerate(refused):
        mine = (*entries[:count], entries[len(accepted) + number])
        expected.append(ours(Bundle(item, note, mine).encode(), trust)[1])
        extras.append([count, plain[len(accepted) + number]])
    found = page.evaluate(BUILD, [head, plain[: len(accepted)], extras, trust.to_json()])
    assert [sorted(one, key=str) for one in found] == [sorted(one, key=str) for one in expected]


def _is_text(entry):
    try:
        entry.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_how_long_a_chain_of_twenty_links_takes(page, tmp_path, capsys):
    world = World(tmp_path / "home")
    farm, stall = world.party("农场", "producer"), world.party("A 区 12 号")
    lot = world.new_lot()
    world.code(farm, lot)
    world.do(farm, *(event("feed", lot) for _ in range(16)))
    world.hand_over(farm, stall, lot)
    world.do(stall, event("count", lot, "30"))
    file = closed(world, lot)
    assert sum(lot in {ref.item for ref in parse(one.entry).items} for one in file.entries) == 20
    took = []
    for _ in range(5):
        script = """async (given) => {
          await import("./verify/file.js");
          const { decode } = await import("./sign/base64.js");
          const bytes = decode(given[0]);
          const start = performance.now();
          const { verify } = await import("./verify/file.js");
          const said = await verify(bytes, JSON.parse(given[1]));
          return [performance.now() - start, said.verdict, said.signatures];
        }"""
        from suyuan.keys import base64

        found = page.evaluate(script, [base64.encode(file.encode()), world.trust.to_json()])
        assert found[1] == "verified"
        took.append(found[0])
    with capsys.disabled():
        print(
            f"\non the phone: 20 links of {len(file.entries)}, {found[2]} signatures, "
            f"{took[0]:.0f} ms first, {min(took):.0f} ms at best ({time.strftime('%F')})"
        )
    world.ledger.close()
