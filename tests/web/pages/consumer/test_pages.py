"""Consumer pages: the answer first, what it is, what happened, how it is known."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.statements import statements
from support.ledger.world import HOST, days_ago, event, in_english
from support.web.client import MINI_LOT, MINI_STALL, client_of, english, page_of

from suyuan.keys import canonical
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion

pytestmark = pytest.mark.slow

LIMIT = 60_000
OURS = re.compile(r'<script type="module" src="/js/[0-9a-f]{16}/pages/consumer/item.js"></script>')


@pytest.fixture
def told(client, small, farm):
    """The page of a farm's new lot in English, after the farm said something of it."""

    def page(*events, lot=None, language="en", query=""):
        lot = lot or small.new_lot()
        small.do(farm, *(event(step, lot, kilos, **more) for step, kilos, more in events))
        small.ledger.followers.catch_up()
        path = f"{page_of(lot, farm.uri)}?lang={language}{query}"
        return english(client, path)

    return page


def test_a_verified_page_says_so_first_and_the_newest_comes_first(client, sold):
    lot, _farm, stall = sold
    text = english(client, page_of(lot, stall.uri))
    assert re.search(r"<h1>Verified</h1>", text)
    assert text.index("Verified") < text.index("上海青")
    for part in ("青山农场", "A 区 12 号", "30 kg", in_english(days_ago(1)), "5 days",
                 in_english(days_ago(-4)), "Xiamen, Tong&#39;an District",
                 "3 records without a gap"):  # fmt: skip
        assert part in text
    assert len(text.encode()) < LIMIT
    assert "/lineage/" not in text  # where it went is no consumer's business
    line = text[text.index("What happened to it") :]
    places = [
        line.index(f"<h3>{step}</h3>") for step in ("Received", "Sent", "Coded at the source")
    ]
    assert places == sorted(places)


def test_a_page_is_asked_for_again_each_time(client, sold):
    """A recall ordered now is on the page at the next look: nobody keeps it meanwhile."""
    lot, _farm, stall = sold
    assert client.get(page_of(lot, stall.uri)).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "", "zh-CN"),
        ({"Accept-Language": "zh-TW"}, "", "zh-CN"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "", "en"),
        ({"Accept-Language": "fr"}, "", "en"),
        ({}, "", "zh-CN"),
        ({"Accept-Language": "en"}, "?lang=zh", "zh-CN"),
        ({"Accept-Language": "zh"}, "?lang=en", "en"),
        ({"Accept-Language": "en"}, "?lang=<x>", "en"),
    ],
)
def test_the_language_is_the_readers(client, sold, headers, query, language):
    lot, _farm, stall = sold
    response = client.get(page_of(lot, stall.uri) + query, headers=headers)
    assert f'<html lang="{language}">' in response.text
    assert ("溯源信息完整" in response.text) == (language == "zh-CN")
    assert ('class="language" href="?lang=zh"' in response.text) == (language == "en")
    assert {"Accept", "Accept-Language"} <= set(response.vary)
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("prefix", ["/t/", "/T/"])
def test_a_code_may_be_typed_as_people_type(client, sold, prefix):
    lot, _farm, stall = sold
    code = codes.of_chain(lot, stall.uri)
    loose = codes.shown(code).lower().replace("1", "l").replace("0", "o")
    assert "Verified" in english(client, f"{prefix}{loose}")
    assert "Verified" in english(client, f"{prefix}{codes.shown(code).replace('-', ' ')}")


def test_an_items_own_code_lists_no_other_holder(client, sold):
    lot, _farm, _stall = sold
    text = english(client, f"/t/{codes.in_uri(lot, HOST)}")
    assert "Verified" in text
    assert "青山农场" in text
    assert "A 区 12 号" not in text
    assert "Where did you buy it?" in text


def test_before_followers_an_items_own_code_works_and_a_chains_does_not(client, small, farm):
    lot = small.coded_lot(farm)
    assert "Verified" in english(client, f"/t/{codes.in_uri(lot, HOST)}")
    english(client, page_of(lot, farm.uri), 404)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/01/06901234567892", "This code names a product"),
        *((path, "Not a code of ours") for path in (
            "/t/0000000000000000", "/t/1Q4T9ZC2KM8W0RB3", "/01/06901234567892/10/NONE",
            "/01/06901234567892/10/%00", "/00/069012340000000016",
        )),
        *((path, "This code was mistyped") for path in (
            "/t/1Q4T9ZC2KM8W0RB4", "/t/UUUU", "/t/0000000000000000/short", "/t/%00%ff", "/t/溯源",
            "/t/" + "9" * 3_000, "/01/06901234567893/10/A", "/01/6901234567892/10/A",
            "/00/069012340000000017", "/00/../../etc/passwd",
        )),
    ],
)  # fmt: skip
def test_what_is_no_code_of_ours_is_said_plainly(client, path, words):
    text = english(client, path, 404)
    assert words in text and "of ours" in text and 'action="/find"' in text
    assert client.get(path, headers={"Accept": "application/json"}).json["status"] == 404


