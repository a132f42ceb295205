"""`suyuan import`: other people's formats."""

from collections.abc import Iterator
from pathlib import Path

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.json_values import pick
from suyuan.trace.format.messages import msg, row
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports import epcis_import

from ..command import Run, argument, command, follow
from ..command_help import Group
from ..terminal import Text, progress_bar
from .register import source_of

_SHOWN_ITEMS = 30
_COUNTS = ("events", "links", "by_reference", "repeated", "reused", "as_written", "unlisted")
MAX_DOCUMENT = 64 * 1024 * 1024  # of an EPCIS document, which is held in memory whole

import_group = Group("import", help="Import other people's formats.")


@command("epcis", import_group, signs=True, json=True, or_gateway=True)
def import_epcis(run: Run, file: Path = argument()) -> None:
    """Import an EPCIS 2.0 document (JSON-LD), as reported by the party that signs."""
    pen = run.pen
    source = source_of(file, MAX_DOCUMENT)
    with progress_bar(msg("importing")) as tell:
        report = epcis_import.run(run.ledger, pen, file.read_bytes(), tell)
    follow(run.ledger)
    items = _items(run, source)
    value = pick(report, *_COUNTS)
    done = report.done
    was_there = done is not None and done.was_there
    value |= {"was_there": was_there, "index": None if done is None else done.closed}
    if was_there:
        lines: Iterator[Text] = iter(
            [msg("%s records: this file was imported before", report.links)]
        )
    else:
        lines = _lines(report, pen.actor, items)
    run.answer(value | {"items": items}, lines)


def _lines(report: epcis_import.Report, actor: str, items: dict[str, str]) -> Iterator[Text]:
    yield msg("%s events, %s records, signed by %s", report.events, report.links, actor)
    for name in report.reused:
        yield row(" ", msg("eventID %s is used for different events: all are kept", name))
    for name in report.as_written:
        yield row(" ", msg("%s has a wrong length, digit or escape: kept as written", name))
    for kind in report.unlisted:
        yield row(" ", msg("measurement type %s is not in CBV: kept as written", kind))
    if report.repeated:
        repeated = report.repeated
        yield row(" ", msg("events that are here twice or were imported before: %s", repeated))
    for uri, code in list(items.items())[:_SHOWN_ITEMS]:
        yield row(" ", codes.shown(code), uri)
    if len(items) > _SHOWN_ITEMS:
        yield row(" ", msg("and %s more", len(items) - _SHOWN_ITEMS))


def _items(run: Run, source: SourceFile) -> dict[str, str]:
    """The items of a document's events with their trace codes, in order of their URIs."""
    with run.reading() as reader:
        items = {
            item
            for event in reader.events_of_document(source.sha256, run.pen.actor)
            for item in item_set(event)
        }
    return {item: codes.of_uri(item, run.host) for item in sorted(items)}
