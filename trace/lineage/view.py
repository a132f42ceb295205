"""A lineage with all that is shown of it: names, codes, who has how much, what is recalled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from urllib.parse import unquote

from ..identifiers import codes
from ..identifiers.gs1 import ID
from ..times import from_micros
from . import words
from .model import Graph, Lot, Stock
from .words import Language

LONGEST = 500
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")


class Standing(StrEnum):
    """What the acts in force say of an item, the gravest of them."""

    RECALLED = "recalled"
    CONTAINS_RECALLED = "contains_recalled"
    ON_HOLD = "on_hold"


@dataclass(frozen=True, slots=True)
class View:
    """A graph and what is known of what is in it.

    `names` are those of parties, places and products by URI; `codes` the trace codes of items;
    `made` is when this was put together, `zone` that in which times are shown; `steps` what was
    asked for, None for all.
    """

    graph: Graph
    made: datetime
    zone: tzinfo
    steps: int | None = None
    origin: str = ""
    lots: Mapping[str, Lot] | None = None
    names: Mapping[str, str] | None = None
    codes: Mapping[str, str] | None = None
    stock: Mapping[str, tuple[Stock, ...]] | None = None
    standing: Mapping[str, Standing] | None = None

    def name(self, uri: str) -> str:
        """What a party, place or product is called, else its URI in short."""
        return clean((self.names or {}).get(uri) or short(uri))

    def item_name(self, item: str, language: Language) -> str:
        """What an item is: its lot's name, its product's, else what its URI says."""
        lot = (self.lots or {}).get(item)
        if lot is not None and lot.name:
            return clean(lot.name)
        names = self.names or {}
        gtin = _gs1(item).get("01")
        for uri in (None if lot is None else lot.product, f"{ID}/01/{gtin}", item):
            if uri is not None and (name := names.get(uri)):
                return clean(name)
        return clean(self.number(item, language) or short(item))

    def number(self, item: str, language: Language) -> str:
        """The lot, serial or SSCC that an item's URI has; empty where it has none."""
        keys = _gs1(item)
        for key, caption in (("21", "piece"), ("10", "lot"), ("00", "unit")):
            if key in keys:
                return words.say(language, caption, clean(keys[key]))
        return ""

    def code(self, item: str) -> str:
        """An item's trace code as printed; empty where it was not asked for."""
        found = (self.codes or {}).get(item)
        return codes.shown(found) if found else ""

    def holders(self, item: str) -> tuple[Stock, ...]:
        """Who has how much of an item."""
        return (self.stock or {}).get(item, ())

    def holder(self, stock: Stock, language: Language) -> str:
        """Where some stock is, in words."""
        who = words.say(language, "somewhere") if stock.holder is None else self.name(stock.holder)
        if stock.is_in_transit:
            who = words.say(language, "on its way", who)
        if stock.is_reported:
            who = words.say(language, "reported", who)
        if stock.container is not None:
            who = words.say(
                language, "in container", who, self.item_name(stock.container, language)
            )
        return who

    def moment(self, micros: int, language: Language) -> str:
        """An instant in the view's zone, to the minute; years that calendars lack are not told."""
        try:
            found = from_micros(micros).astimezone(self.zone)
        except (OverflowError, ValueError):
            return words.say(language, "time unknown")
        return f"{found:%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """A stranger's text on one line: what nobody sees as spaces, broken characters as U+FFFD."""
    text = _BROKEN.sub("\ufffd", _UNSEEN.sub(" ", text[: LONGEST * 2]))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def short(uri: str) -> str:
    """A URI without a name, as briefly as it can be told apart."""
    last = uri.rsplit("/", 1)[-1]
    if uri.startswith("https://") and codes.is_code(last):
        return codes.shown(last)
    return uri.removeprefix("urn:uscc:")


def _gs1(item: str) -> dict[str, str]:
    if not item.startswith(f"{ID}/"):
        return {}
    parts = item.removeprefix(f"{ID}/").split("/")
    return dict(zip(parts[::2], (unquote(v, errors="replace") for v in parts[1::2]), strict=False))