@pytest.mark.parametrize(
    "path",
    ["/t/../../../etc/passwd", "/t/..%2f..%2fetc%2fpasswd", "/static/../app.py",
     "/static/..%2fapp.py", "//evil.example/t/x", "/t/", "/01/", "/t/a/b/c", "/%2e%2e/%2e%2e"],
)  # fmt: skip
def test_path_tricks_lead_nowhere(client, path):
    with client.get(path) as response:
        assert response.status_code == 404
        assert "create_app" not in response.text and "root:" not in response.text


def test_hostile_names_stay_text(client, small):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    farm = small.party(evil, "producer")
    lot = small.new_lot()
    extra = steps.coding(evil, days_ago(1), 5, evil)
    extra |= {"suyuan:reason": evil, "suyuan:result": evil, "bizLocation": {"id": f"urn:x:{evil}"}}
    extra |= {"suyuan:supplier": {"name": evil}, "eventTimeZoneOffset": "<b>"}
    small.do(farm, event("code", lot, "1", extra=extra))
    small.ledger.followers.catch_up()
    for path in (page_of(lot, farm.uri), f"/t/{codes.in_uri(lot, HOST)}"):
        text = english(client, path)
        assert "<script" not in OURS.sub("", text, count=1)
        assert "<img" not in text
        assert "<b>" not in text.replace("<b>溯源", "").replace("<li><b>", "")
        assert "&lt;script&gt;" in text
    for query in ("/find?code=%3Cscript%3E", "/t/%3Cscript%3E?lang=%3Cscript%3E", "/?lang=%22%3E"):
        assert "<script" not in client.get(query, follow_redirects=True).text


@pytest.mark.parametrize("days", [None, "90", 2**40, -1, True])
def test_odd_members_of_ilmd_do_no_harm(small, told, days):
    lot = small.new_lot()
    ilmd = {"suyuan:product": 7, "suyuan:productionDate": "not a day", "suyuan:shelfLifeDays": days}
    odd = {
        "ilmd": ilmd, "eventTime": "9999-12-31T23:59:59-14:00",
        "suyuan:quantities": [1, {"value": "1e400"}, {"item": lot, "value": [], "unit": {}}],
        "sourceList": [3, {"source": 4}], "destinationList": {"a": 1}, "errorDeclaration": [],
        "bizStep": "x" * 500,
    }  # fmt: skip
    text = told(("code", "1", {}), ("count", "1", {"extra": odd}), lot=lot)
    assert "<h1>Verified</h1>" in text


@pytest.mark.parametrize(
    ("mda", "is_said"), [("urn:epcglobal:cbv:mda", True), ("https://x.example/", False), (7, False)]
)
def test_a_best_before_date_is_read_where_its_prefix_is_gs1s(told, mda, is_said):
    said = {"@context": [{"cbvmda": mda}], "ilmd": {"cbvmda:bestBeforeDate": "2020-01-02"}}
    assert ("Past its" in told(("code", "1", {"extra": said}))) == is_said


def test_what_is_past_its_shelf_life_is_said(told):
    text = told(("code", "1", {"extra": steps.coding("菠菜", days_ago(30), 3, None)}))
    assert "<h1>Past its shelf life</h1>" in text and in_english(days_ago(27)) in text
    assert text.index("Past its shelf life") < text.index("1 record without a gap")


