"""A pen: numbers, joins and signs, before anything is sent."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from support.ledger.world import event

from suyuan.keys.errors import CanonicalError
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen, by_reference, is_too_large
from suyuan.trace.format.link import MAX_ENTRY, MAX_REF_ITEMS, AfterRef, parse
from suyuan.trace.format.rules import Head
from suyuan.trace.store.append.receipts import Receipt

ACTOR = "https://trace.food.example/party/1"
REF = {"sha256": "a" * 64, "size": 10, "type": "application/json"}


class Asked:
    """Heads of chains, and how often they were asked for."""

    def __init__(self, **heads):
        self.heads = heads
        self.questions: list[int] = []

    def __call__(self, pairs):
        self.questions.append(len(pairs))
        return {(item, actor): self.heads.get(item[-1]) for item, actor in pairs}


def pen(heads=None, clock=None):
    return Pen("x.example/log", ACTOR, LocalSigner.from_seed(b"1" * 32), heads or Asked(), clock)


def big(count, width=20):
    items = [f"urn:x:{number:0{width}}" for number in range(count)]
    return Draft(event=event("count", "urn:x:first") | {"epcList": items, "quantityList": []})


def test_links_build_on_one_another_and_heads_are_asked_for_once():
    asked = Asked(b=Head(4, "f" * 64))
    mine = pen(asked)
    one, two, three = (
        parse(mine.sign(Draft(event=event("feed", item))))
        for item in ("urn:x:a", "urn:x:a", "urn:x:b")
    )
    assert (one.items[0].seq, one.items[0].prev) == (0, None)
    assert (two.items[0].seq, two.items[0].prev) == (1, one.hash)
    assert (three.items[0].seq, three.items[0].prev) == (5, "f" * 64)
    assert asked.questions == [1, 1]
    mine.forget()
    assert parse(mine.sign(Draft(event=event("feed", "urn:x:a")))).items[0].seq == 0


def test_heads_of_many_drafts_are_one_question():
    asked = Asked()
    mine = pen(asked)
    mine.know([Draft(event=event("feed", f"urn:x:{n}")) for n in range(50)])
    for n in range(50):
        mine.sign(Draft(event=event("feed", f"urn:x:{n}")))
    assert asked.questions == [50]


@pytest.mark.parametrize(
    ("draft", "subjects"),
    [
        (Draft(event=event("feed", "urn:x:a")), ["urn:x:a"]),
        (Draft(event={"type": "ObjectEvent"}), [ACTOR]),
        (Draft(event_ref=REF, items=("urn:x:a", "urn:x:b")), ["urn:x:a", "urn:x:b"]),
        (Draft(event_ref=REF), [ACTOR]),
        (Draft(statement=acts.leave("urn:x:p")), ["urn:x:p"]),
        (Draft(statement=acts.labels(["A" * 13]), items=("urn:x:a",)), ["urn:x:a"]),
        (Draft(statement=acts.document("a" * 64, 1, 1)), ["urn:suyuan:document:" + "a" * 64]),
    ],
)
def test_a_draft_extends_the_chains_of_its_subjects(draft, subjects):
    assert draft.subjects(ACTOR) == subjects


def test_signed_at_is_utc_whatever_the_clocks_zone():
    shanghai = datetime(2026, 11, 24, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    link = parse(pen(clock=lambda: shanghai).sign(Draft(event=event("feed", "urn:x:a"))))
    assert link.signed_at == "2026-11-24T00:00:00Z"
    assert datetime.now(UTC) - datetime.fromisoformat(
        parse(pen().sign(Draft(event=event("feed", "urn:x:a")))).signed_at
    ) < timedelta(minutes=1)


def test_what_has_no_one_spelling_is_not_signed_and_moves_no_head():
    mine = pen()
    with pytest.raises(CanonicalError):
        mine.sign(Draft(event=event("feed", "urn:x:a") | {"x": 2**60}))
    assert parse(mine.sign(Draft(event=event("feed", "urn:x:a")))).items[0].seq == 0


@pytest.mark.parametrize("count", [1, 100, 350, 400, 1_000])
def test_too_large_is_what_no_link_holds_wherever_its_chains_are(count):
    draft, farthest = big(count), Head(10**9, "0" * 64)
    entry = pen(lambda pairs: dict.fromkeys(pairs, farthest)).sign(draft)
    assert is_too_large(draft, pen()) is (len(entry) > MAX_ENTRY)


@pytest.mark.parametrize(("count", "runs"), [(0, [0]), (1, [1]), (150, [150]), (151, [150, 1])])
def test_a_large_event_is_given_by_reference_in_runs_of_150(count, runs):
    draft = Draft(
        event=big(count).event,
        after=(AfterRef(1, "a" * 64),),
        document={"sha256": "c" * 64, "size": 1, "type": "text/csv", "as": "own"},
    )
    parts = by_reference(draft, REF)
    assert [len(part.items) for part in parts] == runs and max(runs) <= MAX_REF_ITEMS
    assert [item for part in parts for item in part.items] == sorted(draft.event["epcList"])
    for part in parts:
        link = parse(pen().sign(part))
        assert link.event_ref == REF and link.after == draft.after
        assert link.document == draft.document


def test_runs_are_shorter_where_uris_are_long_and_are_accepted(small):
    """150 URIs of 512 bytes would be beyond an entry."""
    gateway = small.party("导入网关", "gateway")
    names = [f"https://example.org/{number:04d}/".ljust(512, "x") for number in range(200)]
    runs = by_reference(Draft(event={"type": "ObjectEvent", "epcList": names}), REF)
    assert [item for run in runs for item in run.items] == names and len(runs) < 6
    offline = Pen(small.trust.origin, gateway.uri, gateway.signer, dict.fromkeys)
    signed = [offline.sign(run) for run in [*runs, *by_reference(big(301), REF)]]
    assert all(len(entry) <= MAX_ENTRY for entry in signed)
    outcomes = small.ledger.append(signed, atomic=True)
    assert all(isinstance(found, Receipt) for found in outcomes)
