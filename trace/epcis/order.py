"""The order in which a document's events are recorded."""

from itertools import groupby

import rfc8785

from suyuan.trace.epcis.contexts import with_context
from suyuan.trace.epcis.document import Document, Event
from suyuan.trace.epcis.forms import Instant, instant


def in_order(document: Document) -> list[Event]:
    """The events by their `eventTime` as an instant, equal ones by their content.

    Content is the RFC 8785 form of the event as it is stored (`with_context`), compared as
    bytes, so the order is the same however the document was written. Equal events keep theirs.
    """
    ordered: list[Event] = []
    for _, group in groupby(sorted(document.events, key=_when), key=_when):
        same = list(group)
        if len(same) > 1:
            same.sort(key=lambda event: rfc8785.dumps(with_context(document, event)))
        ordered += same
    return ordered


def _when(event: Event) -> Instant:
    return instant(event.value["eventTime"])
