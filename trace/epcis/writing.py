"""EPCIS documents of events that stand alone, in JSON-LD."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from suyuan.trace.epcis.prefixes import OWN_PREFIX

MEDIA_TYPE = "application/ld+json"
CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"


def document(
    events: Iterable[Mapping[str, Any]],
    created: datetime,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An EPCISDocument (EPCIS 2.0 section 9.5) of these events in their order, unchanged.

    An event with an `@context` of its own keeps it. `more` are members of the document under our
    own prefix.
    """
    return {
        "@context": [CONTEXT, OWN_PREFIX],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **(more or {}),
        "epcisBody": {"eventList": list(events)},
    }
