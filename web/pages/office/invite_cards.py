"""Invitations as cards to be printed: name, symbol, code, and what to do, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.trace.format.times import parse
from suyuan.trace.labels.qr_symbol import QUIET, symbol
from suyuan.web.text import shown
from suyuan.web.text.languages import CHINESE, ENGLISH
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import speaking


@dataclass(frozen=True, slots=True)
class Told:
    """What a card says in one language."""

    lang: str
    title: str
    until: str
    steps: tuple[str, ...]
    typed: str


@dataclass(frozen=True, slots=True)
class Card:
    """A new invitation: its link, its code, and the symbol of the link."""

    who: str
    inviter: str
    url: str
    code: str
    path: str
    size: int
    says: tuple[Told, ...]


def card(made: Mapping[str, Any]) -> Card:
    """The card of an invitation that was just made, as the API tells it."""
    code_of_link = symbol(made["url"])
    page, _sharp, code = str(made["url"]).partition("#")
    languages = ((CHINESE, "zh-CN"), (ENGLISH, "en"))
    return Card(
        who=str(made["name"] or shown.uri(made["party"])),
        inviter=str(made["inviter_name"] or shown.uri(made["invited_by"])),
        url=str(made["url"]),
        code=code,
        path=code_of_link.path(),
        size=code_of_link.side + 2 * QUIET,
        says=tuple(_told(locale, lang, made, page) for locale, lang in languages),
    )


def _told(locale: str, lang: str, made: Mapping[str, Any], page: str) -> Told:
    with speaking(locale):
        until = parse(made["expires"])
        inviter = str(made["inviter_name"] or shown.uri(made["invited_by"]))
        return Told(
            lang=lang,
            title=_("Your invitation"),
            until=_("valid until %(time)s", time="" if until is None else shown.moment(until)),
            steps=(
                _("Scan this with the phone that you will work with."),
                _("Make your key on it. It never leaves the phone."),
                _("Read its twelve letters to %(inviter)s.", inviter=inviter),
            ),
            typed=_("Or open %(page)s and type the code above.", page=page),
        )
