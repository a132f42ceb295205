"""A laboratory's report of a sample: an event by its own key, all that it found hidden.

Passed or failed, each report hides the same fields, so that none gives a result away before the
office publishes it (SAMR Order 15, articles 42 and 46).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from suyuan.trace.admission.chain import step
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef, Link, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import Field, with_fields
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.disclosures import may_read
from suyuan.trace.goods.verdicts import is_failure
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.cases import Case
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.joins import EXAMINING
from suyuan.trace.recording.hiding import Concealed, conceal
from suyuan.trace.store.read.examining import examined_chains
from suyuan.trace.store.read.reader import Reader

from .laboratories import LABORATORIES

RESULT, SHEET = "suyuan:result", "suyuan:sheet"
FIELDS = {
    "sheet": SHEET,
    "report": "suyuan:certificate",
    "result": RESULT,
    "items": "suyuan:tested",
    "limits": "suyuan:limits",
    "values": "suyuan:values",
}
RESULTS = {"passed": "合格", "failed": "不合格"}
MOST = 50  # of a chain's newest links that are looked at
_WRONG = "errorDeclaration"


@dataclass(frozen=True, slots=True)
class LabReport:
    """A laboratory's report as its office reads it; `fields` are those of it that were hidden."""

    index: int
    laboratory: str
    hash: str
    said: Mapping[str, str]
    fields: Sequence[tuple[Field, str]]

    @property
    def has_failed(self) -> bool:
        """Whether its result is that the food is not fit."""
        return is_failure(self.said.get("result", ""))

    def summary(self) -> str:
        """What it was tested for, with limits and values, in one text."""
        parts = (self.said.get(name, "") for name in ("items", "limits", "values"))
        return "; ".join(part for part in parts if part)


def event(
    item: str, said: Mapping[str, str], laboratory: str, office: str, when: datetime
) -> tuple[Object, list[Any]]:
    """The event of a report of a lot's sample, and the disclosures of all that it says.

    `said` has a text for each of FIELDS but may leave some empty: those are left out.
    """
    extra = {FIELDS[name]: text for name, text in said.items() if text}
    body = steps.event(step_of("tests").name, when, [steps.Portion(item)], extra=extra)
    return conceal(body, laboratory, dict.fromkeys(extra, Audience.of(office)))


def report(
    reader: Reader, item: str, holder: str | None, hidden: tuple[Object, list[Any]]
) -> Concealed:
    """The report's draft, behind the newest record of whom the sample was taken from."""
    chains = {head.actor: head for head in reader.chains(item)}
    head = chains.get(holder or "") or next(iter(chains.values()), None)
    last = None if head is None else reader.in_chain(item, head.actor, head.seq)
    after = () if last is None else (AfterRef(last.index, last.hash),)
    return Concealed(Draft(event=hidden[0], after=after), tuple(hidden[1]))


def newest(reader: Reader, item: str, actor: str) -> list[tuple[int, Link]]:
    """The newest links of an actor about an item that can be read, in order, each by its index."""
    head = reader.chain_head(item, actor)
    since = 0 if head is None else max(0, head.seq + 1 - MOST)
    rows = (stored for _, stored in reader.chain_links(item, actor, since=since))
    links = ((row.index, readable(row.entry)) for row in rows if row is not None)
    return [(index, link) for index, link in links if link is not None]


def of_case(reader: Reader, ledger: Ledger, case: Case, viewer: str) -> list[LabReport]:
    """The reports of a case's lot since it was opened, by laboratories of the authority's own word.

    As far as a viewer may read them; of those that name a sheet, the ones of this case's.
    """
    if case.item is None or not case.stages:
        return []
    genesis, since = ledger.trust.genesis, case.stages[0].index
    verifier, sheet = Verifier(reader, genesis), case.stages[0].said.get("sheet")
    found = []
    for item, actor in examined_chains(reader, [case.item], genesis.authority):
        party = reader.party(actor)
        is_laboratory = party is not None and not LABORATORIES.isdisjoint(party.roles)
        if not is_laboratory or not verifier.is_examiner(actor):
            continue
        links = [(index, link) for index, link in newest(reader, item, actor) if index >= since]
        wrong = {
            link.event.get("eventID") for _, link in links if link.event and _WRONG in link.event
        }
        for index, link in links:
            if link.event is None or step(link) not in EXAMINING:
                continue
            if _WRONG in link.event or link.event.get("eventID") in wrong:
                continue
            rows = [
                (row.field, row.digest)
                for row in ledger.disclosures.of_link(reader, link)
                if row.field is not None and may_read(reader, genesis, row, link, viewer)
            ]
            body = with_fields(link.event, [field for field, _ in rows])[0]
            said = {name: str(body[at]) for name, at in FIELDS.items() if at in body}
            if said.get("sheet", sheet) == sheet and "result" in said:
                found.append(LabReport(index, actor, link.hash, said, rows))
    return sorted(found, key=lambda one: one.index)