@pytest.mark.parametrize(
    ("path", "words", "no"),
    [
        (page_of(MINI_LOT, MINI_STALL),
         ("Corrected: this does not stand.", "Correction of an earlier record", "29 kg", "30 kg",
          "Replaces an earlier record.", "(湖里农产品市场) for A"),
         None),
        ("/01/06901234567892/10/L%2F24-11", ("上海青", "L/24-11"), "of this single piece"),
        ("/01/06901234567892/22/2/10/L%2f24-11?17=261127", ("上海青", "L/24-11"),
         "of this single piece"),
        ("/01/06901234567892/10/L%2F24-11/21/NONE",
         ("上海青", "L/24-11", "no record of this single piece"), None),
        ("/00/069012340000000016", ("ogistic",), None),
        ("/01/06901234567892/10/L%2F24-11/21/A!*'()", ("A!*&#39;()",), None),
        ("/01/06901234567892/21/A!*'()",
         ("Signed with a key that was reported lost.", "Unfinished: not all is recorded yet",
          "in a file that cannot be read here"), "Verified"),
        (page_of("https://id.gs1.org/01/06901234567892/10/L%2F24-11", MINI_STALL),
         ("another ledger",), None),
    ],
    ids=["corrected", "lot", "variant", "no-piece", "unit", "piece", "lost-key", "other-ledger"],
)  # fmt: skip
def test_pages_of_the_ledger_of_the_vectors(mini_client, path, words, no):
    text = english(mini_client, f"{path}{'&' if '?' in path else '?'}all=1")
    assert all(part in text for part in words) and (no is None or no not in text)


def test_an_event_by_reference_is_read_where_its_file_is_here(small, farm, told):
    lot = small.new_lot()
    data = canonical.dumps(
        event("code", lot, "7", extra=steps.coding("大米", days_ago(1), 300, None))
    )
    sha256 = small.ledger.attachments.put(data)
    ref = {"sha256": sha256, "size": len(data), "type": "application/json"}
    small.ledger.write(farm.pen, [Draft(event_ref=ref, items=(lot,))])
    text = told(lot=lot)
    assert "大米" in text and "7 kg" in text


def test_what_an_importer_reports_is_said_so(client, small):
    importer, lot = small.party("口岸进口商"), "https://id.gs1.org/01/06901234567892/10/IMP1"
    document = {"sha256": small.ledger.attachments.put(b"{}"), "size": 2,
                "type": "application/ld+json", "as": "received"}  # fmt: skip
    told = event("harvest", lot, "9", extra={"eventTimeZoneOffset": "-03:00"})
    small.ledger.write(importer.pen, [Draft(event=told, document=document)])
    small.ledger.followers.catch_up()
    path = "/01/06901234567892/10/IMP1"
    assert "Unfinished: not all is recorded yet" in english(client, path)
    small.say(importer, acts.document(document["sha256"], 2, 1))
    small.ledger.followers.catch_up()
    text = english(client, path)
    assert "<h1>Reported by the importer, not confirmed</h1>" in text
    assert "(口岸进口商) from documents." in text
    assert "Beijing time <span>" in text and "(UTC-03:00)" in text
    assert "It begins here: Kou An Jin Kou Shang (口岸进口商) records no source" in text


def test_made_from_leads_to_the_pages_of_what_went_in(client, small):
    maker, pork, sausage = small.party("肉厂", "processor"), small.new_lot(), small.new_lot()
    small.do(maker, event("code", pork, "10", extra=steps.coding("猪肉", days_ago(3), 9, None)))
    when = datetime.now(UTC) - timedelta(minutes=1)
    made = steps.event(
        "make",
        when,
        [Portion(sausage, Decimal("6.5"), "KGM")],
        inputs=[Portion(pork, Decimal(10), "KGM")],
        extra=steps.coding("腊肠", days_ago(2), 90, None),
    )
    small.do(maker, made)
    small.ledger.followers.catch_up()
    text = english(client, page_of(sausage, maker.uri))
    assert "Made from" in text
    assert f'href="{page_of(pork, maker.uri)}"' in text
    assert "猪肉" in english(client, page_of(pork, maker.uri))
    chinese = client.get(page_of(sausage, maker.uri) + "?lang=zh").text
    assert f'href="{page_of(pork, maker.uri)}?lang=zh"' in chinese


def test_a_long_history_stays_small_and_can_be_had_whole(small, farm, told):
    lot = small.coded_lot(farm)
    text = told(*(("count", str(number + 1), {}) for number in range(150)), lot=lot)
    assert len(text.encode()) < LIMIT
    for part in ("143 more records are not shown here.", "151 records without a gap",
                 "Coded at the source"):  # fmt: skip
        assert part in text
    assert told(lot=lot, query="&all=1").count("Stock counted</h3>") == 150


def test_findings_about_a_record_are_shown(told):
    same = {"event_id": "urn:x:1"}
    told(("code", "1", same))
    text = told(("code", "2", same))
    assert "Found:" in text and "was given at index" in text


