"""Translation, typed: the one place that knows Flask-Babel."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import flask_babel  # type: ignore[import-untyped]

from suyuan.trace.format.messages import LOCALE, Language, Message


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the page, with values put in."""
    return str(flask_babel.gettext(message, **values))


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The message for a number, which it may name as %(num)d."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def translated(message: Message) -> str:
    """A message of the ledger's in the language of the page."""
    return message.text(language())


def language() -> Language:
    """The language of the page."""
    return "zh" if locale() == LOCALE else "en"


def locale() -> str:
    """The locale of the present page."""
    return str(flask_babel.get_locale())


def speaking(name: str) -> AbstractContextManager[None]:
    """While it lasts, messages are in the language of this locale, whatever the page's is."""
    context: AbstractContextManager[None] = flask_babel.force_locale(name)
    return context


@dataclass(frozen=True, slots=True)
class Words:
    """A message that is translated when it is shown."""

    message: str

    def __str__(self) -> str:
        return gettext(self.message)
