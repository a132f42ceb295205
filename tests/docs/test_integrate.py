"""docs/integrate.md: its programs, run as they stand there against a served ledger."""

import json
import os
import re
import subprocess
import sys

import pytest
from support.ledger.world import ROOT, event
from support.watch.notify import swept
from support.web import steps_page
from support.web.client import client_of
from support.web.signing import post, serving

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.vocabulary import FORMS, STEPS
from suyuan.trace.watch.notify.webhooks import new_secret, signature
from suyuan.web.api.trader import events, step_examples
from suyuan.web.pages import reference

PAGES = ("integrate.md", "integrate.zh-CN.md")
IMPORTS = "import base64, hmac, pathlib, time\n"


def programs(page="integrate.md"):
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_both_pages_have_the_same_programs_and_ordinary_libraries_do():
    assert programs(PAGES[0]) == programs(PAGES[1])
    key, enrol, daily, *_ = programs()
    assert len([line for line in f"{key}{enrol}{daily}".splitlines() if line.strip()]) <= 30
    for program in programs():
        assert not re.search(r"import .*(suyuan|trace|keys)", program)
        assert max(map(len, program.splitlines())) < 130


@pytest.mark.slow
def test_a_program_is_enrolled_sends_and_reads(small, monkeypatch, tmp_path):
    ledger = small.ledger
    farm, maker = small.party("农场", "producer"), small.party("农产品公司", "producer")
    shop, lot = small.party("店"), small.coded_lot(farm)
    small.hand_over(maker, shop, small.coded_lot(maker))  # what else happens is not the farm's
    ends = {"sender": maker.uri, "recipient": farm.uri}
    (sent,) = small.do(maker, event("dispatch", small.coded_lot(maker), "5", **ends))
    swept(small)
    client = client_of(ledger, farm)
    invited = post(client, "invitations", party=farm.uri).json
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "program.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with serving(small, monkeypatch) as url:
        told = {"SUYUAN_URL": url, "SUYUAN_INVITATION": invited["code"], "LOT": lot,
                "TO": shop.uri, "PATH": os.environ["PATH"]}  # fmt: skip

        def run(*parts, says=None):
            text = IMPORTS + "\n".join(parts)
            done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, env=told, text=True,
                                  capture_output=True, timeout=100, check=False)  # fmt: skip
            if says is not None:
                return says in done.stderr
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        key, enrol, daily, following, _ = programs()
        (letters,) = run(key, enrol)
        offered = post(client, f"invitations/{invited['id']}/draft").json
        assert client.get("/api/v1/invitations").json["invitations"][0]["check"] == letters
        ledger.write(farm.pen, [Draft(statement=offered["drafts"][0]["statement"])])
        arrivals, index, verdict = run(key, daily)
        assert maker.uri in arrivals and f"'index': {sent.index}," in arrivals
        assert verdict == "verified"
        with ledger.reading() as reader:
            link = reader.parsed(int(index))
        assert (link.actor, link.event["bizStep"]) == (farm.uri, "shipping")
        after = [AfterRef(int(index), link.hash)]
        (answer,) = small.do(shop, event("receive", lot, "12.5"), after=after)
        swept(small)
        sign_in = "".join(daily.splitlines(keepends=True)[:3])
        entries = run(key, sign_in, following)
        assert f"answer {answer.index} receive None" in entries
        assert run(key, sign_in, following) == []  # its cursor is behind all of them
        honest, size = events.to_sign, _size(ledger)
        for meant, lie in (('"quantity":12.5', '"quantity":99'), (shop.uri, maker.uri)):

            def lying(*given, meant=meant, lie=lie):
                text = json.dumps(honest(*given), ensure_ascii=False)
                return json.loads(text.replace(json.dumps(meant)[1:-1], json.dumps(lie)[1:-1]))

            monkeypatch.setattr(events, "to_sign", lying)
            assert run(key, daily, says="AssertionError")
        assert _size(ledger) == size


def _size(ledger):
    with ledger.reading() as reader:
        return reader.size()


@pytest.mark.slow
def test_the_check_of_a_post_takes_what_is_signed_and_nothing_else():
    names = {}
    exec(IMPORTS + programs()[4], names)
    is_ours, secret, at = names["is_ours"], new_secret(), int(names["time"].time())
    headers = {"webhook-id": "k", "webhook-timestamp": str(at)}
    good = headers | {"webhook-signature": signature(secret, "k", at, b"{}")}
    assert is_ours(secret, good, b"{}")
    old = headers | {"webhook-timestamp": str(at - 301)}
    for wrong, body in (
        (good, b"{ }"),
        (good | {"webhook-id": "l"}, b"{}"),
        (old | {"webhook-signature": signature(secret, "k", at - 301, b"{}")}, b"{}"),
    ):
        assert not is_ours(secret, wrong, body)
    assert not is_ours(new_secret(), good, b"{}")


@pytest.mark.slow
def test_the_page_of_the_api_has_the_program_and_every_operation(small):
    client, html = client_of(small.ledger), {"Accept": "text/html,*/*;q=0.8"}
    page = client.get("/docs", headers=html)
    assert "\n".join(programs()[:3]) == reference._PROGRAM.read_text("utf-8")
    assert client.get("/api/v1/", headers=html).text == page.text
    root = client.get("/api/v1/", headers={"Accept": "application/json"})
    assert root.json["openapi"].endswith("/api/v1/openapi.json") and "Accept" in root.vary
    assert client.get("/api/v1/").mimetype == "application/json"
    parts = dict.fromkeys(re.findall("/docs/([a-z-]+)", page.text))
    texts = {part: client.get(f"/docs/{part}").text for part in parts}
    for path, operations in client.get("/api/v1/openapi.json").json["paths"].items():
        for method, one in operations.items():
            assert f"{method.upper()} {path}" in page.text
            (part,) = (name for name in parts if f'id="{one["operationId"]}"' in texts[name])
            assert f'/docs/{part}#{one["operationId"]}"' in page.text
    for part, text in texts.items():
        named = set(re.findall('href="#([^"]+)"', text))
        assert named <= set(re.findall('id="([^"]+)"', text)), part
    assert client.get("/docs/nothing").status_code == 404


@pytest.mark.slow
def test_every_step_has_an_example_that_its_route_takes_and_the_page_has_it(tmp_path):
    text = steps_page.PAGE.read_text("utf-8")
    assert steps_page.page(tmp_path) == text
    titles = re.findall("^## (.*)$", text, re.MULTILINE)
    assert {name for title in titles for name in title.split(", ")} | {"undo-dispatch", "return"} \
        == STEPS.keys()  # fmt: skip
    for step, form in FORMS.items():
        asked = set(form.fields) - {"to_name"}
        assert asked <= step_examples.example(step).keys()
