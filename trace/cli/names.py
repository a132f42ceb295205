"""What lots and parties are called in lines for people: by name, with the code that is typed."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.messages import Message, msg, msg_in, row
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.goods.identity.lot_names import LotName, lot_names
from suyuan.trace.lineage.drawing.drawing_texts import amount
from suyuan.trace.store.read.reader import Reader

from .terminal import Text

ROMAN = {1: "I", 2: "II", 3: "III"}

Name = Callable[[str], str | None]


def namer(reader: Reader) -> Name:
    """Names of parties and places, each looked up once."""
    known: dict[str, str | None] = {}

    def name(uri: str) -> str | None:
        if uri not in known:
            known[uri] = reader.name(uri)
        return known[uri]

    return name


def party_words(name: str | None, uri: str) -> Text:
    """A party's name and its code; the URI where there is no name."""
    return uri if name is None else msg("%s (%s)", name, party_code(uri))


def party_code(uri: str) -> str:
    """What of a party's URI is typed to name it: its code, USCC or GLN."""
    last = re.split("[:/]", uri)[-1]
    if codes.is_code(last):
        return codes.shown(last)
    return last if uri.startswith(("urn:uscc:", f"{ID}/417/")) else uri


def act_words(act: Act) -> Message:
    """What an act is: a hold, a recall of a class, a drill of one."""
    if act.level is None:
        return msg_in("act", "hold")
    level = ROMAN.get(act.level, "?")
    return msg("drill, class %s", level) if act.drill else msg("recall, class %s", level)


class Lots:
    """Lots of several items as their holder calls them, or as those without any do."""

    def __init__(
        self, reader: Reader, host: str, items: Iterable[str], holder: str | None = None
    ) -> None:
        self._names = lot_names(reader, host, items, holder)

    def __contains__(self, item: str) -> bool:
        return item in self._names

    def words(self, item: str) -> Text:
        """What a lot is called, and the code by which its holder's labels call it."""
        lot: LotName = self._names[item]
        return row(lot.name, lot.code)


def much(quantity: Quantity | Mapping[str, str] | None) -> Message:
    """An amount, also in its JSON form."""
    if isinstance(quantity, Mapping):
        quantity = Quantity(int(Decimal(quantity["value"]).scaleb(6)), quantity["unit"])
    return amount(quantity)
