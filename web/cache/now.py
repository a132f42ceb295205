"""What a page says of now, which each link and each scan changes: no part of a kept page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from markupsafe import Markup

from suyuan.keys.notes import VerifierKey
from suyuan.trace.findings import label_copies
from suyuan.trace.format.messages import Language, Message, msg, msgs
from suyuan.trace.format.times import from_micros
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.read.reread import Live
from suyuan.web.text import shown

from .counting import Counter

_ROW = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_LINE = Markup('<p class="scanned">{} <span class="sub">{}</span>{}</p>')
_WARNING = Markup('<br><span class="sub">{} {}</span>')
_FIRST = msg("You are the first to scan this label.")
_PRIVACY = msg(
    "Of a scan we store the label, the day and the hour, and nothing about you. One network "
    "address counts once an hour; what recognises it is deleted each hour."
)
_COMPARE = msg("It may have been copied: compare the holder and the food with this page.")
_WHY_NOT_ONE: Mapping[str, Message] = {
    "early": msg("It was scanned before it was issued."),
    "many": msg("It was scanned more often in one day than one label is."),
    "spread": msg("It was scanned by day and by night, at more hours than one household keeps."),
    "long": msg("It has been scanned over and over for days."),
    "late": msg("It is still scanned long after the food was sold or past its date."),
}


def as_of(live: Live, language: Language) -> Markup:
    """The ledger's size, its newest checkpoint and the newest that witnesses cosigned, in HTML.

    Raises OverflowError or TypeError where a commit time in the database was changed.
    """
    records = msgs("%(num)d record in the ledger", "%(num)d records in the ledger", live.size)
    rows = [(msg("As of"), records)]
    if live.checkpoint is not None:
        newest = live.checkpoint
        rows.append((msg("Newest checkpoint"), _size(newest.size, newest.committed, language)))
    if live.kept is not None:
        try:
            witnessed = _size(live.kept.size, live.kept.committed, language)
            rows.append((msg("Witnessed up to"), witnessed))
        except (OverflowError, TypeError):  # of a column that was changed
            pass
    return Markup("\n").join(_ROW.format(*(m.text(language) for m in row)) for row in rows)


def _size(size: int, micros: int, language: Language) -> Message:
    time = shown.moment(from_micros(micros), in_chinese=language == "zh")
    return msg("size %(size)s, %(time)s", size=size, time=time)


def is_signed(live: Live, log: VerifierKey) -> bool:
    """Whether the newest checkpoint is of all that is there, and signed by the log."""
    newest = live.checkpoint
    return newest is not None and newest.size == live.size == _signed_size(newest.note, log)


@lru_cache(maxsize=64)
def _signed_size(note: str, log: VerifierKey) -> int | None:
    try:
        return open_checkpoint(note, log).size
    except LogError:
        return None


@dataclass(frozen=True, slots=True)
class Scannable:
    """A label whose scans are counted: by whose code, and what its scans are compared with.

    `issued` is when it was issued (microseconds UTC), `ended` the last day on which the food was
    sold, or its best-before date where that is later; None where that is not known.
    """

    code: str
    serial: str
    is_issued: bool
    issued: int | None
    ended: date | None

    def scans(
        self, counter: Counter, now: datetime, asker: str | None, language: Language
    ) -> Markup:
        """How often the label was scanned, in HTML: a present scan counted, if an address is given.

        That it may be a copy is a line of its own, and no colour: strangers make scans.
        """
        if asker is not None:
            counter.count(self.code, self.serial, now, is_issued=self.is_issued, asker=asker)
        scans = counter.of(self.code, self.serial)
        if scans is None:
            return Markup()
        counted = _FIRST
        if scans.count > 1:
            since = shown.moment(from_micros(scans.first), in_chinese=language == "zh")
            counted = msgs(
                "This label was scanned %(num)d time since %(since)s.",
                "This label was scanned %(num)d times since %(since)s.",
                scans.count,
                since=since,
            )
        warning = Markup()
        if met := label_copies.rules_met(scans, issued=self.issued, ended=self.ended):
            reasons = [_WHY_NOT_ONE[rule].text(language) for rule in met]
            joined = ("" if language == "zh" else " ").join(reasons)
            warning = _WARNING.format(joined, _COMPARE.text(language))
        return _LINE.format(counted.text(language), _PRIVACY.text(language), warning)
