"""Mail servers and webhooks of tests: real ones on loopback, polite or not."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.ledger.world import Actor, World, free_port
from support.watch.replica import QuietHandler, answering

from suyuan.trace.store.beside.jobs import Job, JobBook
from suyuan.trace.store.beside.preferences import EMAIL, WEBHOOK, Contact, ContactBook
from suyuan.trace.watch.notify.contacts import read
from suyuan.trace.watch.notify.outbox import Outbox
from suyuan.trace.watch.notify.webhooks import new_secret

MAIL_FROM = "溯源 <notices@trace.example>"


@dataclass
class Post:
    """A mail server: the messages that it took, and its other answers by recipient."""

    port: int = field(default_factory=free_port)
    took: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)  # to the next messages, instead of taking them
    users: list[tuple[str, bool]] = field(default_factory=list)  # who signed in, and whether in TLS

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.says:
            return self.says.pop(0)
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.took.append(message)
        self.to += envelope.rcpt_tos
        self.users.append((str(session.auth_data or ""), session.ssl is not None))
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.took]


def text_of(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


@contextmanager
def serving(post: Post, **more) -> Iterator[Post]:
    """A mail server that runs."""
    controller = Controller(post, hostname="127.0.0.1", port=post.port, ready_timeout=120, **more)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def sign_in(_server, _session, _envelope, _mechanism, data) -> AuthResult:
    """Whoever has the right password."""
    good = data.password == b"geheim"
    return AuthResult(success=good, handled=False, auth_data=data.login.decode() if good else None)


@dataclass
class Hooks:
    """A receiver of webhooks: the posts that it took, and its answers by path."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    stalls: dict[str, threading.Event] = field(default_factory=dict)

    def at(self, path: str) -> list[dict[str, str]]:
        return [headers for where, headers, _ in self.got if where == path]


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Hooks]:
    """A receiver that runs."""
    hooks = Hooks()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hooks.got.append((self.path, headers, body))
            if self.path in hooks.stalls:
                hooks.stalls[self.path].wait(20)
                return
            status, more = hooks.answers.get(self.path, (204, {}))
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

    with answering(Handler, context) as server:
        scheme = "http" if context is None else "https"
        hooks.url = f"{scheme}://127.0.0.1:{server.server_port}"
        try:
            yield hooks
        finally:
            for stall in hooks.stalls.values():
                stall.set()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate that it made for itself, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret, pem = folder / "server.crt", folder / "server.secret", serialization.Encoding.PEM
    chain.write_bytes(made.public_bytes(pem))
    form, cipher = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(pem, form, cipher))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context, chain


def reach(world: World, party: Actor | str, *addresses: str) -> list[Contact]:
    """Contacts of a party."""
    uri = party if isinstance(party, str) else party.uri
    made = []
    for text in addresses:
        kind, address = read(text)
        made.append(Contact(uri, kind, address, new_secret() if kind == WEBHOOK else None))
    ContactBook(world.ledger.database.engine).add(made)
    return made


def swept(world: World, outbox: Outbox | None = None) -> list[Job]:
    """All jobs, once followers and outbox have caught up."""
    world.ledger.followers.catch_up()
    (outbox or Outbox(world.ledger)).sweep()
    return jobs(world)


def jobs(world: World) -> list[Job]:
    return JobBook(world.ledger.database.engine).all()


def recipients(world: World) -> set[tuple[str, str]]:
    """The recipients of notices by e-mail, each with the notice's kind."""
    return {
        (job.address.partition("@")[0], str(job.content["what"]))
        for job in jobs(world)
        if job.kind == EMAIL
    }


class Clock:
    """A test's clock: a little ahead, so that jobs made meanwhile are due."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC) + timedelta(minutes=5)

    def __call__(self) -> datetime:
        return self.time

    def go(self, **by: float) -> None:
        self.time += timedelta(**by)
