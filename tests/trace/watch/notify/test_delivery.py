"""From jobs to those concerned: at least once, under one name, through failures and crashes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.ledger.world import Actor, World, free_port
from support.watch.notify import (
    MAIL_FROM,
    Clock,
    Hooks,
    Post,
    certificate,
    jobs,
    reach,
    receiving,
    serving,
    swept,
    text_of,
)
from support.web.acting import order

from suyuan.trace.format.link import parse
from suyuan.trace.format.times import micros
from suyuan.trace.store.beside.jobs import JobBook
from suyuan.trace.store.beside.preferences import Contact, ContactBook
from suyuan.trace.watch.notify.delivery import LEASE, Delivery, send_notices
from suyuan.trace.watch.notify.webhooks import signature

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_MAIL_FROM", MAIL_FROM)
    monkeypatch.setenv("SUYUAN_WEBHOOK_NETWORKS", "127.0.0.0/8")


def recalled(world: World, *addresses: str) -> tuple[Actor, str, list[Contact]]:
    """A recall of a lot of which a shop with these addresses has 30 kg."""
    farm, shop = world.party("农场", "producer"), world.party("店")
    contacts = reach(world, shop, *addresses)
    return shop, recalled_at(world, farm, shop), contacts


def recalled_at(world: World, farm: Actor, *shops: Actor) -> str:
    """The recall of a new lot, of which each of these has some, once the outbox has swept."""
    lot = world.coded_lot(farm, "5000")
    for shop in shops:
        world.hand_over(farm, shop, lot)
    uri = order(world, farm, lot)
    swept(world)
    return uri


@contextmanager
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Post, Hooks]]:
    """A mail server, which the settings name, and a receiver of webhooks."""
    with serving(Post()) as post, receiving() as hooks:
        monkeypatch.setenv("SUYUAN_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        yield post, hooks


def reached(world: World, count: int, hooks: Hooks) -> list[Actor]:
    """Shops with an e-mail address and a webhook each."""
    shops = [world.party(f"{n} 号店") for n in range(count)]
    for n, shop in enumerate(shops):
        reach(world, shop, f"mailto:{n}@food.example", f"{hooks.url}/{n}")
    return shops


def crash(*_: object) -> None:
    raise SystemExit


def states(world: World) -> list[str]:
    return sorted(one.state for one in jobs(world))


def test_a_hundred_holders_are_told(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    farm = small.party("农场", "producer")
    with both(monkeypatch) as (post, hooks):
        recalled_at(small, farm, *reached(small, 100, hooks))
        assert len(jobs(small)) == 200
        delivery = Delivery(small.ledger)
        for _ in range(4):
            assert delivery.mail() is None and delivery.post() is None
        assert [(one.state, one.error) for one in jobs(small) if one.state != "delivered"] == []
    assert sorted(post.to) == sorted(f"{n}@food.example" for n in range(100))
    assert sorted(path for path, _, _ in hooks.got) == sorted(f"/{n}" for n in range(100))
    assert len(set(post.ids)) == 100


def test_a_server_that_is_down_and_comes_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    port, clock = free_port(), Clock()
    monkeypatch.setenv("SUYUAN_SMTP_URL", f"smtp://127.0.0.1:{port}")
    recalled(world, "mailto:shop@food.example")
    delivery = Delivery(world.ledger, now=clock)
    assert "cannot be used" in str(delivery.mail())
    (job,) = jobs(world)
    assert (job.state, job.tries) == ("waiting", 1) and "cannot be used" in str(job.error)
    with serving(Post(port=port)) as post:
        assert delivery.mail() is None
        assert post.took == [], "it is not asked again at once"
        clock.go(seconds=31)
        assert delivery.mail() is None
    (message,) = post.took
    assert "【召回通知】一级" in str(message["Subject"]) and "30 千克，在库" in text_of(message)
    (job,) = jobs(world)
    assert (job.state, job.tries, job.error) == ("delivered", 2, None)


def test_a_crash_after_sending_sends_the_same_once_more(world, monkeypatch) -> None:
    clock = Clock()
    with both(monkeypatch) as (post, hooks):
        recalled(world, "mailto:shop@food.example", f"{hooks.url}/shop")
        crashing = Delivery(world.ledger, now=clock)
        with monkeypatch.context() as patched:
            patched.setattr(JobBook, "delivered", crash)
            for way in (crashing.mail, crashing.post):
                with pytest.raises(SystemExit):
                    way()
        assert states(world) == ["waiting", "waiting"]
        delivery = Delivery(world.ledger, now=clock)
        for _ in range(2):
            delivery.mail()
            delivery.post()
        assert len(post.took) == 1 and len(hooks.got) == 1, "claimed as long as it may live"
        clock.go(seconds=LEASE.total_seconds() + 1)
        for _ in range(3):
            delivery.mail()
            delivery.post()
    assert len(post.ids) == 2 and len(set(post.ids)) == 1
    names = [headers["webhook-id"] for _, headers, _ in hooks.got]
    assert len(names) == 2 and len(set(names)) == 1
    assert hooks.got[0][2] == hooks.got[1][2]
    assert states(world) == ["delivered", "delivered"]


def test_two_workers_deliver_each_job_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    farm, other, is_over = world.party("农场", "producer"), world.reopen(), threading.Event()
    with both(monkeypatch) as (post, hooks):
        recalled_at(world, farm, *reached(world, 30, hooks))
        threads = [
            threading.Thread(target=send_notices, args=(ledger, is_over))
            for ledger in (world.ledger, other)
        ]
        for thread in threads:
            thread.start()
        for _ in range(3_000):
            if states(world) == ["delivered"] * 60:
                break
            is_over.wait(0.1)
        is_over.set()
        for thread in threads:
            thread.join()
    other.close()
    assert [one.error for one in jobs(world) if one.state != "delivered"] == []
    assert len(post.ids) == len(set(post.ids)) == 30
    assert len({path for path, _, _ in hooks.got}) == len(hooks.got) == 30


def test_without_a_mail_server_jobs_wait_and_say_why(world: World) -> None:
    recalled(world, "mailto:shop@food.example")
    clock = Clock()
    delivery = Delivery(world.ledger, now=clock)
    assert "no mail server is set" in str(delivery.mail())
    (job,) = jobs(world)
    assert (job.state, job.tries) == ("waiting", 0) and "SUYUAN_SMTP_URL" in str(job.error)
    clock.go(days=8)
    delivery.tidy()
    (job,) = jobs(world)
    assert job.state == "failed" and "SUYUAN_SMTP_URL" in str(job.error)


def test_bad_settings_are_no_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    recalled(world, "mailto:shop@food.example", "https://shop.example/")
    monkeypatch.setenv("SUYUAN_SMTP_URL", "http://nonsense")
    monkeypatch.setenv("SUYUAN_WEBHOOK_NETWORKS", "nonsense")
    delivery = Delivery(world.ledger)
    assert "no URL of a mail server" in str(delivery.mail())
    assert "no list of networks" in str(delivery.post())
    assert states(world) == ["waiting", "waiting"]


def test_who_took_an_address_away_is_not_told_there(world, monkeypatch) -> None:
    with serving(Post()) as post:
        monkeypatch.setenv("SUYUAN_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
        _, _, contacts = recalled(world, "mailto:shop@food.example")
        ContactBook(world.ledger.database.engine).remove(contacts)
        Delivery(world.ledger).mail()
    (job,) = jobs(world)
    assert post.took == [] and (job.state, job.error) == ("failed", "the address was taken away")


# Webhooks.


def test_a_webhook_gets_the_signed_link_and_a_signature(small: World) -> None:
    with receiving() as hooks:
        shop, uri, (contact,) = recalled(small, f"{hooks.url}/hook?a=b")
        Delivery(small.ledger).post()
        ((path, headers, body),) = hooks.got
    assert path == "/hook?a=b" and headers["content-type"] == "application/json"
    key, at = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature(str(contact.secret), key, at, body)
    assert headers["idempotency-key"] == key
    said = json.loads(body)
    assert said["type"] == "recall.order" and said["data"]["act"] == uri
    link = parse(said["data"]["entry"].encode())
    assert link.hash == said["data"]["hash"] and link.statement["uri"] == uri
    assert said["data"]["own"][0]["quantity"] == {"value": "30", "unit": "kg"}
    assert said["data"]["party"] == shop.uri


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        ((500, {}), "waiting", "answers 500"), ((404, {}), "waiting", "answers 404"),
        ((302, {"Location": "/other"}), "waiting", "a redirect, which is not followed"),
        ((503, {"Retry-After": "120"}), "waiting", "answers 503"),
        ((410, {}), "failed", "answers 410"), ((202, {}), "delivered", "None"),
    ],
)  # fmt: skip
def test_what_a_webhook_answers(small: World, answer, state: str, says: str) -> None:
    clock = Clock()
    with receiving() as hooks:
        hooks.answers["/hook"] = answer
        recalled(small, f"{hooks.url}/hook")
        Delivery(small.ledger, now=clock).post()
        assert [path for path, _, _ in hooks.got] == ["/hook"]
    (job,) = jobs(small)
    assert job.state == state and says in str(job.error)
    assert answer[0] != 503 or job.due == micros(clock.time) + 120_000_000


def test_one_that_stalls_keeps_nobody_waiting(small, monkeypatch) -> None:
    monkeypatch.setattr("suyuan.trace.watch.notify.webhooks.TIMEOUT", 0.5)
    with receiving() as hooks:
        hooks.stalls["/stall"] = threading.Event()
        recalled(small, f"{hooks.url}/stall", f"{hooks.url}/good")
        Delivery(small.ledger).post()
        found = {one.address.rpartition("/")[2]: one for one in jobs(small)}
    assert found["good"].state == "delivered"
    assert found["stall"].state == "waiting" and "in time" in str(found["stall"].error)


def test_a_certificate_that_nobody_trusts_is_refused(small, tmp_path, monkeypatch) -> None:
    context, chain = certificate(tmp_path)
    clock = Clock()
    with receiving(context) as hooks:
        recalled(small, f"{hooks.url}/hook")
        Delivery(small.ledger, now=clock).post()
        (job,) = jobs(small)
        assert job.state == "waiting" and "certificate" in str(job.error).lower()
        assert hooks.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        clock.go(minutes=1)
        Delivery(small.ledger, now=clock).post()
        assert len(hooks.got) == 1


def test_private_addresses_are_not_posted_to(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUYUAN_WEBHOOK_NETWORKS")
    with receiving() as hooks:
        port = hooks.url.rpartition(":")[2]
        recalled(small, f"{hooks.url}/a", f"http://localhost:{port}/b", "https://10.0.0.1/c")
        Delivery(small.ledger).post()
        assert hooks.got == []
    assert all("no address that may be reached" in str(one.error) for one in jobs(small))


def test_a_name_is_checked_by_the_address_that_is_connected_to(small, monkeypatch) -> None:
    """However often it is asked, and whatever else it answers."""
    monkeypatch.delenv("SUYUAN_WEBHOOK_NETWORKS")
    with receiving() as hooks:
        port = int(hooks.url.rpartition(":")[2])
        answer = [(2, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr("suyuan.trace.log.fetch.socket.getaddrinfo", lambda *_, **__: answer)
        recalled(small, f"https://hook.example:{port}/a")
        Delivery(small.ledger).post()
        assert hooks.got == []
    (job,) = jobs(small)
    assert "127.0.0.1 is no address that may be reached" in str(job.error)


def test_a_webhook_without_a_secret_is_not_posted_unsigned(small: World) -> None:
    farm, shop = small.party("农场", "producer"), small.party("店")
    with receiving() as hooks:
        recalled_at(small, farm, shop)
        assert not jobs(small)
        book = ContactBook(small.ledger.database.engine)
        book.add([Contact(shop.uri, "webhook", f"{hooks.url}/hook")])
        recalled_at(small, farm, shop)
        Delivery(small.ledger).post()
        assert hooks.got == []
    assert "has no secret" in str(jobs(small)[0].error)
