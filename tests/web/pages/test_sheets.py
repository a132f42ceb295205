"""Lists as spreadsheets: what the page shows, every text a text, and for nobody else."""

import io

import pytest
from openpyxl import load_workbook
from support.ledger.world import event
from support.web.acting import order
from support.web.client import client_of

FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture
def city(small):
    """An office, and a stall with the name of a formula that oversold what is recalled."""
    office = small.party("市局", "office", division="350200")
    stall = small.party(FORMULA, division="350206")
    lot = small.coded_lot(stall)
    small.do(stall, event("sell", lot, "5000"))
    order(small, small.authority, lot)
    small.ledger.followers.catch_up()
    return small, office


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/recalls", "上海青"),
        ("/inspect/queue", FORMULA),
        ("/inspect/search?kind=party&q=HYPERLINK", FORMULA),
        ("/people", FORMULA),
    ],
)
def test_a_list_is_a_spreadsheet_whose_texts_are_no_formulas(city, path, shown):
    world, office = city
    who = world.authority if path == "/people" else office
    answer = client_of(world.ledger, who).get(f"{path}{'&' if '?' in path else '?'}format=xlsx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert any(cell.value == shown for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # none is "f"


def test_a_spreadsheet_is_for_whom_the_page_is(city):
    world, _office = city
    for path in ("/inspect/queue", "/inspect/search", "/people"):
        assert client_of(world.ledger, None).get(f"{path}?format=xlsx").status_code in {303, 302}
