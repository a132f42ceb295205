"""How e-mail leaves: SUYUAN_SMTP_URL and what goes with it, read from the settings."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from suyuan.keys.errors import SettingError
from suyuan.keys.settings import setting

from .contacts import ContactError, email_address, is_loopback

IMPLICIT, STARTTLS, PLAIN = "implicit", "starttls", "none"
_PORTS = {"smtp": 587, "smtps": 465}
_URL = "SUYUAN_SMTP_URL"
_NAMED = re.compile(r'"?(?P<name>[^<>"]*?)"?\s*<(?P<address>[^<>]+)>')


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A mail server, and as whom e-mail is sent; `tls` is IMPLICIT, STARTTLS or PLAIN.

    `sender` is a bare address, `sender_name` what stands before it, or empty. `ca` is a PEM file of
    certificates to trust instead of the system's.
    """

    host: str
    port: int
    tls: str
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    sender_name: str
    ca: Path | None

    def context(self) -> ssl.SSLContext:
        """TLS with the server's certificate and name checked; SettingError for a bad `ca`."""
        try:
            return ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        except (OSError, ssl.SSLError) as error:
            raise SettingError(
                "SUYUAN_SMTP_CA names %s, which holds no certificates to trust: %s", self.ca, error
            ) from None


def read(environ: Mapping[str, str] | None = None) -> SmtpSettings | None:
    """The settings, None where no mail server is set. SettingError where they cannot be used."""
    url = setting("SMTP_URL", environ)
    if not url:
        return None
    host, port, tls, user = _parsed(url)
    password = setting("SMTP_PASSWORD", environ)
    if (user is None) != (not password):
        raise SettingError(
            "%s and SUYUAN_SMTP_PASSWORD (or …_FILE) go together: a user and a "
            "password, or neither",
            _URL,
        )
    if password and tls == PLAIN and not is_loopback(host):
        raise SettingError("%s has tls=none: a password is not sent in clear to %s", _URL, host)
    name, sender = _sender(setting("MAIL_FROM", environ))
    ca = setting("SMTP_CA", environ)
    return SmtpSettings(
        host, port, tls, user, password or None, sender, name, Path(ca) if ca else None
    )


def _parsed(text: str) -> tuple[str, int, str, str | None]:
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise SettingError("%s is no URL of a mail server: %s", _URL, error) from None
    if url.scheme not in _PORTS or host is None or url.path not in ("", "/") or url.fragment:
        raise SettingError(
            "%s is no URL of a mail server: write smtp://user@mail.example:587 "
            "(STARTTLS) or smtps://user@mail.example:465",
            _URL,
        )
    if url.password is not None:
        raise SettingError("%s has a password in it: give it by SUYUAN_SMTP_PASSWORD_FILE", _URL)
    return host, port or _PORTS[url.scheme], _tls(url.scheme, host, url.query), _user(url.username)


def _tls(scheme: str, host: str, query: str) -> str:
    """TLS is required unless the host is this machine, or `?tls=none` says that it is not."""
    try:
        options = dict(
            parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else ()
        )
    except ValueError:
        options = {query: ""}
    wanted = options.pop("tls", None)
    if (
        options
        or wanted not in (None, STARTTLS, PLAIN)
        or (scheme == "smtps" and wanted is not None)
    ):
        raise SettingError(
            "%s has an option that is not known: smtp:// takes ?tls=starttls or "
            "?tls=none, smtps:// takes none",
            _URL,
        )
    if scheme == "smtps":
        return IMPLICIT
    return wanted or (PLAIN if is_loopback(host) else STARTTLS)


def _user(text: str | None) -> str | None:
    user = None if text is None else unquote(text)
    if user is not None and not user.isprintable():
        raise SettingError("%s has a user that cannot be one", _URL)
    return user or None


def _sender(text: str | None) -> tuple[str, str]:
    if not text:
        raise SettingError(
            "SUYUAN_MAIL_FROM is not set: e-mail needs a sender, such as "
            "溯源 <notices@trace.example>"
        )
    named = _NAMED.fullmatch(text.strip()) if text.isprintable() else None
    name, address = (named["name"].strip(), named["address"]) if named else ("", text.strip())
    try:
        return name, email_address(address)
    except ContactError:
        raise SettingError(
            "SUYUAN_MAIL_FROM is no address: write notices@trace.example or "
            "溯源 <notices@trace.example>"
        ) from None
