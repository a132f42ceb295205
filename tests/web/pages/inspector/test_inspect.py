"""The inspectors' desk: their division, searches, parties and chains, each within its remit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from support.ledger.world import AUTHORITY, HOST, ORIGIN, Actor, World, event
from support.web.acting import hold
from support.web.client import change, client_of, english

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.inspection.complaints import Complaints, key_of
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook

pytestmark = pytest.mark.slow

CITY, NEAR, FAR = "350200", "350206", "440300"


class Desk:
    """An office, its division with a farm and a stall, and a farm in another."""

    def __init__(self, world: World) -> None:
        self.world, self.ledger = world, world.ledger
        self.office = world.party("市局", "office", division=CITY)
        self.farm = world.party("青山农场", "producer", division=NEAR)
        self.stall = world.party("A 区 12 号", division=NEAR, gs1=["699001201"])
        self.far = world.party("远方农场", "producer", division=FAR)
        self.lot, self.theirs, self.away = (world.new_lot() for _ in range(3))
        for lot, who in ((self.lot, self.farm), (self.theirs, self.stall), (self.away, self.far)):
            world.code(who, lot)
        world.hand_over(self.farm, self.stall, self.lot)

    def client(self, who: Actor | None):
        """A browser in which a party is signed in."""
        return client_of(self.ledger, who)

    def desk(self):
        """The office's."""
        return self.client(self.office)

    def chain(self, lot: str, who: Actor) -> str:
        return f"item={quote(lot, safe='')}&actor={quote(who.uri, safe='')}"


@pytest.fixture
def town(small: World) -> Desk:
    """One of one's own, to be changed."""
    return Desk(small)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One that nobody changes."""
    world = World(tmp_path_factory.mktemp("quiet") / "home")
    yield Desk(world)
    world.ledger.close()


def whose(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def routes(town: Desk) -> tuple[list[str], list[str]]:
    """Pages and API routes of the desk, about what lies in the office's remit."""
    item, who = quote(town.lot, safe=""), whose(town.farm.uri)
    pages = ["/inspect", "/inspect/queue", "/inspect/search", f"/inspect/party/{who}",
             f"/inspect/chain?item={item}"]  # fmt: skip
    api = ["divisions/all", f"divisions/{CITY}", "search", f"parties/{who}", f"parties/{who}/keys",
           f"chains?item={item}", f"chain?{town.chain(town.lot, town.farm)}",
           f"evidence?item={item}"]  # fmt: skip
    return pages, [f"/api/v1/{one}" for one in api]


def test_an_office_that_a_market_admitted_does_not_inspect(town):
    """Nor does the market; all others are walked over in test_roles."""
    market = town.world.registrar("35", name="夏商市场")
    friend = town.world.party("自称的局", "office", division=NEAR, by=market)
    pages, api = routes(town)
    for who, status in ((market, 403), (friend, 403), (town.office, 200)):
        client = town.client(who)
        for path in pages + api:
            assert client.get(path).status_code == status, path


def test_a_party_sees_its_own_file_and_keys(quiet):
    client, path = quiet.client(quiet.stall), f"/api/v1/parties/{quiet.stall.uri}"
    assert client.get(path).json["name"] == "A 区 12 号"
    assert client.get(f"{path}/keys").json["keys"][0]["keyid"] == quiet.stall.signer.public.keyid


