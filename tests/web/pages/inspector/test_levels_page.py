"""Three levels: what is open is summed and stands division by division, in each office's remit."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from support.ledger.statements import statements
from support.ledger.world import World
from support.web.acting import act_uri, hold
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.times import zone
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.levels import levels
from suyuan.trace.store.read.act_reader import begun_case_counts, open_case_counts

CITY, HULI, SIMING, STREET = "350200", "350206", "350203", "350206001"


_ROW = r'<tr><th scope="row">(.*?)</tr>'


class City:
    """A city's office, two districts', a street's, and cases of each."""

    def __init__(self, world: World) -> None:
        self.world, self.ledger = world, world.ledger
        self.city = world.party("市局", "office", division=CITY)
        self.huli = world.party("湖里局", "office", division=HULI)
        self.street = world.party("殿前所", "office", division=STREET)
        self.siming = world.party("思明局", "office", division=SIMING)
        self.stall = world.party("阿明", division=STREET)
        self.opened(self.street, "order", "complaint")
        self.opened(self.huli, "sample", stage="failed")
        self.opened(self.siming, "complaint")
        self.opened(self.siming, "complaint", is_closed=True)
        self.opened_in = world.ledger.now().astimezone(zone())
        lot = world.new_lot()
        world.code(self.stall, lot)
        hold(world, self.huli, lot)
        Complaints(world.home).add(world.ledger.now(), code="x", serial=None, item=lot,
                                   holder=self.stall.uri, kind="spoiled", text="")  # fmt: skip
        world.ledger.followers.catch_up()

    def opened(self, office, *kinds, stage=None, is_closed=False) -> None:
        for kind in kinds:
            uri = act_uri("case")
            said = [acts.case_open(uri, kind, self.stall.uri)]
            said += [acts.case_record(uri, stage)] if stage else []
            said += [acts.case_close(uri)] if is_closed else []
            self.world.say(office, *said)

    def page(self, who, path="/inspect/levels", status=200):
        answer = client_of(self.ledger, who).get(path, headers={"Accept-Language": "en"})
        assert answer.status_code == status
        return answer


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> City:
    world = World(tmp_path_factory.mktemp("levels") / "home")
    yield City(world)
    world.ledger.close()


def table(page: str) -> dict[str, list[str]]:
    found = {}
    for row in re.findall(
        r'<tr><th scope="row">(.*?)</tr>', page.split('id="kinds"', maxsplit=1)[0], re.S
    ):
        head, *cells = re.split(r"</th>|</td>", row)
        plain = [re.sub(r"<[^>]*>", " ", text).strip() for text in (head, *cells)]
        found[plain[0]] = plain[1:-1]
    return found


def row(found: dict, part: str) -> list[str]:
    return next(cells for head, cells in found.items() if part in head)


def test_a_city_sees_its_districts_and_drills_down(city: City) -> None:
    found = table(city.page(city.city).text)
    # overdue receipts, reports, cases; cases late, samples failed, holds
    assert found["All"] == ["0", "1", "4", "0", "1", "1"]
    assert row(found, "Huli") == ["0", "1", "3", "0", "1", "1"]
    assert row(found, "Siming") == ["0", "0", "1", "0", "0", "0"]
    assert "湖里局" in next(head for head in found if "Huli" in head)
    page = city.page(city.city, f"/inspect/levels?division={HULI}").text
    assert row(table(page), "Subdistrict") == ["0", "1", "2", "0", "0", "0"]
    assert "Order to correct" in page and "division=3502" in page


def test_programs_have_the_same_figures_and_the_same_bounds(city: City) -> None:
    whole = city.page(city.city, "/api/v1/levels").json
    assert (whole["total"]["tasks"], whole["total"]["acts"]) == ({"report": 1, "case": 4}, 1)
    assert whole["total"]["cases"] == {"order": 1, "complaint": 2, "sample": 1}
    below = {one["division"]: one for one in whole["below"]}
    assert below[HULI]["tasks"]["case"] == 3 and below[SIMING]["tasks"] == {"case": 1}
    assert (below[HULI]["failed"], below[HULI]["lots"], whole["is_over"]) == (1, 1, False)
    assert sum(sum(kinds.values()) for kinds in whole["opened"].values()) == 5
    (street,) = city.page(city.city, f"/api/v1/levels?division={HULI}").json["below"]
    assert (street["division"], street["cases"]) == (STREET, {"order": 1, "complaint": 1})
    city.page(city.huli, f"/api/v1/levels?division={SIMING}", 403)
    city.page(city.city, "/api/v1/levels?division=x", 422)
    city.page(city.stall, "/api/v1/levels", 403)


def test_each_office_sees_its_own_level_alone(city: City) -> None:
    found = table(city.page(city.street).text)
    assert found["All"][2] == "2" and not any("Siming" in head for head in found)
    for who, division in ((city.street, HULI), (city.huli, SIMING), (city.siming, CITY)):
        city.page(who, f"/inspect/levels?division={division}", 403)
    city.page(city.stall, status=403)


def test_the_spreadsheet_and_the_chart_have_the_same(city: City) -> None:
    content = city.page(city.city, "/inspect/levels?format=xlsx").data
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows[0][3] == "Case" and rows[1][1:7] == [0, 1, 4, 0, 1, 1]
    kind = rows[0].index("Complaint")
    assert rows[1][kind] == 2 and rows[-1][kind] == 3  # one of them was closed
    assert rows[-1][0].startswith("opened in ")
    page = city.page(city.city).text
    assert f"{city.opened_in:%Y-%m}: Complaint 3" in page


def test_what_is_late_is_counted_where_it_is(city: City) -> None:
    far = city.ledger.now() + timedelta(days=400)
    with city.ledger.reading() as reader:
        remit = Remit((CITY,))
        found = levels(reader, city.ledger, remit, far)
        # Neither an order without a day nor a sample that has not failed has a clock of its own.
        late = sum(
            any(clock.outcome(far) == "overdue" for clock in case.open_clocks)
            for act in _open(reader)
            for case in (cases.read(reader, city.ledger, act),)
        )
        assert found.total.late == late > 0
        assert sum(level.late for level in found.below.values()) == late


def _open(reader):
    from suyuan.trace.store.read.act_reader import cases as rows

    return list(rows(reader, cases.KIND))


def test_cases_are_counted_by_an_index(city: City) -> None:
    with city.ledger.reading() as reader, statements(city.ledger.database.engine) as asked:
        open_case_counts(reader, cases.KIND, [city.huli.uri, city.street.uri])
        begun_case_counts(reader, cases.KIND, 0, reader.size())
        plain = reader.connection.connection.driver_connection
        for text, values in list(asked):
            if "FROM act" in text:
                plan = [one[3] for one in plain.execute(f"EXPLAIN QUERY PLAN {text}", values)]
                assert plan[0].startswith("SEARCH act USING"), plan
