"""How far goods are traced: the page, its chart, its spreadsheet and the API, each in its remit."""

import io
import re
from collections.abc import Iterator
from urllib.parse import quote

import openpyxl
import pytest
from support.ledger.statements import statements
from support.ledger.world import World, event
from support.web.client import client_of

from suyuan.trace.admission.access import Remit
from suyuan.trace.inspection.coverage import coverage_report, months_until, of_operator, read_month
from suyuan.trace.store.read.overview import Overview
from suyuan.web.text.charts import Series, columns

CITY, NEAR, OFFICE, FAR = "350200", "350206", "350206001", "440300"


class Town:
    """A city with its office, a district, a sub-district with a 所, and somebody far away."""

    def __init__(self, world: World) -> None:
        self.world, self.ledger, self.clients = world, world.ledger, {}
        self.office = world.party("市局", "office", division=CITY)
        self.below = world.party("殿前所", "office", division=OFFICE)
        self.farm = world.party("青山农场", "producer", division=OFFICE)
        self.stall = world.party("<b>阿明</b>", division=NEAR)
        self.far = world.party("远方农场", "producer", division=FAR)
        lot = world.new_lot()
        for who, of in ((self.farm, lot), (self.farm, world.new_lot()), (self.far, world.new_lot()),
                        (self.stall, world.new_lot())):  # fmt: skip
            extra = {"ilmd": {"suyuan:product": "青菜", "suyuan:category": "蔬菜"}}
            world.do(who, event("code", of, "50", extra=extra))
        world.hand_over(self.farm, self.stall, lot)
        world.ledger.followers.catch_up()

    def get(self, path: str, who=None, **more):
        """The answer to who is signed in, the city's office by default."""
        client = self.clients.setdefault(who, client_of(self.ledger, who or self.office))
        return client.get(path, headers={"Accept-Language": "en"}, **more)


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Iterator[Town]:
    made = World(tmp_path_factory.mktemp("coverage") / "home")
    yield Town(made)
    made.ledger.close()


def rows(page: str) -> dict[str, list[str]]:
    """The rows of all tables, by their heading."""
    found = {}
    for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', page, re.S):
        head, *cells = re.split(r"</th>|</td>", row)
        found[_plain(head)] = [_plain(cell).split()[0] for cell in cells if _plain(cell)]
    return found


def _plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text).strip()


def test_a_city_is_drilled_to_the_counter(town: Town) -> None:
    page = town.get("/inspect/coverage").text
    assert rows(page)["Xiamen, Huli District"] == ["2", "2", "3", "2", "0", "1", "1", "0", "1"]
    assert f"division={NEAR}" in page and "Shenzhen" not in page
    page = town.get(f"/inspect/coverage?division={NEAR}").text
    assert next(row for head, row in rows(page).items() if "阿明" in head)[:3] == ["1", "1", "1"]
    assert rows(page)["Xiamen, Huli District, Huli Subdistrict"][:3] == ["1", "1", "2"]
    page = town.get(f"/inspect/coverage?division={OFFICE}").text
    assert next(row for head, row in rows(page).items() if "青山农场" in head)[2:4] == ["2", "2"]
    assert f"/inspect/party?party={quote(town.farm.uri, safe='')}" in page


def test_nobody_sees_another_division(town: Town) -> None:
    for path in ("/inspect/coverage", "/api/v1/coverage"):
        assert town.get(f"{path}?division={FAR}").status_code == 403
        assert town.get(f"{path}?division={NEAR}", town.below).status_code == 403
        assert town.get(path, town.farm).status_code == 403
        assert town.get(path, town.below).status_code == 200
    seen = town.get("/api/v1/coverage", town.below).json
    assert seen["total"]["lots"] == 2 and seen["division"] == OFFICE


def test_programs_get_the_same_figures(town: Town) -> None:
    report = town.get(f"/api/v1/coverage?division={CITY}&category=vegetables").json
    assert report["total"]["lots"] == 3 and report["total"]["through"] == 1
    assert [one["of"] for one in report["below"]] == [NEAR]
    assert [one["counts"]["lots"] for one in report["categories"]] == [3]
    assert len(report["months"]) == 12 and report["months"][-1]["of"] == report["month"]
    for wrong in ("month=2026-13", "month=x", "category=x", "division=x", "after=-1"):
        assert town.get(f"/api/v1/coverage?{wrong}").status_code == 422, wrong
    for wrong in ("month=2026-13", "category=x", "after=x", "division=nowhere"):
        assert town.get(f"/inspect/coverage?{wrong}").status_code == 200, wrong


def test_the_spreadsheet_has_the_figures_as_numbers(town: Town) -> None:
    content = town.get("/inspect/coverage?format=xlsx").data
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert table[0][2:5] == ["Operators", "Products", "Lots"]
    assert table[1][:1] == ["All"] and table[1][2:5] == [2, 2, 3]
    assert ["Division", "Xiamen, Huli District", 2, 2, 3] in [row[:5] for row in table]


def test_a_chart_says_in_words_what_it_draws(town: Town) -> None:
    page = town.get("/inspect/coverage").text
    month = town.get("/api/v1/coverage").json["month"]
    assert f"{month}: Lots 3, Traced through 1" in page
    assert page.count('role="img"') == 1 and "<title id=" in page
    assert " style=" not in re.search(r"<svg class=\"chart\".*?</svg>", page, re.S)[0]


def test_a_chart_escapes_what_it_is_called(app_context) -> None:
    drawn = columns("<script>", ["<b>"], Series("<i>", [0]), Series("b", [5]))
    assert "<script>" not in drawn and "<b>" not in drawn and "<i>" not in drawn
    assert "&lt;script&gt;" in drawn and "url(#chart-1-lines)" in drawn
    assert "chart-2-title" in columns("two", ["x"], Series("a", [10**15]))
    assert columns("none", [])


@pytest.fixture
def app_context(town: Town):
    with client_of(town.ledger, None).application.app_context() as context:
        yield context


def test_months_are_counted_back_over_new_year() -> None:
    assert months_until(202602, 4) == [202511, 202512, 202601, 202602]
    assert read_month("2026-02") == 202602
    assert not any(map(read_month, ("2026-2", "2026-00", "26-02", "２０２６-02", "", "9999-01")))


def test_a_report_reads_sums_by_an_index(town: Town) -> None:
    plain = None
    with town.ledger.reading() as reader, statements(town.ledger.database.engine) as asked:
        month = int(town.get("/api/v1/coverage").json["month"].replace("-", ""))
        asked.clear()
        coverage_report(reader, ["3502"], month)
        coverage_report(reader, [""], month, "meat")
        coverage_report(reader, ["350206", "350203"], month)
        assert [one.lots for one in of_operator(reader, town.farm.uri, month).values()] == [2]
        city = Remit(("3502",))
        overview = Overview(reader, city.spans(), city.covers, is_exact=True)
        assert overview.lots().of == {"vegetables": 3}
        assert overview.parties()[0] == 5  # the authority too
        plain = reader.connection.connection.driver_connection
        assert len(asked) > 6
        for text, values in list(asked):
            assert not re.search(r"\b(lot|traced|record|link)\b", text), text
            if "FROM follower" in text:
                continue  # of a few rows
            plan = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            assert not [line for line in plan if line.startswith("SCAN ")], (text, plan)
            if "FROM party" in text:
                assert any("COVERING INDEX ix_party_counted" in line for line in plan), plan
