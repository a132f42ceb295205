"""Followers: the same rows however they are followed, and what each of them says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from support.ledger.world import HOST, ORIGIN, Actor, World, at_once, event

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse, seal
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections import ALL
from suyuan.trace.store.projections import follow_events as events
from suyuan.trace.store.projections import followers as base
from suyuan.trace.watch.audit import audit

pytestmark = pytest.mark.slow

TABLES = (t.code, t.event, t.document, t.name, t.term, t.finding, t.follower)


def derived(world: World) -> dict[str, list[tuple]]:
    with world.ledger.reading() as reader:
        return {
            table.name: sorted(map(repr, reader.connection.execute(select(table)).all()))
            for table in TABLES
        }


def document_of(*places: tuple[str, str]) -> bytes:
    """An EPCIS document whose master data names places."""
    elements = [
        {"id": uri, "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "attribute": name}]}
        for uri, name in places
    ]
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": elements}
    return json.dumps(
        {
            "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-24T08:00:00Z",
            "epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}},
            "epcisBody": {"eventList": []},
        }
    ).encode()


def report(world: World, who: Actor, data: bytes, *lots: str, keep: bool = True) -> SourceFile:
    """Links made from a document, which is kept unless it is lost."""
    source = SourceFile.of(data, "application/ld+json", "received")
    if keep:
        world.ledger.attachments.put(data)
    drafts = [Draft(event=event("count", lot, "1"), document=source.member) for lot in lots]
    world.ledger.write(who.pen, drafts)
    return source


def close(world: World, who: Actor, source: SourceFile, links: int) -> None:
    world.say(who, acts.document(source.sha256, source.size, links))


def busy(world: World) -> None:
    """A bit of everything: 26 links."""
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    lots = [world.new_lot() for _ in range(3)]
    for lot in lots:
        world.code(farm, lot)
        world.hand_over(farm, stall, lot)
    same = event("count", lots[0], "1", event_id="urn:uuid:same")
    world.do(stall, same, same | {"disposition": "in_progress"})
    world.do(stall, same | {"errorDeclaration": {"reason": "did_not_occur"}})
    odd = event("count", lots[1], "1") | {"epcList": ["urn:epc:id:sscc:1.2"]}
    odd["quantityList"] = [{"epcClass": lots[1], "quantity": 1e-9, "uom": "KGM"}]
    world.do(stall, odd)
    one = report(world, farm, document_of(("urn:x:p1", "一号冷库"), ("urn:x:p2", "二号")), lots[2])
    close(world, farm, one, 1)
    report(world, stall, document_of(("urn:x:p1", "别名")), lots[1], lots[2])
    place = {"type": "place", "uri": "urn:x:p2", "party": farm.uri, "division": "3502"}
    world.say(farm, place | {"name": "第二冷库"})
    world.say(farm, acts.labels(["A" * 13]), items=(world.new_lot(),))
    world.say(world.authority, acts.admit(stall.uri, "新名", ["stall"], "350206", op="change"))


# The same rows, however they are followed.


def test_followed_link_by_link_in_batches_and_rebuilt_it_is_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(world)
    world.ledger.followers.catch_up()
    first = derived(world)
    assert all(first.values())
    for size in (1, 2, 7, 1_000):
        monkeypatch.setattr(base, "BATCH", size)
        for name in world.ledger.followers.names:
            world.ledger.followers.rebuild(name)
        assert derived(world) == first
    assert audit(world.ledger).findings == []


@pytest.fixture(scope="module")
def followed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("followed") / "home", founded=founded)
    busy(world)
    yield world
    world.ledger.close()


ORDERS = st.lists(st.tuples(st.sampled_from([k.name for k in ALL]), st.integers(1, 30)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders=ORDERS)
def test_in_any_order_of_rebuilding_it_is_the_same(
    followed: World, orders: list[tuple[str, int]]
) -> None:
    world = followed
    world.ledger.followers.catch_up()
    first = derived(world)
    followers, before = world.ledger.followers, base.BATCH  # one, as a worker keeps it
    try:
        for name, size in orders:
            base.BATCH = size
            followers.rebuild(name)
        assert derived(world) == first
    finally:
        base.BATCH = before


def test_findings_wait_for_what_they_are_made_of(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New links come while the events are being made anew."""
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    small.do(farm, event("count", lot, "1", event_id="urn:uuid:same"))
    small.do(farm, *(event("feed", lot) for _ in range(9)))
    small.ledger.followers.catch_up()
    monkeypatch.setattr(base, "BATCH", 2)
    small.do(farm, event("count", lot, "2", event_id="urn:uuid:same"))
    small.ledger.followers.rebuild("events")
    with small.ledger.reading() as reader:
        assert [rule for rule, *_ in reader.findings()] == ["event-id"]
    assert audit(small.ledger).findings == []


