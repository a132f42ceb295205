"""One's own records in words: a row of a list, on the page and in a spreadsheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import from_micros, local, zone
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.store.read.own_records import OwnRecord
from suyuan.trace.store.read.reader import Reader

from . import shown, units, words
from .names import in_words, titled
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

VOIDED: Mapping[str, Words] = {
    "error": _l("Corrected or retracted"),
    "undone": _l("Taken back"),
    "again": _l("Recorded twice"),
}
HEADINGS: tuple[Words, ...] = (
    _l("Time"), _l("Step"), _l("Product"), _l("Amount"), _l("Unit"), _l("Counterparty"),
    _l("Trace code"), _l("Record no."), _l("Remark"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as a list shows it; `voided` is empty where it counts."""

    record: OwnRecord
    time: str
    step: str
    product: str
    amount: str
    counterparty: str
    code: str
    voided: str


class Names:
    """Records in words over one reader; each name is asked for once."""

    def __init__(self, reader: Reader, actor: str) -> None:
        self._actor = actor
        self._name = cache(lambda uri: reader.name(uri, actor))

    def party(self, text: str) -> str:
        """A counterparty's name; one outside the ledger is kept by its name alone."""
        return self._words(text)

    def product(self, record: OwnRecord) -> str:
        """What an item is called; empty where nobody has said."""
        return self._words(record.product or "")

    def _words(self, text: str) -> str:
        if ":" in text:
            return titled(self._name(text), text, self._actor)
        return in_words(text)

    def shown(self, record: OwnRecord) -> Shown:
        """A record as a list shows it."""
        amount = record.quantity
        return Shown(
            record,
            shown.moment(from_micros(record.time)),
            step(record.step),
            self.product(record),
            "" if amount is None else units.measure(amount),
            "" if record.counterparty is None else self.party(record.counterparty),
            codes.shown(codes.of_chain(record.item, self._actor)),
            "" if record.voided is None else str(VOIDED.get(record.voided, record.voided)),
        )

    def row(self, record: OwnRecord) -> list[Cell]:
        """A record as a row under HEADINGS: its amount as a number, its time as text."""
        said, amount = self.shown(record), record.quantity
        time = local(record.time, zone())
        return [
            "" if time is None else f"{time:%Y-%m-%d %H:%M}",
            said.step,
            said.product,
            None if amount is None else amount.value,
            "" if amount is None else str(words.unit(amount.uom)),
            said.counterparty,
            said.code,
            record.index,
            said.voided,
        ]


def step(name: str) -> str:
    """A step by its name in words; of one that is none of ours, its business step."""
    return _(STEPS[name].words) if name in STEPS else words.business_step(name)
