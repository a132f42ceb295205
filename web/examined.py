"""Tests and certificates of a page's item: who found what, and where it stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from suyuan.trace import history as histories
from suyuan.trace.history import History
from suyuan.trace.link import Link
from suyuan.trace.members import Object
from suyuan.trace.rules import Refused
from suyuan.trace.state import Genesis
from suyuan.trace.store.read import Reader
from suyuan.trace.verify import Verifier

from . import counter_words, shown, words
from .files_shown import FileLine, Look, is_certified
from .files_shown import lines as file_lines
from .names import Names
from .notice import Notice
from .record import Record
from .texts import gettext as _

MOST = 12
_FAILED = ("不合格", "不符合", "阳性", "fail", "failed", "positive", "not passed", "unfit")


@dataclass(frozen=True, slots=True)
class Examination:
    """A test's result or a certificate: of what, by whom, when, in the record with this index.

    `is_beside` where the record is not in this history, so that the page's evidence lacks it.
    """

    index: int
    what: str
    item: str
    who: str
    when: str
    result: str | None
    certificate: str | None
    is_failed: bool
    is_beside: bool
    files: list[FileLine]


def find(
    reader: Reader,
    genesis: Genesis,
    history: History,
    records: Iterable[Record],
    *,
    names: Names,
    titles: Mapping[str, str],
    look: Look,
) -> list[Examination]:
    """What was examined of a history's items, of what stands and is good.

    What failed comes first, then the item's own tests, those of what it came from, certificates;
    of these the newest.
    """
    found = list(_here(history, records, names, titles, look))
    verifier = Verifier(reader, genesis)
    for leaf in histories.beside(reader, history)[:MOST]:
        stored = reader.link(leaf)
        if stored is None:
            continue
        try:
            checked = verifier.check(stored)
        except Refused:
            continue
        link = checked.link
        if checked.is_good and link is not None and link.event is not None:
            item = next((ref.item for ref in link.items if ref.item in titles), history.item)
            files = file_lines(link.event, leaf, look)
            title = titles.get(item, "")
            found.append(
                _told(leaf, link, link.event, names, title=title, files=files, is_beside=True)
            )
    own = titles.get(history.item, "")
    return sorted(
        found,
        key=lambda one: (not one.is_failed, one.result is None, one.item != own, -one.index),
    )


def notices(found: Iterable[Examination]) -> list[Notice]:
    """What failed, as a page says it among the first."""
    said = []
    for one in found:
        if one.is_failed:
            text = _(
                "%(who)s on %(when)s: %(result)s.", who=one.who, when=one.when, result=one.result
            )
            where = _("It stands in record no. %(index)s.", index=one.index)
            said.append(Notice("bad", _("A test of it failed"), text, where))
    return said[:2]


def _here(
    history: History,
    records: Iterable[Record],
    names: Names,
    titles: Mapping[str, str],
    look: Look,
) -> Iterator[Examination]:
    for record in records:
        link, event = record.link, record.event
        if link is None or event is None or record.is_withdrawn or not record.is_good:
            continue
        is_test = words.own_step(event) == "test"
        has_number = isinstance(event.get("suyuan:certificate"), str)
        if is_test or has_number or is_certified(event):
            of = sorted(history.of[record.index], key=lambda item: item != history.item)
            title = titles.get(of[0], "") if of else ""
            files = file_lines(event, record.index, look)
            yield _told(record.index, link, event, names, title=title, files=files, is_beside=False)


def _told(
    leaf: int,
    link: Link,
    event: Object,
    names: Names,
    *,
    title: str,
    files: list[FileLine],
    is_beside: bool,
) -> Examination:
    result, certificate = event.get("suyuan:result"), event.get("suyuan:certificate")
    said = shown.cut(result) if isinstance(result, str) else None
    is_ours = said is not None and counter_words.is_inspection(event)
    return Examination(
        index=leaf,
        what=str(words.step_words(link, event)),
        item=title,
        who=names.of(link.actor),
        when=shown.event_time(event)[0],
        result=counter_words.result(event) if is_ours else said,
        certificate=shown.cut(certificate) if isinstance(certificate, str) else None,
        is_failed=said is not None and is_failure(said),
        is_beside=is_beside,
        files=files,
    )


def is_failure(result: str) -> bool:
    """Whether a test's result, in its laboratory's own words, says that the food is not fit."""
    bare = result.strip().lower()
    return "不合格" in bare or any(bare.startswith(word) for word in _FAILED)
