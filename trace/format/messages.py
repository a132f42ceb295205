"""Messages: an English text with named places, and the values for them; translated when shown.

The English text is the msgid of one gettext catalogue, which has the Chinese. Its texts are marked
by `msg`, `msgs` for a number, `msg_in` where one English text has several translations.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from functools import lru_cache
from gettext import NullTranslations, translation
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeAlias

from suyuan.keys.errors import KeysError
from suyuan.keys.records import record

Language = Literal["zh", "en"]
Value: TypeAlias = "str | int | Decimal | Message | Sequence[Value]"
LANGUAGES: tuple[Language, ...] = ("zh", "en")
TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}  # BCP 47
LOCALE = "zh_Hans_CN"  # as Babel writes zh_CN
FOLDER = Path(__file__).parent / "translations"
_CONTEXT = "\4"  # gettext's separator of a context and its text
_TEMPLATE = re.compile(r"(?:[^%]|%%|%\(\w+\)[sd])*")  # no width: one of a billion is memory
_UNNAMED = re.compile(r"%%|%s")
_PLACE = re.compile(r"%\((\w+)\)([sd])")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_LONGEST = 500  # of a stored text that is no message


@record
class Message:
    """A text with `%(name)s` places and the values for them; `str` is the English.

    Lists among the values are joined by the language's comma. `plural` is the text where the value
    `num` is another number than one.
    """

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    plural: str | None = None

    def __post_init__(self) -> None:
        if self.values:
            exact = {name: _exact(value) for name, value in self.values.items()}
            object.__setattr__(self, "values", exact)

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: Language) -> str:
        """The words in a language; in English where the catalogue has none."""
        if not self.msgid:  # of which gettext has the catalogue's head
            return ""
        catalogue = _catalogue(language)
        if self.plural is None:
            words = catalogue.gettext(self.msgid)
        else:
            words = catalogue.ngettext(self.msgid, self.plural, int(str(self.values["num"])))
        words = words.rpartition(_CONTEXT)[2]
        if not self.values:
            return words
        return words % {name: _text(value, language) for name, value in self.values.items()}

    def to_json(self) -> dict[str, Any]:
        """The message as plain values of JSON, from which `from_json` makes it again."""
        values = {name: _plain(value) for name, value in self.values.items()}
        plural = {} if self.plural is None else {"plural": self.plural}
        return {"msgid": self.msgid, "values": values, **plural}

    def dumps(self) -> str:
        """The message as a text of JSON, as projections store it; the same for the same message."""
        return _ENCODER.encode(self.to_json())

    @classmethod
    def loads(cls, stored: str) -> "Message":
        """The message that `dumps` wrote; of any other text its beginning, as it stands.

        Whoever writes the database can write anything there, which the audit then names: it must
        neither take a page away nor cost more than it is long.
        """
        try:
            return cls.from_json(json.loads(stored))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return as_message(str(stored)[:_LONGEST])

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Message":
        """The message that `to_json` gave; ValueError, TypeError and the like for another value."""
        values = {name: _read(value) for name, value in stored["values"].items()}
        plural = stored.get("plural")
        for text in (stored["msgid"], *([] if plural is None else [plural])):
            _require_template(text, values)
        if plural is not None and type(values["num"]) is not int:
            raise ValueError("a plural without a number")
        return cls(stored["msgid"], values, plural)


def msg(text: str, /, *places: object, **values: object) -> Message:
    """A message, whose text goes into the catalogue.

    `places` are for each `%s` of the text in turn, in the catalogue `%(1)s`, `%(2)s`, … A value
    that is an error is its message; one that is neither text, number nor list is its `str`.
    """
    if places:
        text, values = numbered(text), {str(n): place for n, place in enumerate(places, 1)}
    return Message(text, values)


def numbered(text: str) -> str:
    """A text whose places are `%s` as the catalogue has it, with their numbers for names."""
    numbers = count(1)
    return _UNNAMED.sub(lambda m: "%%" if m[0] == "%%" else f"%({next(numbers)})s", text)


def msgs(singular: str, plural: str, num: int, /, **values: object) -> Message:
    """A message about a number of things, which its texts may name as `%(num)d`."""
    return Message(singular, {"num": num, **values}, plural)


def msg_in(context: str, text: str, /, **values: object) -> Message:
    """A message whose English has another translation elsewhere; `context` tells them apart."""
    return Message(f"{context}{_CONTEXT}{text}", values)


def row(*parts: "str | Message | None", gap: "str | Message" = "  ") -> Message:
    """What is side by side in a line: the parts that are there, with a gap between them."""
    there = {str(number): part for number, part in enumerate(filter(None, parts))}
    return Message("%(gap)s".join(f"%({number})s" for number in there), there | {"gap": gap})


def as_message(text: "Value") -> Message:
    """A message as it is; a text or list that is the same in all languages as a message."""
    return text if isinstance(text, Message) else Message("%(text)s", {"text": text})


def message_of(reason: object, *places: object) -> Message:
    """The message of an error, or of a text with its `%s` places, which the catalogue may have."""
    if isinstance(reason, Message):
        return reason
    if isinstance(reason, KeysError):
        return msg(reason.template, *reason.places)
    message = getattr(reason, "message", None)
    return message if isinstance(message, Message) else msg(str(reason), *places)


def quoted(text: str) -> str:
    """A stranger's text to stand between quotes, with escapes for what cannot be printed."""
    return repr(text)[1:-1]


_COMMA = msg(", ")


def _exact(value: object) -> Value:
    """A value in the form in which JSON gives it again: digits as text, lists as tuples."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str | int | Message):
        return value
    if isinstance(value, Exception):
        return message_of(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return tuple(map(_exact, value))
    return str(value)


def _text(value: Value, language: Language) -> str | int | Decimal:
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, str | int | Decimal):
        return value
    return _COMMA.text(language).join(str(_text(part, language)) for part in value)


def _plain(value: Value) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return value if isinstance(value, str | int | Decimal) else [_plain(part) for part in value]


def _require_template(text: str, values: Mapping[str, Value]) -> None:
    """Raise unless a text has simple places only, each with its value."""
    if not isinstance(text, str) or (values and _TEMPLATE.fullmatch(text) is None):
        raise ValueError("no text of a message")
    for name, kind in _PLACE.findall(text.replace("%%", "")) if values else ():
        if type(values[name]) is not int and kind == "d":
            raise TypeError(f"{name} is no number")


def _read(stored: Any) -> Value:
    if isinstance(stored, Mapping):
        return Message.from_json(stored)
    if isinstance(stored, list):
        return [_read(part) for part in stored]
    if not isinstance(stored, str | int):
        raise TypeError("no value of a message")
    return stored


@lru_cache(maxsize=2)
def _catalogue(language: Language) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    return translation("messages", FOLDER, [LOCALE])
