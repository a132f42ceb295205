"""EPCIS 2.0 and CBV 2.0 in JSON: other people's documents read and checked, events of our own
checked before they are signed.

Pure: no files, no network, no database. Its parsers raise `EpcisError` and nothing else.
"""

from suyuan.trace.epcis.cbv import BIZ_STEPS, DISPOSITIONS, bare
from suyuan.trace.epcis.checking import check_event
from suyuan.trace.epcis.contexts import event_context, with_context
from suyuan.trace.epcis.document import Document, Event, parse_document
from suyuan.trace.epcis.master import MasterItem
from suyuan.trace.epcis.order import in_order
from suyuan.trace.epcis.problems import EpcisError, Problem
from suyuan.trace.epcis.rules import unlisted_measurements

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
