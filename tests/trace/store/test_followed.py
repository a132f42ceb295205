"""What followers make of links: names, codes, uses of an eventID, documents."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.goods.tables import close, document_of, report
from support.ledger.world import HOST, ORIGIN, World, event

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse, seal
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.store.projections import follow_events as events
from suyuan.trace.watch.audit import audit


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


def test_the_first_document_that_names_a_thing_names_it_and_a_lost_one_nothing(small) -> None:
    farm, uri = small.party("青山农场", "producer"), "urn:x:cold"
    report(small, farm, document_of((uri, "甲"), (uri, "乙")), small.new_lot())
    report(small, farm, document_of((uri, "丙")), small.new_lot())
    assert name(small, uri) == "甲"
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
    farm = world.party("青山农场", "producer")
    long = "urn:x:" + "".join(random.Random(1).choices("abcdefghijklmnop0123456789", k=20_000))
    report(world, farm, document_of((long, "长"), ("urn:x:a", "甲" * 10_000)), world.new_lot())
    assert name(world, long) is None and name(world, "urn:x:a") == "甲" * 10_000


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


def test_two_things_with_one_code_are_told_and_the_first_has_it(small, monkeypatch):
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
def test_an_event_id_with_two_contents_is_told(small, event_id, change, is_reuse):
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
    when = {"eventTime": "2026-11-24T08:00:00Z", "eventTimeZoneOffset": "+00:00"}
    made = more | {"type": "ObjectEvent"} | when
    payload = {
        "v": 1, "ledger": ORIGIN, "actor": 'urn:x:"event":{,"items":[',
        "signed_at": "2026-11-24T08:00:00Z",
        "items": [{"item": ',"items":[', "seq": 0, "prev": None}], "after": [], "event": made,
    }  # fmt: skip
    link = parse(seal(signer, payload))
    assert events.row(0, link)["content"] == events.content(made)
