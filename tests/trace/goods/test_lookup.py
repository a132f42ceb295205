"""What a few characters mean: parts of codes, lot numbers, serials, and whose they are to find."""

import pytest
from support.ledger.statements import statements
from support.ledger.world import HOST, World, days_ago, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Remit
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.identity.lookup import find_one, find_own, look_up
from suyuan.trace.goods.identity.lot_names import lot_names
from suyuan.trace.goods.searching import Query, find
from suyuan.trace.store.files import serial_index, serials
from suyuan.trace.store.read import search


class Town(World):
    """A farm's lot that a stall has and labelled, one on its way to it, and another farm's."""

    def fill(self):
        self.stall, self.other = self.party("A12"), self.party("海沧合作社", "producer")
        self.lot, self.coming, self.far = (self.new_lot() for _ in range(3))
        stated = steps.coding("上海青", days_ago(1), None, None, more={"suyuan:lot": "Ａ-7 / 26"})
        self.do(self.farm, event("code", self.lot, "100", extra=stated))
        self.code(self.farm, self.coming)
        self.code(self.other, self.far)
        self.hand_over(self.farm, self.stall, self.lot)
        to = {"sender": self.farm.uri, "recipient": self.stall.uri}
        self.do(self.farm, event("dispatch", self.coming, "10", **to))
        self.serials = serials.new(3)
        serials.keep_draft(self.ledger.home, self.lot, self.stall.uri, self.serials)
        self.say(self.stall, acts.labels(self.serials), items=(self.lot,))
        return self


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = Town(tmp_path_factory.mktemp("town") / "home")
    made.farm = made.party("青山农场", "producer")
    yield made.fill()
    made.ledger.close()


def meant(town, text, is_visible=lambda _item: True):
    with town.caught_up() as reader:
        return [(t.item, t.actor) for t in look_up(reader, town.ledger.home, text, is_visible)]


def own(town, party, text):
    with town.caught_up() as reader:
        found = find_own(reader, town.trust, town.ledger.home, party.uri, text)
        return [target.item for target in found]


def test_each_end_of_a_code_and_each_part_of_seven_is_found(town):
    code = codes.of_chain(town.lot, town.stall.uri)
    parts = [code[:at] for at in range(4, 16)] + [code[at:] for at in range(1, 13)]
    parts += [code[at : at + 7] for at in range(10)] + [code[at : at + 4] for at in (0, 4, 8, 12)]
    for part in {*parts, codes.shown(code)[:9].lower(), codes.shown(code)[10:]}:
        assert (town.lot, town.stall.uri) in meant(town, part), part
    assert meant(town, code[:3]) == [] and meant(town, "U" * 5) == []


def test_a_part_is_looked_for_by_an_index(town):
    with town.caught_up() as reader:
        with statements(reader.connection) as asked:
            assert list(search.codes_with(reader, "ABCD")) == []
        plans = [
            reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
            for query, values in asked
        ]
    used = {row[-1].split()[4] for plan in plans for row in plan if "SEARCH code" in row[-1]}
    groups = {"ix_code_from_5", "ix_code_from_9", "ix_code_from_13"}
    assert groups < used and not any("SCAN" in row[-1] for plan in plans for row in plan)


def test_lot_numbers_are_found_however_they_are_written(town):
    for text in ("A-7/26", "ａ-7 /26", "a-7/"):
        assert meant(town, text) == [(town.lot, None)], text
    assert meant(town, "a-7") == []  # under four characters the whole of it


def test_a_label_is_found_by_its_serial_if_the_signed_list_has_it(town):
    serial = town.serials[1]
    for text in (serial, serial.lower(), serial[:6]):
        assert (town.lot, town.stall.uri) in meant(town, text)
    invented = codes.new_serial()  # of zeros, it may stand in a code of another test
    serial_index.note(town.ledger.home, codes.of_chain(town.lot, town.stall.uri), [invented])
    assert meant(town, invented) == []


def test_a_trader_finds_what_is_its_own_or_was_sent_to_it_and_no_more(town):
    texts = {
        town.lot: [codes.of_uri(town.lot, HOST), codes.of_uri(town.lot, HOST)[:6], town.lot,
                   "A-7/26", town.serials[0], codes.of_chain(town.lot, town.farm.uri)[-5:]],
        town.coming: [codes.of_uri(town.coming, HOST), codes.of_uri(town.coming, HOST)[-4:]],
    }  # fmt: skip
    for item, every in texts.items():
        for text in every:
            assert own(town, town.stall, text) == [item], text
            assert own(town, town.other, text) == [], text
    far = codes.of_uri(town.far, HOST)
    assert own(town, town.stall, far) == own(town, town.stall, far[:5]) == []
    assert own(town, town.stall, town.far) == []
    assert set(own(town, town.stall, "上海")) == {town.lot, town.coming}


def test_an_inspector_finds_within_its_remit(town):
    part = codes.of_chain(town.lot, town.stall.uri)[:6]
    with town.caught_up() as reader:
        for divisions, expected in ((("350206",), [town.lot]), (("440300",), [])):
            page = find(reader, town.trust, town.ledger.home, Remit(divisions), Query(text=part))
            assert [target.item for target in page.exact] == expected


def test_the_command_line_takes_the_one_that_is_meant(town):
    with town.caught_up() as reader:
        home = town.ledger.home
        assert find_one(reader, town.trust, home, "A-7/26").item == town.lot
        with pytest.raises(IdentifierError):
            find_one(reader, town.trust, home, "ZZZZZ")


def test_a_lot_has_the_code_of_its_holders_labels(town):
    with town.caught_up() as reader:
        named = lot_names(reader, HOST, [town.lot, town.coming], town.stall.uri)
        strange = lot_names(reader, HOST, [town.lot])[town.lot]
    lot = named[town.lot]
    assert lot.code == codes.shown(codes.of_chain(town.lot, town.stall.uri))
    assert lot.codes == (lot.code, codes.shown(codes.of_uri(town.lot, HOST)))
    assert (lot.name, lot.supplier, str(lot.produced)) == ("上海青", "青山农场", days_ago(1))
    assert named[town.coming].own is None and named[town.coming].supplier == "青山农场"
    assert strange.codes == (codes.shown(codes.of_uri(town.lot, HOST)),)


def test_what_begins_alike_is_read_up_to_a_bound(town, monkeypatch):
    monkeypatch.setattr(search, "ALIKE", 2)
    start = codes.of_uri(town.far, HOST)[:4]
    lots = []
    for number in range(5):
        body = f"{start}{number:011d}"
        code = next(c for letter in codes.ALPHABET if codes.is_code(c := body + letter))
        lots.append(codes.uri_of(code, HOST))
        town.code(town.other, lots[-1])
    assert len(meant(town, start)) <= 2
    assert (lots[3], None) in meant(town, codes.of_uri(lots[3], HOST)[:15])
