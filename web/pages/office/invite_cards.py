"""Invitations as cards to be printed: name, symbol, code, and what to do, in both languages."""

from collections.abc import Callable, Iterator
from typing import Any

from suyuan.trace.labels.qr_symbol import QUIET, symbol
from suyuan.trace.store.beside.invitations import Invitation
from suyuan.web.text.filters import moment
from suyuan.web.text.languages import CHINESE, ENGLISH
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import speaking


def card(url: str, one: Invitation, name: Callable[[str], str]) -> dict[str, Any]:
    """The card of a new invitation: its link, its code, the symbol of the link, and what it says.

    `says` is for each language: its name, title, term, steps, and what to type.
    """
    found = symbol(url)
    page, _sharp, code = url.partition("#")
    inviter = name(one.invited_by)
    return {
        "who": name(one.party),
        "inviter": inviter,
        "url": url,
        "code": code,
        "path": found.path(),
        "size": found.side + 2 * QUIET,
        "says": list(_says(one.expires, inviter, page)),
    }


def _says(until: int, inviter: str, page: str) -> Iterator[tuple[str, str, str, list[str], str]]:
    for locale, lang in ((CHINESE, "zh-CN"), (ENGLISH, "en")):
        with speaking(locale):
            steps = [
                _("Scan this with the phone that you will work with."),
                _("Make your key on it. It never leaves the phone."),
                _("Read its twelve letters to %(inviter)s.", inviter=inviter),
            ]
            term = _("valid until %(time)s", time=moment(until))
            typed = _("Or open %(page)s and type the code above.", page=page)
            yield lang, _("Your invitation"), term, steps, typed