def test_findings_wait_even_where_only_the_events_were_lost(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    small.do(farm, event("count", lot, "1", event_id="urn:uuid:same"))
    small.do(farm, *(event("feed", lot) for _ in range(9)))
    small.ledger.followers.catch_up()
    small.do(farm, event("count", lot, "2", event_id="urn:uuid:same"))
    with writing(small.ledger.database.engine) as connection:
        connection.execute(delete(t.event))
        connection.execute(update(t.follower).where(t.follower.c.name == "events").values(cursor=0))
    monkeypatch.setattr(base, "BATCH", 2)
    with small.caught_up() as reader:
        assert [rule for rule, *_ in reader.findings()] == ["event-id"]


def test_two_follow_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    busy(world)
    monkeypatch.setattr(base, "BATCH", 2)
    failed: list[BaseException] = []

    def follow() -> None:
        ledger = world.reopen()
        try:
            ledger.followers.catch_up()
        except BaseException as error:  # noqa: BLE001  told to the test
            failed.append(error)
        ledger.close()

    at_once([follow] * 4)
    assert failed == []
    found = derived(world)
    for name in world.ledger.followers.names:
        world.ledger.followers.rebuild(name)
    assert derived(world) == found


def test_an_audit_compares_as_of_one_moment_while_others_follow(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suyuan.trace.watch import audit as audits

    busy(small)
    real = audits._Audit.projections

    def meanwhile(self) -> None:
        real(self)
        small.ledger.followers.catch_up()

    monkeypatch.setattr(audits._Audit, "projections", meanwhile)
    assert audit(small.ledger).findings == []


def test_a_batch_that_failed_is_followed_again_whole(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(small)
    followers = small.ledger.followers
    with monkeypatch.context() as patch:
        patch.setattr(base, "_move", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            followers.catch_up()
    patch.undo()
    followers.catch_up()
    with small.ledger.reading() as reader:
        assert reader.name("urn:x:p1") == "一号冷库"
    assert audit(small.ledger).findings == []


def test_rebuilding_what_is_unknown_is_a_key_error(small: World) -> None:
    with pytest.raises(KeyError):
        small.ledger.followers.rebuild("nothing")


# Names.


def name(world: World, uri: str, speaker: str | None = None) -> str | None:
    with world.caught_up() as reader:
        return reader.name(uri, speaker)


def stated(uri: str, called: str, kind: str = "place") -> dict:
    said = {"type": kind, "uri": uri, "name": called}
    if kind == "place":
        return said | {"party": "urn:x:party", "division": "3502"}
    return said | {"category": "x", "unit": "KGM"}


@pytest.mark.parametrize("statement_first", [False, True])
def test_a_statement_beats_a_document(small: World, statement_first: bool) -> None:
    farm, uri = small.party("青山农场", "producer"), "urn:x:cold"
    says = [
        lambda: report(small, farm, document_of((uri, "文件里的名")), small.new_lot()),
        lambda: small.say(farm, stated(uri, "声明的名")),
    ]
    for say in reversed(says) if statement_first else says:
        say()
    assert name(small, uri, farm.uri) == "声明的名"
    small.say(farm, stated(uri, "新名"))
    assert name(small, uri, farm.uri) == "新名"
    assert name(small, uri) == "文件里的名"  # nobody's statement counts for everyone
    small.say(small.authority, acts.assign(uri, farm.uri))
    assert name(small, uri) == "新名"


def test_the_first_document_that_names_a_thing_names_it(small: World) -> None:
    farm, uri = small.party("青山农场", "producer"), "urn:x:cold"
    report(small, farm, document_of((uri, "甲"), (uri, "乙")), small.new_lot())
    report(small, farm, document_of((uri, "丙")), small.new_lot())
    assert name(small, uri) == "甲"


def test_a_document_that_is_lost_or_none_names_nothing(small: World) -> None:
    farm = small.party("青山农场", "producer")
    report(small, farm, document_of(("urn:x:a", "甲")), small.new_lot(), keep=False)
    report(small, farm, b"\x00 no document", small.new_lot())
    assert name(small, "urn:x:a") is None
    assert audit(small.ledger).findings == []


def test_nobody_renames_a_party_by_calling_a_product_or_a_place_so(world: World) -> None:
    farm, thief = world.party("青山农场", "producer"), world.party("黑心摊")
    world.say(thief, stated(farm.uri, "骗子", "product"), stated(farm.uri, "骗子"))
    report(world, thief, document_of((farm.uri, "骗子")), world.new_lot())
    assert name(world, farm.uri) == "青山农场"
    world.say(world.authority, acts.admit(farm.uri, "绿水农场", ["producer"], "3502", op="change"))
    assert name(world, farm.uri) == "绿水农场"


def test_a_document_with_endless_uris_stops_nobody(world: World) -> None:
    import random

    farm = world.party("青山农场", "producer")
    long = "urn:x:" + "".join(random.Random(1).choices("abcdefghijklmnop0123456789", k=20_000))
    report(world, farm, document_of((long, "长"), ("urn:x:a", "甲" * 10_000)), world.new_lot())
    assert name(world, long) is None and name(world, "urn:x:a") == "甲" * 10_000


# Codes and findings.


def findings(world: World) -> list[tuple[str, str]]:
    with world.caught_up() as reader:
        return [(rule, subject) for rule, _, subject, _ in reader.findings()]


def test_a_code_names_its_item_and_each_holders_chain(world: World) -> None:
    farm, stall, lot = world.party("青山农场", "producer"), world.party("A"), world.new_lot()
    world.code(farm, lot)
    world.hand_over(farm, stall, lot)
    with world.caught_up() as reader:
        item, chain = codes.of_uri(lot, HOST), codes.of_chain(lot, stall.uri)
        found = reader.codes([item, chain, codes.of_uri(farm.uri, HOST)])
        assert found == {item: (lot, None), chain: (lot, stall.uri)}


def test_two_things_with_one_code_are_told_and_the_first_has_it(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clash = codes.from_bits(99)
    real = codes.of_uri
    monkeypatch.setattr(
        codes, "of_uri", lambda uri, host: clash if uri.startswith("urn:x:") else real(uri, host)
    )
    farm = small.party("青山农场", "producer")
    small.do(farm, event("count", "urn:x:one", "1"), event("count", "urn:x:two", "1"))
    assert findings(small) == [("code", "urn:x:two")]
    with small.ledger.reading() as reader:
        assert reader.codes([clash]).get(clash) == ("urn:x:one", None)
        ((_, _, _, message),) = reader.findings()
    assert codes.shown(clash) in str(message) and "urn:x:one" in str(message)
    assert [n.rule for n in audit(small.ledger).notices] == ["code"]


@pytest.mark.parametrize(
    ("change", "is_reuse"),
    [({}, False), ({"disposition": "active"}, True), ({"errorDeclaration": {}}, False)],
)
@pytest.mark.parametrize("event_id", ["urn:uuid:1", "x" * 10_000])
def test_an_event_id_with_two_contents_is_told(
    small: World, event_id: str, change: dict, is_reuse: bool
) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    first = event("count", lot, "1", event_id=event_id)
    small.do(farm, first, first | change)
    assert findings(small) == ([("event-id", lot)] if is_reuse else [])


def test_what_was_kept_as_written_and_what_does_not_convert_are_told(small: World) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    wrong = "urn:epc:id:sscc:0614141.12345678"
    made = event("count", lot, "1") | {"epcList": [wrong, wrong]}
    made["quantityList"] = [{"epcClass": lot, "quantity": 1, "uom": "box"}]
    small.do(farm, made)
    assert findings(small) == [("identifier", wrong), ("quantity", lot)]


# Documents.


def test_a_document_is_unfinished_until_its_actor_closes_it(world: World) -> None:
    farm, other = world.party("青山农场", "producer"), world.party("别人")
    source = report(world, farm, b"rows", world.new_lot(), world.new_lot())
    report(world, other, b"rows", world.new_lot())
    close(world, farm, source, 2)
    with world.caught_up() as reader:
        assert reader.document(source.sha256, farm.uri) == (2, reader.size() - 1)
        assert reader.document(source.sha256, other.uri) == (1, None)
        assert reader.unfinished() == [(source.sha256, other.uri, 1)]
        events = list(reader.events_of_document(source.sha256, farm.uri))
    assert len(events) == 2
    assert [n.rule for n in audit(world.ledger).notices] == ["document"]


def test_a_statement_made_from_a_document_counts_and_is_no_event(small: World) -> None:
    farm = small.party("青山农场", "producer")
    source = SourceFile.of(b"rows", "text/csv", "own")
    said = Draft(statement=stated("urn:x:p", "库"), document=source.member)
    small.ledger.write(farm.pen, [said])
    with small.caught_up() as reader:
        assert reader.document(source.sha256, farm.uri) == (1, None)
        assert list(reader.events_of_document(source.sha256, farm.uri)) == []


def test_the_owner_of_a_product_or_a_place_names_it(small: World) -> None:
    farm, stranger = small.party("青山农场", "producer"), small.party("别人")
    uri = "https://trace.food.example/product/5DNX3H7V1GYP6JAQ"
    product = {"type": "product", "uri": uri, "category": "蔬菜", "unit": "KGM"}
    small.say(stranger, product | {"name": "三聚氰胺"})
    small.say(farm, product | {"name": "上海青"})
    assert name(small, uri) is None
    small.say(small.authority, acts.assign(uri, farm.uri))
    small.say(stranger, product | {"name": "又来"})
    small.say(farm, product | {"name": "青山上海青"})
    with small.caught_up() as reader:
        assert reader.name(uri) == "青山上海青"
        assert [(rule, subject) for rule, _, subject, _ in reader.findings()] == [("name", uri)]


def test_a_name_that_is_hidden_now_is_shown_no_more(small: World) -> None:
    stall = small.party("A 区 12 号")
    change = acts.admit(stall.uri, "x", ["stall"], "350206", op="change")
    del change["name"]
    hidden = {"_sd": sorted(base64.encode_url(bytes([n]) * 32) for n in range(8))}
    small.say(small.authority, change | {"suyuan:private": hidden})
    with small.caught_up() as reader:
        assert reader.name(stall.uri) is None


EVENT_TEXT = st.text(alphabet=st.sampled_from('abc",:{}[]\\itemsevent链𠮷'), max_size=20)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.one_of(EVENT_TEXT, st.sampled_from(["items", "event", "a:items"])),
        st.recursive(
            st.one_of(EVENT_TEXT, st.integers(-5, 5), st.none(), st.just(',"items":[')),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(EVENT_TEXT, inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_an_event_s_content_is_cut_out_of_what_was_signed(more: dict) -> None:
    """Whatever its fields hold, the piece of the payload is the event's own form."""
    signer = LocalSigner.from_seed(b"f" * 32)
    made = more | {
        "type": "ObjectEvent",
        "eventTime": "2026-11-24T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
    }
    payload = {
        "v": 1,
        "ledger": ORIGIN,
        "actor": 'urn:x:"event":{,"items":[',
        "signed_at": "2026-11-24T08:00:00Z",
        "items": [{"item": ',"items":[', "seq": 0, "prev": None}],
        "after": [],
        "event": made,
    }
    link = parse(seal(signer, payload))
    assert events.row(0, link)["content"] == events.content(made)