def test_refs_of_others_are_no_correction(client, small, farm, stall):
    """An error declaration by another party than the event's own changes nothing."""
    lot = small.new_lot()
    (first,) = small.do(farm, one := event("dispatch", lot, "5", recipient=stall.uri))
    wrong = {**one, "errorDeclaration": {"reason": "did_not_occur"}}
    small.do(stall, wrong, after=(AfterRef(first.index, first.hash),))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, stall.uri))
    assert "Corrected: this does not stand." not in text


def the_way(text):
    """The part of a page that tells the stations of the way."""
    return text[text.index('<ol class="journey">') : text.index("</ol>")]


def test_who_only_examined_is_no_station_of_the_way(client, small, farm, stall):
    lab, lot = small.party("检验所", "laboratory"), small.new_lot()
    coded = small.code(farm, lot)
    found = event("test", lot, extra={"suyuan:result": "合格"})
    (tested,) = small.do(lab, found, after=(AfterRef(coded.index, coded.hash),))
    report = AfterRef(tested.index, tested.hash)
    told = event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri)
    (sent,) = small.do(farm, told, after=(report,))
    small.do(stall, event("receive", lot, "30"), after=(AfterRef(sent.index, sent.hash),))
    small.ledger.followers.catch_up()
    text = english(client, page_of(lot, stall.uri))
    way = the_way(text)
    assert "检验所" not in way and "检验所" in text
    assert way.index("青山农场") < way.index("A 区 12 号")


def test_the_way_begins_with_the_source_whoever_was_done_first(client, small, farm, stall):
    lot = small.coded_lot(farm)
    got = small.hand_over(farm, stall, lot)
    small.do(farm, event("count", lot, "70"))
    (sent,) = small.do(stall, event("dispatch", lot, "9", sender=stall.uri, recipient=farm.uri))
    small.do(farm, event("receive", lot, "9"), after=(AfterRef(sent.index, sent.hash),))
    small.ledger.followers.catch_up()
    assert got.index < sent.index
    way = the_way(english(client, page_of(lot, farm.uri)))
    assert way.index("青山农场") < way.index("A 区 12 号")


def test_a_lot_has_its_makers_number_and_may_last_a_day(small, told):
    extra, lot = steps.coding("豆花", None, 0, None, more={"suyuan:lot": "L-77"}), small.new_lot()
    text = told(("code", "1", {"extra": extra}), lot=lot)
    assert "<dt>Lot</dt><dd>L-77</dd>" in text
    assert "eat the same day" in text and "0 days" not in text
    assert "当日食用" in told(lot=lot, language="zh")


def test_what_is_unpacked_is_taken_out_of_its_container(client, small, farm, told):
    lot, unit = small.coded_lot(farm), "https://id.gs1.org/00/069012340000000016"
    for step in ("pack", "unpack"):
        when = datetime.now(UTC) - timedelta(minutes=1)
        portions = [Portion(lot, Decimal(5), "KGM")]
        small.do(farm, steps.event(step, when, portions, parent=unit))
    text = told(lot=lot, language="zh")
    assert text.index(">取自<") < text.index(">装入<")
    assert ">取出<" in client.get("/00/069012340000000016?lang=zh&all=1").text


def test_what_is_asked_for_a_page_is_found_by_keys(small):
    """So a page costs the same in a large ledger; of what is newest one row is read.

    Of registrars, whom the authority appoints, each is asked by key whether it spoke of a party:
    what strangers sign of it is never read.
    """
    farm, shop = small.party("青山农场", "producer"), small.party("摊位")
    laboratory, lot = small.party("检测", "laboratory"), small.coded_lot(farm)
    got = small.hand_over(farm, shop, lot)
    passed = event("test", lot, extra={"suyuan:result": "合格"})
    small.do(laboratory, passed, after=(AfterRef(got.index, got.hash),))
    small.ledger.followers.catch_up()
    client = client_of(small.ledger)
    with statements(small.ledger.database.engine) as asked:
        assert client.get(page_of(lot, shop.uri)).status_code == 200
    steps_of = set()
    with small.ledger.reading() as reader:
        plain = reader.connection.connection.driver_connection
        for text, values in dict(asked).items():
            if text.startswith("SELECT"):
                plan = {row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {text}", values)}
                if "registrar.remit IS NOT NULL" in text and "EXISTS" in text:
                    assert any(step.startswith("SEARCH chain USING") for step in plan), plan
                    plan.remove("SCAN registrar")
                steps_of |= plan
    whole = {step for step in steps_of if step.startswith("SCAN")}
    assert len(asked) > 20 and whole <= {"SCAN log_state", "SCAN checkpoint", "SCAN cosigned"}
