"""`suyuan contact` and `suyuan notices`, and the worker that delivers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.ledger.commands import Suyuan
from support.ledger.world import HOST, ROOT, World, free_port
from support.watch.notify import MAIL_FROM, Post, jobs, receiving, serving, swept
from support.web.acting import order, say

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.store.beside.jobs import JobBook
from suyuan.trace.store.beside.preferences import EMAIL
from suyuan.trace.watch.notify.delivery import Delivery
from suyuan.trace.watch.notify.webhooks import signature

pytestmark = pytest.mark.slow


@pytest.fixture
def call(suyuan: Suyuan, small: World, monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE")
    monkeypatch.setenv("SUYUAN_HOME", str(small.home))
    return suyuan


def held(world: World) -> tuple[str, str, Callable[[], str]]:
    """Farm and shop, which has some of a lot; and what recalls the lot."""
    farm, shop, lot = world.party("农场", "producer"), world.party("店"), world.new_lot()
    world.code(farm, lot)
    world.hand_over(farm, shop, lot)

    def recall() -> str:
        return order(world, farm, lot)

    return farm.uri, shop.uri, recall


def test_addresses_are_added_listed_and_removed(small: World, call: Suyuan) -> None:
    _, shop, _ = held(small)
    assert call("contact", "add", shop, "mailto:qa@shop.example") == (0, "", "")
    code, secret, _ = call("contact", "add", shop, "https://shop.example/hook")
    assert code == 0 and secret.startswith("whsec_")
    assert "there already" in call("contact", "add", shop, "mailto:qa@shop.example")[2]
    code, out, _ = call("contact", "list", "--json")
    assert [(one["kind"], one["address"]) for one in json.loads(out)] == [
        ("email", "mailto:qa@shop.example"),
        ("webhook", "https://shop.example/hook"),
    ]
    assert secret.strip() not in out
    assert call("contact", "remove", shop, "mailto:qa@shop.example")[0] == 0
    code, _, err = call("contact", "remove", shop, "mailto:qa@shop.example")
    assert code == 2 and "is no address of" in err
    assert call("contact", "list", shop)[1] == f"{shop}  https://shop.example/hook\n"


def test_bad_input_is_exit_code_2_and_loses_nothing(small: World, call: Suyuan) -> None:
    _, shop, _ = held(small)
    nobody = codes.uri_of(codes.new(), HOST, "party")
    for arguments, says in (
        ((nobody, "mailto:a@b.example"), "no party of this ledger"),
        (("nobody", "mailto:a@b.example"), "nobody"),
        ((shop, "farm.example"), "no address"),
        ((shop, "http://shop.example/"), "not encrypted"),
        ((shop, "mailto:a@b.example\nX: y"), "no e-mail address"),
    ):
        code, _, err = call("contact", "add", *arguments)
        assert code == 2 and says in err
    assert call("contact", "list")[1] == ""


def test_a_private_address_is_said_to_need_leave(small, call, monkeypatch) -> None:
    _, shop, _ = held(small)
    says = "SUYUAN_WEBHOOK_NETWORKS"
    assert says in call("contact", "add", shop, "https://10.0.0.1/")[2]
    assert says in call("contact", "add", shop, "http://localhost:9/")[2]
    monkeypatch.setenv("SUYUAN_WEBHOOK_NETWORKS", "10.0.0.0/8")
    assert says not in call("contact", "add", shop, "https://10.0.0.2/")[2]


def test_notices_tell_what_came_of_each_and_hand_over_again(small, call, monkeypatch) -> None:
    farm, shop, recall = held(small)
    for name in ("gone", "good"):
        call("contact", "add", shop, f"mailto:{name}@shop.example")
    assert call("notices") == (0, "", "")
    uri = recall()
    swept(small)
    monkeypatch.setenv("SUYUAN_MAIL_FROM", MAIL_FROM)
    with serving(Post(refuses={"gone@shop.example": "550 no such user"})) as post:
        monkeypatch.setenv("SUYUAN_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        Delivery(small.ledger).mail()
        code, out, err = call("notices")
        assert code == 0 and "e-mail: 1 delivered, 0 waiting, 1 failed" in err
        assert "recall.order" in out and "550: no such user" in out and farm not in out
        code, out, _ = call("notices", "--failed", "--json")
        (one,) = json.loads(out)
        assert code == 1 and one["address"] == "gone@shop.example" and one["act"] == uri
        post.refuses.clear()
        assert call("notices", "retry")[1] == "1 are handed over once more\n"
        Delivery(small.ledger).mail()
    assert call("notices", "--failed") == (0, "", "e-mail: 2 delivered, 0 waiting, 0 failed\n")


def test_what_was_withdrawn_meanwhile_is_not_told_again(small: World, call: Suyuan) -> None:
    farm, shop, recall = held(small)
    call("contact", "add", shop, "mailto:qa@shop.example")
    uri = recall()
    (job,) = swept(small)
    book = JobBook(small.ledger.database.engine)
    (claimed,) = book.claim(EMAIL, job.due, job.due + 1, 1)
    book.give_up(claimed, job.due + 1, "no such user")
    say(small, small.authority, (acts.recall_withdraw(uri, "误报"), None))
    code, out, err = call("notices", "retry")
    assert code == 0 and out == "0 are handed over once more\n" and "1 are left" in err
    assert farm and {one.state for one in jobs(small)} == {"failed"}


def test_an_address_is_tried_at_once(small, call, monkeypatch) -> None:
    _, shop, _ = held(small)
    monkeypatch.setenv("SUYUAN_WEBHOOK_NETWORKS", "127.0.0.1")
    monkeypatch.setenv("SUYUAN_MAIL_FROM", MAIL_FROM)
    with serving(Post()) as post, receiving() as hooks:
        call("contact", "add", shop, "mailto:qa@shop.example")
        secret = call("contact", "add", shop, f"{hooks.url}/hook")[1].strip()
        code, _, err = call("contact", "test", shop, "mailto:qa@shop.example")
        assert code == 2 and "SUYUAN_SMTP_URL is not set" in err
        monkeypatch.setenv("SUYUAN_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        assert call("contact", "test", shop, "mailto:qa@shop.example")[0] == 0
        assert "测试" in str(post.took[0]["Subject"])
        assert call("contact", "test", shop, f"{hooks.url}/hook")[0] == 0
        ((_, headers, body),) = hooks.got
        at = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == signature(secret, headers["webhook-id"], at, body)
        hooks.answers["/hook"] = (500, {})
        code, _, err = call("contact", "test", shop, f"{hooks.url}/hook")
        assert code == 3 and "answers 500" in err
        assert call("contact", "test", shop, "mailto:other@shop.example")[0] == 2
    assert call("notices") == (0, "", "")


def test_the_worker_tells_and_ends(small: World, call: Suyuan, tmp_path: Path) -> None:
    """As a process of its own; a mail server that comes up late is found."""
    _, shop, recall = held(small)
    post = Post(port=free_port())
    call("contact", "add", shop, "mailto:qa@shop.example")
    recall()
    environ = os.environ | {
        "SUYUAN_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
        "SUYUAN_MAIL_FROM": MAIL_FROM,
        "PYTHONPATH": str(ROOT / "typings"),
    }
    command = [sys.executable, "-m", "suyuan.web.server.cli", "worker", "--home", str(small.home)]
    with (tmp_path / "said").open("wb") as said:
        worker = subprocess.Popen(command, env=environ, stderr=said)
    try:
        with serving(post):
            end = time.monotonic() + 300
            while not post.took and time.monotonic() < end:
                time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(120) == 0
    finally:
        worker.kill()
        worker.wait()
    assert post.to == ["qa@shop.example"], (tmp_path / "said").read_text()
    assert "Traceback" not in (tmp_path / "said").read_text()
