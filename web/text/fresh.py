"""What a page says of now, which each link and each scan changes: no part of what is kept of it."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from suyuan.trace.findings.label_copies import Scans
from suyuan.trace.format.messages import Language, Message, msg, msgs
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.read.reread import Live

from . import shown

_ROW = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
_LINE = Markup(
    '<section class="fold scanned"><details{}><summary><h2>{}</h2></summary>'
    '<p>{}</p>{}<p class="sub">{}</p></details></section>'
)
_WARNING = Markup("<p>{} {}</p>")
_SCANS = msg("Scans of this label")
_FIRST = msg("You are the first to scan this label.")
_PRIVACY = msg(
    "Only the times and how many they are is counted, nothing about you. A phone counts once in "
    "seven days, by a mark that is kept on it alone, and a network address once an hour."
)
_COMPARE = msg("It may have been copied: compare the holder and the food with this page.")
_WHY: Mapping[str, Message] = {
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
    return msg("size %(size)s, %(time)s", size=size, time=_moment(micros, language))


def scanned(scans: Scans | None, met: Sequence[str], language: Language) -> Markup:
    """How often a label was scanned, in HTML; `met` are the rules of copies that its scans meet.

    That it may be one is a line of its own, unfolded, and no colour: strangers make scans.
    """
    if scans is None:
        return Markup()
    counted = _FIRST
    if scans.count > 1:
        since = _moment(scans.first, language)
        counted = msgs(
            "This label was scanned %(num)d time since %(since)s.",
            "This label was scanned %(num)d times since %(since)s.",
            scans.count,
            since=since,
        )
    warning = Markup()
    if met:
        reasons = ("" if language == "zh" else " ").join(_WHY[rule].text(language) for rule in met)
        warning = _WARNING.format(reasons, _COMPARE.text(language))
    opened = Markup(" open") if met else Markup()
    texts = (part.text(language) for part in (_SCANS, counted))
    return _LINE.format(opened, *texts, warning, _PRIVACY.text(language))


def _moment(micros: int, language: Language) -> str:
    return shown.moment(from_micros(micros), in_chinese=language == "zh")