def test_another_division_is_nobody_elses_business(quiet):
    client = quiet.desk()
    away, far = quote(quiet.away, safe=""), whose(quiet.far.uri)
    for path in (f"divisions/{FAR}", "divisions/35", f"parties/{far}", f"parties/{far}/keys",
                 f"chains?item={away}", f"evidence?item={away}", f"search?division={FAR}",
                 f"chain?{quiet.chain(quiet.away, quiet.far)}"):  # fmt: skip
        assert client.get(f"/api/v1/{path}").status_code == 403, path
    by_uri = f"/party?party={quote(quiet.far.uri, safe='')}"
    for path in (f"?division={FAR}", f"/queue?division={FAR}", f"/party/{far}", by_uri,
                 f"/chain?item={away}"):  # fmt: skip
        assert client.get(f"/inspect{path}").status_code == 403, path
    theirs = (whose(quiet.away), quiet.away, quiet.far.uri, whose(quiet.far.uri))
    texts = [f"?q={text}" for text in ("农场", "上海青", *theirs)]
    for asked in ("", "?kind=party", "?kind=item", *texts):
        found = client.get(f"/api/v1/search{asked}").json
        assert quiet.far.uri not in {one["party"] for one in found["parties"]}
        assert quiet.away not in {one["item"] for one in found["items"]}
        page = english(client, f"/inspect/search{asked}")
        assert "远方农场" not in page and whose(quiet.away) not in page.split("</form>")[1]
    everyone = quiet.client(quiet.world.authority).get("/api/v1/search?q=农场").json
    assert {one["party"] for one in everyone["parties"]} == {quiet.far.uri, quiet.farm.uri}


def test_the_state_of_a_division(town):
    world, reports = town.world, Complaints(town.ledger.home)
    world.do(town.farm, event("count", world.new_lot(), "1", event_id="urn:x:1"),
             event("count", world.new_lot(), "1", event_id="urn:x:1"))  # fmt: skip
    for holder in (town.stall.uri, town.far.uri, None) * 2:
        reports.add(town.ledger.now(), code="x", serial=None, item=town.lot, holder=holder,
                    kind="spoiled", text="")  # fmt: skip
    for holder in (town.stall.uri, None):  # one of each is dealt with
        one = next(one for one in reports.all() if one.holder == holder)
        note = Note(key_of(one), "done", None, None, "查过", town.office.uri, 1)
        NoteBook(town.ledger.database.engine).put(note)
    client = town.desk()
    found = client.get(f"/api/v1/divisions/{CITY}").json
    assert found["parties"]["total"] == 4  # the authority is registered here as well
    roles = {one["kind"]: one["count"] for one in found["parties"]["kinds"]}
    assert roles == {"authority": 1, "office": 1, "producer": 1, "stall": 1}
    assert found["lots"] == {"total": 2, "is_over": False, "kinds": [{"kind": "other", "count": 2}]}
    assert found["findings"]["severities"]["serious"] >= 1
    assert "event-id" in {one["kind"] for one in found["findings"]["rules"]}
    assert found["reports"] == {
        "total": 2, "open": 1, "is_over": False, "ownerless": 1,
        "kinds": [{"kind": "spoiled", "count": 1}],
    }  # fmt: skip
    assert found["size"] == found["as_of"]
    page = english(client, f"/inspect?division={CITY}")
    for part in ("1</b> <span>reports of consumers not dealt with yet",
                 f"/inspect/queue?source=report&amp;division={CITY}", "1 of 2 not dealt with yet",
                 "Xiamen", "An event identifier used again", "It is spoiled",
                 f"As of record no. {found['size']}, "):  # fmt: skip
        assert part in page
    other = town.client(town.world.authority).get(f"/api/v1/divisions/{FAR}").json
    assert (other["parties"]["total"], other["lots"]["total"]) == (1, 1)
    assert english(client, "/inspect?division=3502061").count("no division is called 3502061") == 1


def test_what_is_overdue_is_counted_and_listed(town, monkeypatch):
    farm, stall = town.farm, town.stall
    lot = town.world.coded_lot(farm)
    town.world.do(farm, event("dispatch", lot, "3", sender=farm.uri, recipient=stall.uri))
    later = town.ledger.now() + timedelta(days=3)
    monkeypatch.setattr(town.ledger, "clock", lambda: later)
    client = town.desk()
    found = client.get("/api/v1/divisions/all").json["overdue"]
    assert found["total"] == 1 and found["oldest"][0]["party"] == stall.uri
    for path in ("/inspect", "/inspect/queue?source=overdue"):
        page = english(client, path)
        assert "A 区 12 号" in page and "not confirmed in time" in page and "overdue</b>" in page


