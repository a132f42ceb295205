"""Audits on the web: asked for by inspectors, done by a worker, told as they are."""

import threading
from urllib.parse import quote

import pytest
from support.web.client import change, client_of, english
from support.web.served import CLI, started, until
from support.web.signing import ORIGIN_HEADERS, form_token

from suyuan.trace.findings.finding import Finding
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.watch.auditing import job
from suyuan.trace.watch.auditing.audit_report import Report
from suyuan.trace.watch.auditing.job import result
from suyuan.web.pages.inspector import inspect_audit

pytestmark = pytest.mark.slow

NEVER = threading.Event()
ALARM = Finding("alarm", "alarm 1 (ahead) is not resolved").to_dict()
PATH = "/inspect/audit"


@pytest.fixture
def office(small, farm):
    small.coded_lot(farm)
    small.ledger.followers.catch_up()
    return small.party("集美分局", "office")


@pytest.fixture
def inspector(small, office):
    return client_of(small.ledger, office)


def ask(found):
    return found.post("/api/v1/audits", headers=ORIGIN_HEADERS)


def test_an_inspector_asks_for_an_audit_and_is_told_what_came_of_it(small, office, inspector):
    made = ask(inspector)
    assert made.status_code == 201 and made.json["state"] == "waiting"
    assert made.json["asked_by"] == office.uri and made.json["exit_code"] is None
    again = ask(inspector)
    assert again.status_code == 200 and again.json["id"] == made.json["id"]
    assert job.look(small.ledger, NEVER)
    done = inspector.get(f"/api/v1/audits/{made.json['id']}").json
    assert (done["state"], done["exit_code"]) == ("done", 0)
    assert done["meaning"] == "nothing is wrong"
    with small.ledger.reading() as reader:
        assert done["result"]["size"] == reader.size()
    assert [part["name"] for part in done["parts"]] == [*inspect_audit._PARTS]
    assert inspector.get("/api/v1/audits").json["audits"] == [done]
    assert ask(inspector).status_code == 201  # the same size: what was changed is looked for


def test_after_a_byte_was_changed_the_next_one_says_where_and_why(small, inspector):
    ask(inspector)
    job.look(small.ledger, NEVER)
    assert "Nothing is wrong" in english(inspector, PATH)
    change(
        small.ledger,
        'UPDATE link SET entry = CAST(replace(CAST(entry AS TEXT), \'"sig":"\', \'"sig":"A\') '
        "AS BLOB) WHERE leaf = 3",
    )
    made = ask(inspector).json
    job.look(small.ledger, NEVER)
    done = inspector.get(f"/api/v1/audits/{made['id']}").json
    assert done["exit_code"] == 1 and done["result"]["findings_total"] >= 1
    first = done["result"]["findings"][0]
    assert (first["index"], first["rule"]) == (3, "entry")
    text = english(inspector, PATH)
    assert "Tampering found: record no. 3" in text
    assert "The stored bytes were changed after they were recorded" in text
    assert f"/inspect/chain?item={quote(first['item'], safe='')}" in text and "#l3" in text
    chinese = inspector.get(PATH, headers={"Accept-Language": "zh"}).text
    assert "发现篡改：第 3 条记录" in chinese


def test_an_audit_that_could_not_be_done_is_not_called_tampering(small, inspector, monkeypatch):
    number = ask(inspector).json["id"]
    monkeypatch.setattr(job, "MAX_TRIES", 0)
    job.look(small.ledger, NEVER)
    done = inspector.get(f"/api/v1/audits/{number}").json
    assert (done["state"], done["exit_code"], done["error"]) == ("failed", 3, job.DIED)
    assert "It could not be decided" in english(inspector, PATH)


def test_the_page_works_without_a_script(small, inspector):
    assert "Audit the ledger" in english(inspector, PATH)
    data = {"csrf_token": form_token(inspector, PATH)}
    assert inspector.post(PATH, data=data, headers=ORIGIN_HEADERS).status_code == 303
    text = english(inspector, PATH)
    assert "Waiting for a worker" in text and "Look again" in text
    job.look(small.ledger, NEVER)
    assert "Nothing is wrong" in english(inspector, PATH)


def test_only_inspectors_that_the_authority_admitted_may(small, inspector):
    assert inspector.get("/api/v1/audits/7").status_code == 404
    market = small.registrar()
    office = small.party("自称的分局", "office", by=market)
    for who, status in ((small.authority, 200), (small.party("A 区 12 号"), 403), (office, 403)):
        found = client_of(small.ledger, who)
        assert found.get(PATH).status_code == status
        assert found.get("/api/v1/audits").status_code == status
        assert ask(found).status_code == (201 if status == 200 else 403)


def test_a_worker_does_it(small, inspector):
    """`suyuan worker` as people start it: nothing else is needed."""
    path = f"/api/v1/audits/{ask(inspector).json['id']}"
    with started(CLI, "worker", "--home", small.home) as worker:
        try:
            until(lambda: inspector.get(path).json["state"] == "done")
        finally:
            worker.terminate()
            said = worker.communicate(timeout=120)[1]
    assert inspector.get(path).json["exit_code"] == 0, said
    assert worker.returncode == 0 and "Traceback" not in said


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"undecided": ["the schema"], "exit_code": 3}, "It could not be decided"),
        ({"findings": [ALARM], "findings_total": 1}, "An alarm that nobody has resolved"),
    ],
)
def test_what_is_no_tampering_is_not_called_so(small, inspector, found, says):
    ask(inspector)
    book, now = AuditBook(small.ledger.database.engine), 1_800_000_000_000_000
    run = book.claim(now, now + 1)
    nothing = result(small.ledger, Report(3))
    assert book.finish(run, now, nothing | {"good": False, "exit_code": 1} | found)
    text = english(inspector, PATH)
    assert says in text and "Tampering" not in text
    assert "the schema" in text or "undecided" not in found
