"""E-mail to a real server: in TLS or not at all, and what the server says is what comes of it."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from support.ledger.world import free_port
from support.watch.notify import MAIL_FROM, Post, certificate, serving, sign_in, text_of

from suyuan.keys.errors import SettingError
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.watch.notify import smtp_settings
from suyuan.trace.watch.notify.mail import Letter, Mailer, message
from suyuan.trace.watch.notify.outcome import Delivered, GivenUp, Outcome, Postponed, Untried, pause
from suyuan.trace.watch.notify.smtp_settings import SmtpSettings

pytestmark = pytest.mark.slow
HOST = "trace.food.example"


def settings(url: str, **more: str) -> SmtpSettings:
    found = smtp_settings.read({"SUYUAN_SMTP_URL": url, "SUYUAN_MAIL_FROM": MAIL_FROM, **more})
    assert found is not None
    return found


def letter(name: str, subject: str = "【召回通知】上海青 / Recall notice") -> Letter:
    return Letter(f"key-{name}", f"{name}@food.example", subject, "请立即停止销售\nStop selling\n")


def send(where: SmtpSettings, *letters: Letter, **more) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    mailer = Mailer(where, HOST, utc_now, **more)
    mailer.send(letters, found.__setitem__)
    return found


def by(post: Post, *letters: Letter, tls: str = "", **more) -> dict[str, Outcome]:
    """What came of letters that are handed to a server."""
    return send(settings(f"smtp://127.0.0.1:{post.port}{tls}"), *letters, **more)


def test_a_letter_arrives_whole() -> None:
    with serving(Post()) as post:
        assert by(post, letter("a")) == {"key-a": Delivered()}
    (got,) = post.took
    assert got["Subject"] == "【召回通知】上海青 / Recall notice"
    assert got["From"] == "溯源 <notices@trace.example>" and got["To"] == "a@food.example"
    assert got["Message-ID"] == f"<key-a@{HOST}>"
    assert got["Auto-Submitted"] == "auto-generated" and got["Importance"] == "high"
    assert text_of(got) == "请立即停止销售\nStop selling\n"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 5.1.1 no such user", GivenUp), ("554 5.7.1 relay denied", GivenUp),
        ("450 4.2.0 greylisted", Postponed), ("452 4.2.2 full", Postponed),
    ],
)  # fmt: skip
def test_a_refused_recipient_costs_the_others_nothing(answer: str, kind: type) -> None:
    with serving(Post(refuses={"b@food.example": answer})) as post:
        found = by(post, letter("a"), letter("b"), letter("c"))
    assert isinstance(found["key-b"], kind) and answer[:3] in found["key-b"].why
    assert (found["key-a"], found["key-c"]) == (Delivered(), Delivered())
    assert post.to == ["a@food.example", "c@food.example"]


def test_a_refused_message_is_judged_by_its_code_and_a_closed_connection_made_anew() -> None:
    says = ["451 4.3.0 later", "552 5.2.3 too big", "421 4.7.0 too many messages"]
    with serving(Post(says=says)) as post:
        found = by(post, *map(letter, "abcd"))
    assert [type(found[f"key-{name}"]) for name in "abc"] == [Postponed, GivenUp, Postponed]
    assert found["key-d"] == Delivered()


def test_without_a_server_all_wait_and_no_letter_is_blamed() -> None:
    found = send(settings(f"smtp://127.0.0.1:{free_port()}"), letter("a"), letter("b"))
    assert all(isinstance(one, Postponed) and one.is_shared for one in found.values())
    assert len(found) == 2 and "cannot be used" in found["key-a"].why  # type: ignore[union-attr]


def test_who_is_told_to_end_begins_no_further_letter() -> None:
    with serving(Post()) as post:
        found = by(post, letter("a"), letter("b"), is_over=lambda: bool(post.took))
    assert found == {"key-a": Delivered(), "key-b": Untried()}


# TLS.


def test_starttls_with_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    context, chain = certificate(tmp_path)
    with serving(
        Post(), tls_context=context, require_starttls=True, authenticator=sign_in,
        auth_require_tls=True,
    ) as post:  # fmt: skip
        where = settings(
            f"smtp://ma%20x@127.0.0.1:{post.port}?tls=starttls",
            SUYUAN_SMTP_CA=str(chain),
            SUYUAN_SMTP_PASSWORD="geheim",
        )
        assert send(where, letter("a")) == {"key-a": Delivered()}
        wrong = replace(where, password="falsch")
        (outcome,) = send(wrong, letter("b")).values()
    assert post.users == [("ma x", True)]
    assert isinstance(outcome, Postponed) and "refuses user and password" in outcome.why
    assert "falsch" not in outcome.why and "geheim" not in repr(where)


def test_implicit_tls(tmp_path: Path) -> None:
    context, chain = certificate(tmp_path)
    with serving(Post(), ssl_context=context) as post:
        where = settings(f"smtps://127.0.0.1:{post.port}", SUYUAN_SMTP_CA=str(chain))
        assert send(where, letter("a")) == {"key-a": Delivered()}


@pytest.mark.parametrize("has_tls", [True, False])
def test_what_cannot_be_trusted_ends_before_anything_is_said(tmp_path: Path, has_tls) -> None:
    """A certificate that nobody knows, or a server without STARTTLS."""
    context, _ = certificate(tmp_path)
    with serving(Post(), **({"tls_context": context} if has_tls else {})) as post:
        (outcome,) = by(post, letter("a"), tls="?tls=starttls").values()
    why = "cannot be trusted" if has_tls else "Nothing was sent in clear instead"
    assert isinstance(outcome, Postponed) and why in outcome.why
    assert post.took == []


# Settings.


def test_no_url_is_no_mail_and_tls_is_the_rule() -> None:
    assert smtp_settings.read({}) is None
    for url, tls, port in (
        ("smtp://mail.example", "starttls", 587), ("smtps://mail.example", "implicit", 465),
        ("smtp://mail.example:25?tls=none", "none", 25),
    ):  # fmt: skip
        assert (settings(url).tls, settings(url).port) == (tls, port)


@pytest.mark.parametrize(
    ("url", "more", "says"),
    [
        ("mail.example:587", {}, "no URL of a mail server"),
        ("http://mail.example", {}, "no URL of a mail server"),
        ("smtp://mail.example:99999", {}, "no URL of a mail server"),
        ("smtp://a:secret@mail.example", {}, "SUYUAN_SMTP_PASSWORD_FILE"),
        ("smtp://a@mail.example", {}, "go together"),
        ("smtp://mail.example", {"SUYUAN_SMTP_PASSWORD": "x"}, "go together"),
        ("smtp://a@mail.example?tls=none", {"SUYUAN_SMTP_PASSWORD": "x"}, "not sent in clear"),
        ("smtp://mail.example?tls=maybe", {}, "an option that is not known"),
        ("smtps://mail.example?tls=none", {}, "an option that is not known"),
        ("smtp://mail.example", {"SUYUAN_MAIL_FROM": ""}, "SUYUAN_MAIL_FROM is not set"),
        ("smtp://mail.example", {"SUYUAN_MAIL_FROM": "a@b.example\nBcc: c@d.ex"}, "no address"),
        ("smtp://mail.example", {"SUYUAN_MAIL_FROM": "x <a@b>"}, "no address"),
    ],
)
def test_settings_that_cannot_be_used_say_why(url: str, more: dict[str, str], says: str) -> None:
    with pytest.raises(SettingError, match=says) as found:
        settings(url, **more)
    assert "secret" not in str(found.value)


def test_certificates_and_names_are_checked(tmp_path: Path) -> None:
    context = settings("smtp://mail.example").context()
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    empty = tmp_path / "ca.crt"
    empty.write_text("")
    with pytest.raises(SettingError, match="holds no certificates"):
        settings("smtp://mail.example", SUYUAN_SMTP_CA=str(empty)).context()


# Headers.


@pytest.mark.parametrize("bad", ["a\nBcc: b@c.example", "a\r\n\r\nbody", "a\rb", "a\u2028b"])
def test_a_subject_cannot_become_another_header(bad: str) -> None:
    with serving(Post()) as post:
        found = by(post, letter("a", bad), letter("b"))
    assert found["key-b"] == Delivered()
    assert all(one["Bcc"] is None for one in post.took)
    assert set(post.to) <= {"a@food.example", "b@food.example"}


def test_a_host_with_a_port_makes_a_message_id_all_the_same() -> None:
    made = message(letter("a"), settings("smtp://mail.example"), "localhost", utc_now())
    assert made["Message-ID"] == "<key-a@localhost>"
    with serving(Post()) as post:
        mailer = Mailer(settings(f"smtp://127.0.0.1:{post.port}"), "localhost:8000", utc_now)
        mailer.send([letter("a")], lambda *_: None)
    assert post.ids == ["<key-a@localhost-8000>"]


def test_pauses_grow_and_end() -> None:
    waits = [pause(tries, Postponed("")) for tries in range(1, 12)]
    assert waits[:3] == [30.0, 60.0, 120.0] and waits[-1] == 3_600.0 and waits == sorted(waits)
    assert pause(9, Postponed("", is_shared=True)) == 300.0
    assert pause(1, Postponed("", 90.0)) == 90.0
    assert pause(1, Postponed("", -5.0)) == 1.0 and pause(1, Postponed("", 1e9)) == 3_600.0


def test_words_of_a_server_are_made_harmless() -> None:
    answer = "550 \x1b[2Jgone"
    with serving(Post(refuses={"a@food.example": answer})) as post:
        (outcome,) = by(post, letter("a")).values()
    assert isinstance(outcome, GivenUp) and "\x1b" not in outcome.why