def test_acts_in_force_say_how_much_of_them_is_here(town):
    uri = hold(town.world, town.world.authority, town.lot, town.away)
    (act,) = town.desk().get("/api/v1/divisions/all").json["acts"]
    assert (act["items"], act["here"], act["act"]) == (2, 1, uri)
    assert "1 of them here" in english(town.desk(), "/inspect")
    item = quote(town.lot, safe="")
    (told,) = town.desk().get(f"/api/v1/chains?item={item}").json["acts"]
    assert (told["act"], told["relation"]) == (uri, "itself")
    assert act["code"] in english(town.desk(), f"/inspect/chain?item={item}")


def test_a_search_finds_by_code_name_number_and_day(quiet):
    client = quiet.desk()

    def found(asked: str) -> tuple[set[str], set[str]]:
        answer = client.get(f"/api/v1/search?{asked}")
        assert answer.status_code == 200, answer.text
        return ({one["party"] for one in answer.json["parties"]},
                {one["item"] for one in answer.json["items"]})  # fmt: skip

    code, label = codes.shown(whose(quiet.lot)), codes.of_chain(quiet.lot, quiet.stall.uri)
    for asked in (code, code.lower(), quiet.lot, f"https://{HOST}/t/{label}/ABCDEFGHJKMNP"):
        assert found(f"q={quote(asked)}") == (set(), {quiet.lot}), asked
    for asked in (quiet.farm.uri, whose(quiet.farm.uri)):
        assert found(f"q={quote(asked)}") == ({quiet.farm.uri}, set())
    assert found("q=青山") == ({quiet.farm.uri}, set())
    assert found("q=海青") == (set(), {quiet.lot, quiet.theirs})
    assert found("q=没有") == (set(), set())
    assert found("kind=item&from=2020-01-01&to=2020-01-02") == (set(), set())
    today = quiet.ledger.now().astimezone(steps.SHANGHAI).date()
    assert found(f"from={today}&to={today}") == (set(), {quiet.lot, quiet.theirs})
    assert found(f"q={AUTHORITY[9:]}")[0] == {AUTHORITY}
    assert found(f"division={NEAR}&kind=party")[0] == {quiet.farm.uri, quiet.stall.uri}


