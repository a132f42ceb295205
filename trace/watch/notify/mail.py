"""E-mail: notices as messages, handed to one mail server over one connection (RFC 5321, 5322)."""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from .outcome import Delivered, GivenUp, Outcome, Postponed, Untried
from .smtp_settings import IMPLICIT, STARTTLS, SmtpSettings

TIMEOUT = 20.0  # seconds for each answer
ENOUGH = 60.0  # seconds after which no further message is begun
_CLOSING, _PERMANENT = 421, 500
_NO_HOST = re.compile(r"[^A-Za-z0-9.-]")
Settle = Callable[[str, Outcome], None]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to one address; `key` names it, so that a second copy can be known as one."""

    key: str
    to: str
    subject: str
    text: str
    is_drill: bool = False


def message(letter: Letter, settings: SmtpSettings, host: str, now: datetime) -> EmailMessage:
    """The message of a letter: plain text in UTF-8, headers by RFC 2047.

    Its Message-ID is made of the letter's key and the ledger's host: two copies have the same.
    Marked as automatic (RFC 3834), so that no machine answers it.
    """
    email = EmailMessage(policy=SMTP)
    user, _, domain = settings.sender.rpartition("@")
    email["From"] = Address(settings.sender_name, user, domain)
    user, _, domain = letter.to.rpartition("@")
    email["To"] = Address("", user, domain)
    email["Subject"] = letter.subject
    email["Date"] = now
    email["Message-ID"] = f"<{letter.key}@{host}>"
    email["Auto-Submitted"] = "auto-generated"
    email["Content-Language"] = "zh, en"
    if not letter.is_drill:
        email["Importance"] = "high"
    email.set_content(letter.text, charset="utf-8", cte="base64")
    return email


class Mailer:
    """Hands letters to the mail server of some settings, one connection at a time.

    `host` is the ledger's, for Message-IDs; `is_over` is asked before each letter.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        host: str,
        now: Callable[[], datetime],
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._host = _NO_HOST.sub("-", host)
        self._now = now
        self._is_over = is_over

    def send(self, letters: Sequence[Letter], settle: Settle) -> str | None:
        """Hand over what there is time for; `settle` is called with each key and its outcome.

        What is wrong with the mail server itself, None for nothing: then nothing was the letters'
        fault, and all that are left are put off. Raises SettingError.
        """
        context = self._settings.context()
        end = time.monotonic() + ENOUGH
        server: smtplib.SMTP | None = None
        trouble: str | None = None
        broken = 0
        try:
            for letter in letters:
                if trouble is not None:
                    settle(letter.key, Postponed(trouble, is_shared=True))
                    continue
                if self._is_over() or time.monotonic() > end:
                    settle(letter.key, Untried())
                    continue
                try:
                    server = server or self._connect(context)
                    outcome = self._hand_over(server, letter)
                except (smtplib.SMTPServerDisconnected, TimeoutError, ssl.SSLError) as error:
                    # Once may be a server's limit of messages for a connection, or bad luck.
                    broken += 1
                    why = _sentence(error)
                    trouble = why if broken > 1 or server is None else None
                    outcome = Postponed(why, is_shared=True)
                    _close(server)
                    server = None
                except (OSError, smtplib.SMTPException, UnicodeError) as error:
                    trouble = _sentence(error)
                    outcome = Postponed(trouble, is_shared=True)
                settle(letter.key, outcome)
        finally:
            _close(server)
        return trouble

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        """A connection as safe as the settings ask, and signed in. Raises what smtplib raises."""
        where = self._settings
        server: smtplib.SMTP
        # Named by the ledger's host: smtplib would ask the name service for ours.
        if where.tls == IMPLICIT:
            server = smtplib.SMTP_SSL(
                where.host, where.port, self._host, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(where.host, where.port, self._host, timeout=TIMEOUT)
        try:
            if where.tls == STARTTLS:
                server.starttls(context=context)
            if where.user is not None and where.password is not None:
                server.login(where.user, where.password)
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, letter: Letter) -> Outcome:
        """The server's outcome for one letter; raises where it is the server's own trouble."""
        try:
            email = message(letter, self._settings, self._host, self._now())
        except ValueError as error:  # a header that would have to hold a line end
            return GivenUp(f"it cannot be written as e-mail: {_harmless(str(error))}")
        try:
            server.send_message(email, self._settings.sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[letter.to]
            return _refused(code, answer)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, error.smtp_error)
        return Delivered()


def _refused(code: int, answer: bytes | str) -> Outcome:
    """RFC 5321 section 4.2.1: 4yz may pass, 5yz will not."""
    why = f"the mail server answers {code}: {_harmless(answer)}"
    if code == _CLOSING:
        raise smtplib.SMTPServerDisconnected(why)
    return GivenUp(why) if code >= _PERMANENT else Postponed(why)


def _close(server: smtplib.SMTP | None) -> None:
    if server is not None:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _sentence(error: Exception) -> str:
    match error:
        case smtplib.SMTPNotSupportedError():
            return (
                "the mail server does not offer what SUYUAN_SMTP_URL asks for: "
                f"{_harmless(str(error))}. Nothing was sent in clear instead"
            )
        case smtplib.SMTPAuthenticationError():
            return f"the mail server refuses user and password: {_harmless(error.smtp_error)}"
        case smtplib.SMTPResponseException():
            answer = _harmless(error.smtp_error)
            return f"the mail server answers {error.smtp_code}: {answer}"
        case ssl.SSLCertVerificationError():
            return f"the mail server's certificate cannot be trusted: {error.verify_message}"
        case TimeoutError():
            return "the mail server does not answer in time"
    return f"the mail server cannot be used: {_harmless(str(error) or type(error).__name__)}"


def _harmless(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
