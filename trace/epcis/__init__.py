"""EPCIS 2.0 and CBV 2.0 in JSON: other people's documents read and checked, events of our own
checked before they are signed.

Pure: no files, no network, no database. Its parsers raise `EpcisError` and nothing else.
"""

from .cbv import BIZ_STEPS, DISPOSITIONS, bare
from .contexts import event_context, in_order, with_context
from .document import Document, Event, MasterItem, parse_document
from .events import check_event, unlisted_measurements
from .json_reading import EpcisError, Problem

__all__ = [
    "BIZ_STEPS",
    "DISPOSITIONS",
    "Document",
    "EpcisError",
    "Event",
    "MasterItem",
    "Problem",
    "bare",
    "check_event",
    "event_context",
    "in_order",
    "parse_document",
    "unlisted_measurements",
    "with_context",
]
