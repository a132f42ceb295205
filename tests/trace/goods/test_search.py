"""Looking for parties and lots, and counting a division: the same as a plain look at all links."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.statements import statements
from support.ledger.world import AUTHORITY, HOST, ORIGIN, Actor, World, event
from support.web.client import change

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.findings.food_catalogue import category_named
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.inspection.followup.task_sources import Sources
from suyuan.trace.inspection.followup.tasks import Source
from suyuan.trace.store.read import search as searching
from suyuan.trace.store.read.overview import Overview
from suyuan.trace.store.read.search import Search, fold, required_terms, terms
from suyuan.trace.watch.audit import audit_rows

pytestmark = pytest.mark.slow

WEST, EAST, FAR = "350203", "350206", "440300"


def admitted(world: World, name: str, role: str, division: str, places: list[str] = ()) -> Actor:
    uri, signer = codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new()
    world.say(
        world.authority,
        acts.admit(uri, name, [role], division, places=list(places)),
        acts.enrol_signer(ORIGIN, uri, signer),
    )
    return Actor(uri, signer, world.ledger.pen(uri, signer))


def coded(world: World, who: Actor, name: str, category: str | None = None) -> str:
    lot = world.new_lot()
    more = {} if category is None else {"suyuan:category": category}
    world.do(who, event("code", lot, "100", extra=steps.coding(name, None, None, None, more=more)))
    return lot


def search(reader, remit: Remit) -> Search:
    return Search(reader, remit.spans(), remit.covers)


def names_of(found) -> list[str]:
    return sorted(party.name for party in found.found)


def test_parties_are_found_by_any_part_of_their_name_within_the_remit(world: World) -> None:
    for name, division in (
        ("青山农场", WEST), ("青山生态农业有限公司", EAST), ("Qingshan FARM", EAST), ("青山", FAR),
    ):  # fmt: skip
        admitted(world, name, "producer", division)
    with world.caught_up() as reader:
        city = search(reader, Remit(("350200",)))
        for typed, expected in (
            ("青山", ["青山农场", "青山生态农业有限公司"]),
            ("山", ["青山农场", "青山生态农业有限公司"]),
            ("青 山", ["青山农场", "青山生态农业有限公司"]),
            ("山生态", ["青山生态农业有限公司"]),
            ("gshan farm", ["Qingshan FARM"]),
            ("ＦＡＲＭ", ["Qingshan FARM"]),
            ("farm q", []),
            ("q", []),
            ("%", []),
            ("黄山", []),
        ):
            assert names_of(city.named(fold(typed), 10)) == expected, typed
        everywhere = search(reader, Remit(is_all=True))
        assert len(everywhere.named("青山", 10).found) == 3
        assert search(reader, Remit()).named("青山", 10).found == []


def test_a_party_is_found_by_its_newest_name_only(world: World) -> None:
    farm = admitted(world, "青山农场", "producer", WEST)
    change = acts.admit(farm.uri, "绿水农场", ["producer"], WEST) | {"op": "change"}
    world.say(world.authority, change)
    with world.caught_up() as reader:
        city = search(reader, Remit((WEST,)))
        assert city.named("青山", 10).found == []
        assert names_of(city.named("绿水", 10)) == ["绿水农场"]
    assert audit_rows(world.ledger).is_good


def test_names_and_categories_beyond_all_measure_stop_nothing(world: World) -> None:
    """Both are signed words of any length, and an index takes no such."""
    farm = admitted(world, "青山" + "很长" * 4_000, "producer", WEST)
    product = "https://id.gs1.org/01/06901234567892"
    said = {"type": "product", "uri": product, "name": "菜", "category": "菜" * 9_000, "unit": "kg"}
    world.say(farm, said)
    lot = world.new_lot()
    coding = steps.coding("藕" * 5_000, None, None, None, product_id=product)
    world.do(farm, event("code", lot, "1", extra=coding))
    with world.caught_up() as reader:
        city = search(reader, Remit((WEST,)))
        assert len(city.named("青山很", 9).found) == 1
        assert [one.item for one in city.lots("藕藕", 9, category="菜" * 200).found] == [lot]
    assert audit_rows(world.ledger).is_good


def test_pages_of_parties_join_without_gap_or_repeat(world: World, monkeypatch) -> None:
    monkeypatch.setattr(searching, "_BLOCK", 3)
    wanted = {admitted(world, f"青山 {n}", "stall", WEST if n % 2 else EAST).uri for n in range(9)}
    admitted(world, "青山", "stall", FAR)
    with world.caught_up() as reader:
        city = search(reader, Remit(("3502",)))
        for ask in (lambda most, after: city.named("青山", most, after), city.all):
            met: list[str] = []
            after: str | None = ""
            while after is not None:
                page = ask(2, after)
                met += [party.uri for party in page.found if party.uri != AUTHORITY]
                after = page.after
            assert sorted(met) == sorted(wanted)


def test_lots_are_found_by_name_and_day_of_whom_the_remit_has(world: World, monkeypatch) -> None:
    monkeypatch.setattr(searching, "_BLOCK", 2)
    farm, far = (admitted(world, n, "producer", d) for n, d in (("甲", WEST), ("乙", FAR)))
    stall = admitted(world, "丙", "stall", EAST)
    lots = [
        coded(world, who, name, kind)
        for who, name, kind in (
            (farm, "上海青", "蔬菜"), (farm, "黑猪肉", "肉"), (farm, "上海青 (特级)", "蔬菜"),
            (far, "上海青", "蔬菜"),
        )
    ]  # fmt: skip
    brought = coded(world, far, "小 青 菜")
    world.hand_over(far, stall, brought)
    with world.caught_up() as reader:
        city = search(reader, Remit(("3502",)))

        def found(name=None, **more):
            folded = None if name is None else fold(name)
            return [one.item for one in city.lots(folded, 50, **more).found]

        assert found() == [brought, lots[2], lots[1], lots[0]]
        assert found("上海青") == [lots[2], lots[0]]
        assert found("小青菜") == [brought]
        assert found("青") == [brought, lots[2], lots[0]]
        assert found(category="肉") == [lots[1]]
        assert found("羊") == []
        first = city.lots(None, 50).found
        by = {one.item: one for one in first}
        assert by[brought].actor == stall.uri and by[brought].coder == far.uri
        middle = by[lots[1]].key[0]
        assert found(since=middle) == [brought, lots[2], lots[1]]
        assert found(until=middle) == [lots[0]]
        paged, after = [], None
        while True:
            page = city.lots(None, 1, after=after)
            paged += [one.item for one in page.found]
            after = page.after
            if after is None:
                break
        assert paged == found()
        assert city.is_known(brought) and not city.is_known(lots[3])
        outside = search(reader, Remit((FAR,)))
        assert {one.item for one in outside.lots(None, 50).found} == {lots[3], brought}


def test_a_question_that_would_read_too_much_says_where_to_go_on(world: World, monkeypatch) -> None:
    monkeypatch.setattr(searching, "_BLOCK", 2)
    monkeypatch.setattr(searching, "LOOKED", 4)
    farm = admitted(world, "甲", "producer", WEST)
    oldest = coded(world, farm, "藕", "蔬菜")
    for _ in range(5):
        coded(world, farm, "米", "粮食")
    with world.caught_up() as reader:
        city = search(reader, Remit((WEST,)))
        page = city.lots(None, 50, category="蔬菜")
        assert page.found == [] and page.after is not None
        page = city.lots(None, 50, category="蔬菜", after=page.after)
        assert [one.item for one in page.found] == [oldest]


def test_a_remit_of_places_finds_the_parties_whose_places_they_are(world: World) -> None:
    place = "https://id.gs1.org/414/6901234567892"
    stall = admitted(world, "丙", "stall", EAST, [place])
    admitted(world, "丁", "stall", EAST)
    lot = coded(world, stall, "藕")
    world.ledger.followers.catch_up()
    remit = Remit((place,))
    with world.ledger.reading() as reader:
        one = search(reader, remit)
        assert names_of(one.all(10)) == ["丙"]
        assert [found.item for found in one.lots(None, 10).found] == [lot]
        overview = Overview(reader, remit.spans(), remit.covers, is_exact=False)
        assert overview.parties()[0] == 1 and overview.lots().total == 1


def test_who_inspects_what_is_what_the_authority_said(world: World) -> None:
    office = admitted(world, "市局", "office", "350200")
    officer = admitted(world, "区局", "office", EAST)
    world.say(world.authority, acts.appoint(officer.uri, [WEST, "350212"]))
    stall = admitted(world, "丙", "stall", EAST)
    with world.ledger.reading() as reader:
        genesis = world.trust.genesis
        assert Access(reader, genesis).remit(stall.uri) is None
        assert Access(reader, genesis).remit("urn:uscc:nobody") is None
        whole = Access(reader, genesis).remit(AUTHORITY)
        assert whole.is_all and whole.covers_division("11")
        city = Access(reader, genesis).remit(office.uri)
        assert city.covers_division(EAST) and not city.covers_division("35")
        assert not city.covers_division(FAR)
        assert Access(reader, genesis).remit(officer.uri).divisions == (WEST, "350212")


def test_a_division_is_counted_as_a_plain_look_at_all_links_counts_it(world: World) -> None:
    people = [
        admitted(world, f"户 {n}", role, division)
        for n, (role, division) in enumerate(
            (role, division)
            for role in ("producer", "stall", "stall", "market")
            for division in (WEST, EAST, FAR)
        )
    ]
    for number, who in enumerate(people):
        for more in range(number % 4):
            coded(world, who, "菜", ("蔬菜", "肉", None)[(number + more) % 3])
    world.say(world.authority, {"type": "party", "op": "leave", "party": people[3].uri})
    for _ in range(2):
        world.do(people[0], event("count", world.new_lot(), "1", event_id="urn:x:same"))
    world.do(people[1], event("receive", world.new_lot(), "5"))
    with world.caught_up() as reader:
        for remit in (Remit((WEST,)), Remit(("3502",)), Remit(("35", "44")), Remit(is_all=True)):
            plain = plainly(reader, remit)
            overview = Overview(reader, remit.spans(), remit.covers, is_exact=True)
            total, roles = overview.parties()
            assert (total, roles.of) == (plain["parties"], plain["roles"])
            assert overview.lots().of == plain["lots"]
            assert overview.findings().of == plain["doubts"]
            rows = Sources(reader, world.ledger, remit, world.ledger.now())
            tasks = [task for _, task in rows.behind(Source.FINDING, None) if task is not None]
            assert Counter(task.of for task in tasks) == plain["doubts"]
            assert [task.index for task in tasks] == sorted((t.index for t in tasks), reverse=True)


def plainly(reader, remit: Remit) -> dict:
    """The same numbers from the links themselves, and from every doubt there is."""
    from suyuan.trace.store.read.overview import Wanted, reported

    standing, lots = {}, {}
    for stored in reader.links():
        link = parse(stored.entry)
        said, told = link.statement or {}, link.event or {}
        if said.get("type") == "party":
            standing[said["party"]] = None if said["op"] == "leave" else said
        for element in told.get("quantityList", ()):
            if told["bizStep"] == "commissioning":
                lots[element["epcClass"]] = link.actor, told["ilmd"].get("suyuan:category")
    covered = {uri for uri in standing if remit.covers(reader.party(uri))}
    here = {uri for uri in covered if standing[uri] is not None}
    return {
        "parties": len(here),
        "roles": Counter(role for uri in here for role in standing[uri]["roles"]),
        "lots": Counter(category_named(k) for actor, k in lots.values() if actor in covered),
        "doubts": Counter(one.rule for one in reported(reader, Wanted()) if one.actor in covered),
    }


def test_the_index_of_names_is_audited_and_made_anew(small: World) -> None:
    admitted(small, "青山农场", "producer", WEST)
    small.ledger.followers.catch_up()
    assert audit_rows(small.ledger).is_good
    change(small.ledger, "DELETE FROM term WHERE term = '青山'")
    found = audit_rows(small.ledger).findings
    assert [one.rule for one in found] == ["projection"] and "term lacks the row" in found[0].reason
    small.ledger.followers.rebuild("names")
    assert audit_rows(small.ledger).is_good


@pytest.mark.parametrize("column", ["coder", "category", "name"])
def test_what_lots_are_found_by_is_audited(small: World, column: str) -> None:
    coded(small, admitted(small, "青山农场", "producer", WEST), "上海青", "蔬菜")
    small.ledger.followers.catch_up()
    change(small.ledger, f"UPDATE lot SET {column} = 'x'")
    assert [one.rule for one in audit_rows(small.ledger).findings] == ["projection"]


def test_every_question_goes_by_an_index(small: World) -> None:
    coded(small, admitted(small, "青山农场", "producer", WEST), "上海青", "蔬菜")
    small.ledger.followers.catch_up()
    with small.ledger.reading() as reader:
        city = Remit(("3502",))
        overview = Overview(reader, city.spans(), city.covers, is_exact=True)
        look = search(reader, city)
        with statements(small.ledger.database.engine) as asked:
            look.named("青山", 9)
            look.all(9, AUTHORITY)
            look.lots("上海", 9, after=(9, 9), since=1, until=99)
            look.lots(None, 9, after=(9, 9))
            overview.parties()
            overview.lots()
            overview.findings()
            overview.covered(1)
        plain = reader.connection.connection.driver_connection
        for text, values in asked:
            plan = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            whole = [one for one in plan if one.startswith("SCAN ") and "anon_1" not in one]
            assert whole in ([], ["SCAN found", "SCAN found"]) or "finding" in whole[0], text
    assert len(asked) > 10


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_a_name_has_every_term_of_what_stands_in_it(before: str, text: str, after: str) -> None:
    name = fold(before + text + after)
    for start in range(len(name)):
        for stop in range(start + 1, len(name) + 1):
            assert required_terms(name[start:stop]) <= terms(name)
