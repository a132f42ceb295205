"""Every rule by which something is reported: of plausibility, of single links, of deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..messages import Message, as_message, msg
from . import RULES
from .rule import Doubt, Severity

LATE = "late"
UNDERIVED = "underived"


@dataclass(frozen=True, slots=True)
class Heading:
    """A rule as it is listed: title, severity, and the law or reason behind."""

    rule: str
    title: Message
    severity: Severity
    basis: str


_OF_LINKS = (
    Heading(
        "event-id",
        msg("An event identifier used again with other content"),
        Severity.SERIOUS,
        "EPCIS 2.0 section 7.4.1: an eventID names one event in the world.",
    ),
    Heading(
        "code",
        msg("A trace code that names something else already"),
        Severity.SERIOUS,
        "Section 3 of the format: a code names one thing in a ledger, and the first has it.",
    ),
    Heading(
        "quantity",
        msg("A quantity that does not convert exactly"),
        Severity.MINOR,
        "EPCIS 2.0 section 7.3.3.3: a quantity has a unit code of UN/ECE Recommendation 20.",
    ),
    Heading(
        "identifier",
        msg("A GS1 identifier with a wrong length, digit or escape"),
        Severity.MINOR,
        "GS1 General Specifications section 7.9: the check digit is computed from the others.",
    ),
    Heading(
        "name",
        msg("A product or place stated by another than its owner"),
        Severity.MINOR,
        "Section 4 of the format: what a product or place is says its owner, for everyone.",
    ),
    Heading(
        UNDERIVED,
        msg("Records that this program cannot work out"),
        Severity.GRAVE,
        "Plain reason: of this item nobody can say from here who has how much, so look at its "
        "links. It is a fault of this program, or an attempt to stop it: tell who runs it.",
    ),
    Heading(
        LATE,
        msg("A duty done late, or overdue"),
        Severity.SERIOUS,
        "Fujian Provincial Measures on Food Safety Information Traceability, Order 198 of 2017 as "
        "revised by Order 238, in force since 2024-05-01 (as reported: its text was not read): "
        "what was pushed is confirmed within 24 hours, a purchase of which nothing was pushed is "
        "entered within 36. For those whom the notice does not name it is a reminder.",
    ),
)

CATALOGUE: Mapping[str, Heading] = {
    **{r.name: Heading(r.name, r.title, r.severity, r.basis) for r in RULES},
    **{heading.rule: heading for heading in _OF_LINKS},
}


def heading(rule: str) -> Heading:
    """What is said of a rule; of one that this version does not know, its name."""
    return CATALOGUE.get(rule) or Heading(rule, as_message(rule), Severity.MINOR, "")


def underived(item: str, leaf: int, error: str) -> Doubt:
    """The doubt of an item whose links, the last at `leaf`, this program fails on."""
    return Doubt(
        UNDERIVED,
        item,
        leaf,
        None,
        msg("what is recorded of it cannot be worked out: %(error)s", error=error),
        (leaf,),
    )
