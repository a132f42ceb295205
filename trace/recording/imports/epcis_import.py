"""Importing an EPCIS 2.0 document: what somebody's file reports, as links that say so."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from suyuan.keys import canonical
from suyuan.trace.admission.link_builder import Draft, Pen, by_reference, is_too_large
from suyuan.trace.format.epcis import MEDIA_TYPE
from suyuan.trace.format.epcis.document import Document, in_order, parse_document, with_context
from suyuan.trace.format.epcis.events import unlisted_measurements
from suyuan.trace.format.identifiers.items import kept_as_written
from suyuan.trace.format.members import Object
from suyuan.trace.ledger.ledger import Ledger

from .. import bulk
from ..bulk import Done, Progress, SourceFile, silent

_SURELY_SMALL = 20_000  # bytes of an event whose entry is within 65,535 whatever its heads


@dataclass(slots=True)
class Report:
    """What an import did and reports.

    `events` counts the document's events, `repeated` those that stand in it word for word twice
    or were imported by this actor before: they are one event, and recorded once. `reused` names
    eventIDs that have more than one content: each such event is recorded. `unlisted` names the
    measurement types that CBV does not list, which are kept.
    """

    events: int
    links: int = 0
    by_reference: int = 0
    repeated: int = 0
    reused: list[str] = field(default_factory=list)
    as_written: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    done: Done | None = None


def run(ledger: Ledger, pen: Pen, data: bytes, progress: Progress = silent) -> Report:
    """Import a document's bytes, signed by the pen's actor as received.

    Writes nothing unless the whole document is good. Raises EpcisError, naming each problem by
    its path; Refused where the ledger refuses a link; LedgerError where it gives no events.
    """
    document = parse_document(data)
    source = SourceFile.of(data, MEDIA_TYPE, "received")
    report = Report(len(document.events))
    done = bulk.resume(ledger, pen, source, progress)
    if done is not None:
        report.links, report.done = done.links, done
        return report
    known = _known(ledger, pen.actor, document)
    events = _distinct(document, known, report)
    report.as_written = sorted({name for event in events for name in kept_as_written(event)})
    report.unlisted = sorted({kind for event in events for kind in unlisted_measurements(event)})
    ledger.attachments.put(data)
    drafts = [draft for event in events for draft in _drafts(ledger, pen, event, source, report)]
    report.links = len(drafts)
    if drafts:
        report.done = bulk.append(
            ledger, pen, source, drafts=drafts, count=len(drafts), progress=progress
        )
    return report


def _distinct(document: Document, known: set[bytes], report: Report) -> list[Object]:
    """The events in order, each content once; those with an eventID of another are reported."""
    events: list[Object] = []
    contents: dict[str, set[bytes]] = {}
    seen = set(known)
    for event in in_order(document):
        value = with_context(document, event)
        digest = hashlib.sha256(canonical.dumps(value)).digest()
        if digest in seen:
            report.repeated += 1
            continue
        seen.add(digest)
        events.append(value)
        name = value.get("eventID")
        if isinstance(name, str) and "errorDeclaration" not in value:
            contents.setdefault(name, set()).add(digest)
    report.reused = sorted(name for name, digests in contents.items() if len(digests) > 1)
    return events


def _known(ledger: Ledger, actor: str, document: Document) -> set[bytes]:
    """Contents of those events that this actor has recorded as received before."""
    names = {event.value.get("eventID") for event in document.events}
    ledger.followers.catch_up()
    with ledger.reading() as reader:
        stored = reader.events_received({name for name in names if isinstance(name, str)}, actor)
        return {hashlib.sha256(canonical.dumps(event)).digest() for event in stored}


def _drafts(
    ledger: Ledger, pen: Pen, event: Object, source: SourceFile, report: Report
) -> Iterator[Draft]:
    draft = Draft(event=event, document=source.member)
    data = canonical.dumps(event)
    if len(data) < _SURELY_SMALL or not is_too_large(draft, pen):
        yield draft
        return
    digest = ledger.attachments.put(data)
    ref = {"sha256": digest, "size": len(data), "type": "application/json"}
    report.by_reference += 1
    yield from by_reference(draft, ref)