def test_pages_of_a_search_join(quiet):
    client, met, after = quiet.desk(), [], ""
    while after is not None:
        found = client.get(f"/api/v1/search?limit=1&after={quote(after)}" if after else
                           "/api/v1/search?limit=1").json  # fmt: skip
        met += [one["party"] for one in found["parties"]] + [one["item"] for one in found["items"]]
        after = found["after"]
    assert len(met) == len(set(met))
    assert set(met) == {AUTHORITY, quiet.office.uri, quiet.farm.uri, quiet.stall.uri, quiet.lot,
                        quiet.theirs}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("from=2026-13-01", "from"), ("from=2026-11-24&to=2026-11-23", "to"), ("q=%00", "q"),
        ("division=12345", "division"), ("after=x", "after"), ("q=a%0Ab", "q"), ("kind=x", "kind"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_kept(quiet, asked, field):
    client = quiet.desk()
    answer = client.get(f"/api/v1/search?{asked}")
    assert answer.status_code == 422
    page = english(client, f"/inspect/search?q=青山&{asked}" if field != "q" else
                   f"/inspect/search?{asked}")  # fmt: skip
    assert "field-wrong" in page and (field == "after" or f'id="{field}-wrong"' in page)
    if field != "q":
        assert 'value="青山"' in page


def test_a_partys_keys_from_enrolment_to_recovery(town):
    world, stall = town.world, town.stall
    second, third = LocalSigner.new(), LocalSigner.new()
    world.say(stall, acts.enrol_signer(ORIGIN, stall.uri, second))
    world.say(stall, {**acts.revoke(stall.uri, second.public.keyid), "reason": "换手机"})
    (receipt,) = world.say(
        world.authority,
        acts.enrol_signer(ORIGIN, stall.uri, third, revokes=[stall.signer.public.keyid]),
    )
    lost = {**acts.revoke(stall.uri, third.public.keyid), "compromised_since": receipt.index + 1}
    world.say(world.authority, lost)
    client = town.desk()
    keys = client.get(f"/api/v1/parties/{whose(stall.uri)}/keys").json["keys"]
    enrolled = [one.public.keyid for one in (stall.signer, second, third)]
    assert [one["keyid"] for one in keys] == enrolled
    assert [one["is_recovery"] for one in keys] == [False, False, True]
    assert [one["enrolled"]["actor"] for one in keys] == [AUTHORITY, stall.uri, AUTHORITY]
    assert [one["revoked"]["actor"] for one in keys] == [AUTHORITY, stall.uri, AUTHORITY]
    assert keys[0]["revoked"]["index"] == receipt.index == keys[2]["enrolled"]["index"]
    assert keys[1]["revoked"]["reason"] == "换手机"
    assert [one["lost_since"] for one in keys] == [None, None, receipt.index + 1]
    assert all(one["enrolled"]["recorded"] and not one["is_good"] for one in keys)
    page = english(client, f"/inspect/party/{whose(stall.uri)}")
    for part in ("recovery:", f"reported lost since record no. {receipt.index + 1}", "换手机",
                 "Enrol a key", "Revoke a key", "Admit a party", "699001201"):  # fmt: skip
        assert part in page


def test_a_partys_page_has_what_it_holds_owes_and_did(town):
    town.world.do(town.stall, event("sell", town.lot, "500"))
    page = english(town.desk(), f"/inspect/party/{whose(town.stall.uri)}")
    assert whose(town.theirs)[:4] in page and "What it has" in page
    assert 'class="severity' in page  # sold more than it had
    gone = english(town.desk(), f"/inspect/party/{whose(town.farm.uri)}")
    assert "70 kg" in gone


def test_each_link_of_a_chain_is_opened(quiet):
    client = quiet.desk()
    found = client.get(f"/api/v1/chain?{quiet.chain(quiet.lot, quiet.farm)}").json
    assert found["is_good"] and found["length"] == 2 and found["next"] is None
    with quiet.ledger.reading() as reader:
        for one in found["links"]:
            stored = reader.link(one["index"])
            assert (one["envelope"].encode(), one["hash"]) == (stored.entry, stored.hash)
            keyid = parse(stored.entry).keyid
            assert keyid == one["key"]["keyid"] == quiet.farm.signer.public.keyid
            assert one["proof"]["wrong"] is None and one["proof"]["size"] == reader.size()
            assert one["key"]["enrolled_by"] == AUTHORITY
    by_code = codes.of_chain(quiet.lot, quiet.farm.uri)
    assert client.get(f"/api/v1/chain?item={by_code}").json == found
    page = english(client, f"/inspect/chain?{quiet.chain(quiet.lot, quiet.farm)}")
    assert "Every record of its history verified just now." in page
    assert found["links"][0]["hash"] in page and found["links"][1]["proof"]["siblings"][0] in page
    assert client.get(f"/api/v1/chain?item={quote(quiet.lot)}").status_code == 422
    assert client.get(f"/api/v1/chain?{quiet.chain(quiet.lot, quiet.office)}").status_code == 404
    far = f"{quiet.chain(quiet.lot, quiet.farm)}&start=2"
    assert client.get(f"/api/v1/chain?{far}").status_code == 404


def test_a_changed_byte_is_shown_at_its_link_and_at_no_other(town):
    with town.ledger.reading() as reader:
        links = reader.chain_links(town.lot, town.farm.uri)
        stored = links[1][1]
    spoiled = stored.entry.replace(b'"sig":"', b'"sig":"A', 1)[:-3] + stored.entry[-2:]
    change(town.ledger, "UPDATE link SET entry = ? WHERE leaf = ?", spoiled, stored.index)
    client = town.desk()
    found = client.get(f"/api/v1/chain?{town.chain(town.lot, town.farm)}").json
    assert [one["is_good"] for one in found["links"]] == [True, False]
    wrong = found["links"][1]
    assert wrong["hash"] != wrong["stored_hash"] == stored.hash
    assert {"entry", "log"} <= {one["rule"] for one in wrong["problems"]}
    every = client.get(f"/api/v1/chains?item={quote(town.lot)}").json
    assert not every["is_good"] and every["broken"] == [stored.index]
    page = english(client, f"/inspect/chain?{town.chain(town.lot, town.farm)}")
    assert f"in record no. {stored.index} something is wrong" in page
    assert f'<li id="l{stored.index}" class="is-bad">' in page
    assert page.count('class="is-bad">\n<details open>') == 1
    # Seen from the receipt's chain as well, whose own links stand.
    other = english(client, f"/inspect/chain?{town.chain(town.lot, town.stall)}")
    assert f"record no. {stored.index} something is wrong" in other
    assert '<li id="l' in other and 'class="is-bad">\n<details open>' not in other
    assert client.get(f"/api/v1/evidence?item={quote(town.lot)}").status_code == 409


def test_a_link_that_is_gone_and_one_of_another_key_are_shown_where_they_stand(town):
    with town.ledger.reading() as reader:
        first, second = (one for _, one in reader.chain_links(town.lot, town.farm.uri))
    change(town.ledger, "DELETE FROM link WHERE leaf = ?", second.index)
    client = town.desk()
    found = client.get(f"/api/v1/chain?{town.chain(town.lot, town.farm)}").json
    assert [one["index"] for one in found["links"]] == [first.index, None]
    assert found["links"][1]["problems"][0]["rule"] == "missing"
    keyid = town.farm.signer.public.keyid
    change(town.ledger, "UPDATE key SET party = party + 1 WHERE keyid = ?", keyid)
    found = client.get(f"/api/v1/chain?{town.chain(town.lot, town.farm)}").json
    assert "key" in {one["rule"] for one in found["links"][0]["problems"]}
    assert english(client, f"/inspect/chain?{town.chain(town.lot, town.farm)}")


def test_long_chains_come_in_parts_that_join(town):
    town.world.do(town.farm, *(event("feed", town.lot, "1") for _ in range(120)))
    client, path = town.desk(), f"/api/v1/chain?{town.chain(town.lot, town.farm)}"
    one = client.get(path).json
    two = client.get(f"{path}&start={one['next']}").json
    assert [link["seq"] for link in one["links"] + two["links"]] == list(range(122))
    assert one["is_good"] and two["is_good"] and two["next"] is None
    assert "start=100" in english(client, f"/inspect/chain?{town.chain(town.lot, town.farm)}")


def test_the_evidence_of_all_chains_verifies_alone(quiet):
    answer = quiet.desk().get(f"/api/v1/evidence?item={quote(quiet.lot)}")
    assert answer.status_code == 200
    found = verify(bundle.parse(answer.data), quiet.world.trust)
    assert found.exit_code == 0
    text = answer.text
    assert all(actor.signer.public.keyid in text for actor in (quiet.farm, quiet.stall))


def test_names_that_are_script_stay_text(town):
    evil = '<script>alert("x")</script>"><img src=x>'
    bad = town.world.party(evil, "stall", division=NEAR)
    lot = town.world.new_lot()
    town.world.do(bad, event("code", lot, "1", extra=steps.coding(evil, None, None, None)))
    client = town.desk()
    more = (f"?q={quote(evil)}", f"?category={quote(evil)}", f"?division={quote(evil)}")
    for path in ("/inspect", "/inspect/search", *(f"/inspect/search{one}" for one in more),
                 f"/inspect/party/{whose(bad.uri)}", f"/inspect/chain?item={quote(lot)}",
                 f"/inspect?division={quote(evil)}"):  # fmt: skip
        page = english(client, path)
        assert "<script>alert" not in page and "<img src=x" not in page


def test_the_desk_is_kept_by_nobody_and_a_private_ledger_is_open_to_it(town):
    town.ledger.trust = replace(town.ledger.trust, entries="private")
    client, (pages, api) = town.desk(), routes(town)
    for path in pages + api:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert path in api or answer.headers["Cache-Control"] == "no-store"
