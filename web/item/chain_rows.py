"""The records of an item in plain words, a row each: who did what, how much, from whom to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.format.link import Link
from suyuan.trace.goods.history import History
from suyuan.trace.lineage.joins import RECEIVING, REFUSING
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import Site
from suyuan.web.text import shown
from suyuan.web.text.names import Names
from suyuan.web.text.recalls_names import names_of, title_of
from suyuan.web.text.record import Record, records
from suyuan.web.text.texts import gettext as _

from . import facts as item_facts
from .steps import Step, StepViews

MOST = 300  # records on one page
_MOST_NAMED = 500  # items that they name


@dataclass(frozen=True, slots=True)
class Row:
    """A record: its step, with the columns that every row has apart, and the findings about it."""

    step: Step
    actor: str
    amount: str | None
    sender: str | None
    recipient: str | None
    place: str | None
    rest: Sequence[tuple[str, str]]
    findings: Sequence[ItemFinding]

    @property
    def index(self) -> int:
        """Its place in the log."""
        return self.step.record.index


def rows(reader: Reader, site: Site, history: History, item: str) -> list[Row]:
    """The records about an item among those of a history, in the order of the log."""
    attachments = site.ledger.attachments
    by_index = records(history, attachments.get)
    names = Names(reader, site.genesis, history.verifier)
    about = [by_index[checked.index] for checked in history.about(item)]
    views = StepViews(
        names=names,
        titles=_named_besides(reader, about) | _titles(history, by_index, names),
        begun={(begun.item, begun.actor): begun for begun in history.beginnings},
        findings={},
        hides_holders=False,
        erased={},
        look=attachments.look,
        public={},
        recipients=None,
    )
    findings: dict[int, list[ItemFinding]] = {}
    for finding in Lineage(reader).findings_of([item]).get(item, ()):
        findings.setdefault(finding.leaf, []).append(finding)
    return [
        _row(views.step(record, item), _sender(record, history, names), findings)
        for record in about
    ]


def _titles(history: History, by_index: Mapping[int, Record], names: Names) -> dict[str, str]:
    facts = {
        item: item_facts.find(item, (by_index[c.index] for c in history.about(item)), names)
        for item in history.items
    }
    return {item: known.title or shown.uri(item) for item, known in facts.items()}


def _named_besides(reader: Reader, about: Sequence[Record]) -> dict[str, str]:
    """What the items are called that these records name, of whatever history."""
    named = {item for record in about if record.link for item in _items(record.link)}
    lots = names_of(reader, sorted(named)[:_MOST_NAMED])
    return {item: f"{title_of(lot)} {lot.code}" for item, lot in lots.items() if lot.name}


def _items(link: Link) -> list[str]:
    return [] if link.event is None else [ref.item for ref in link.items]


def _row(step: Step, sender: str | None, findings: Mapping[int, Sequence[ItemFinding]]) -> Row:
    stated = dict(step.rows)
    apart = (_("Quantity"), _("From"), _("To"), _("Place"))
    amount, source, recipient, place = (stated.get(label) for label in apart)
    record = step.record
    return Row(
        step=step,
        actor=record.actor,
        amount=amount or stated.get(_("Number of labels")),
        sender=source or sender,
        recipient=recipient,
        place=place,
        rest=[pair for pair in step.rows if pair[0] not in (*apart, _("Number of labels"))],
        findings=findings.get(record.index, ()),
    )


def _sender(record: Record, history: History, names: Names) -> str | None:
    """Who sent what a receipt or a refusal answers, by the dispatch that it names."""
    link, event = record.link, record.event or {}
    if link is None or not str(event.get("bizStep")).endswith((*RECEIVING, *REFUSING)):
        return None
    named = (history.named.get(ref.index) for ref in link.after if ref.ledger is None)
    return next((names.of(sent.actor) for sent in named if sent is not None), None)
