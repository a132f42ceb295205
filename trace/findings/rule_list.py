"""Every rule by which something is reported: of plausibility, of single links, of deadlines."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from suyuan.trace.format.messages import as_message, msg
from suyuan.trace.lineage.model import Story

from .rule import Context, Heading, ItemFinding, Rule, Severity

LATE = "late"
UNDERIVED = "underived"


def _rules() -> Iterator[Rule]:
    """The rules of the files in `rules`: each `check` that is a rule."""
    for file in iter_modules([str(Path(__file__).parent / "rules")]):
        check = getattr(import_module(f"{__package__}.rules.{file.name}"), "check", None)
        if isinstance(check, Rule):
            yield check


RULES = tuple(_rules())
_OF_LINKS = (
    Heading(
        "event-id",
        msg("An event identifier used again with other content"),
        Severity.SERIOUS,
        msg("EPCIS 2.0 section 7.4.1: an eventID names one event in the world."),
    ),
    Heading(
        "code",
        msg("A trace code that names something else already"),
        Severity.SERIOUS,
        msg("Section 3 of the format: a code names one thing in a ledger, and the first has it."),
    ),
    Heading(
        "quantity",
        msg("A quantity that does not convert exactly"),
        Severity.MINOR,
        msg("EPCIS 2.0 section 7.3.3.3: a quantity has a unit code of UN/ECE Recommendation 20."),
    ),
    Heading(
        "identifier",
        msg("A GS1 identifier with a wrong length, digit or escape"),
        Severity.MINOR,
        msg("GS1 General Specifications section 7.9: the check digit is computed from the others."),
    ),
    Heading(
        "name",
        msg("A product or place stated by another than its owner"),
        Severity.MINOR,
        msg("Section 4 of the format: what a product or place is says its owner, for everyone."),
    ),
    Heading(
        UNDERIVED,
        msg("Records that this program cannot work out"),
        Severity.GRAVE,
        msg(
            "Plain reason: of this item nobody can say from here who has how much, so look at its "
            "links. It is a fault of this program, or an attempt to stop it: tell who runs it."
        ),
    ),
    Heading(
        LATE,
        msg("A duty done late, or overdue"),
        Severity.SERIOUS,
        msg(
            "Fujian Provincial Measures on Food Safety Information Traceability, Order 198 of 2017 "
            "as revised by Order 238, in force since 2024-05-01 (as reported: its text was not "
            "read): what was pushed is confirmed within 24 hours, a purchase of which nothing was "
            "pushed is entered within 36. For those whom the notice does not name it is a reminder."
        ),
    ),
)

CATALOGUE: Mapping[str, Heading] = {entry.name: entry for entry in (*RULES, *_OF_LINKS)}


def check(story: Story, context: Context) -> list[ItemFinding]:
    """All that is wrong with one item: one for each rule, subject and leaf, in their order."""
    findings: dict[tuple[str, str, int], ItemFinding] = {}
    for rule in RULES:
        for finding in rule(story, context):
            findings.setdefault((finding.rule, finding.subject, finding.leaf), finding)
    return [findings[key] for key in sorted(findings)]


def heading(rule: str) -> Heading:
    """A rule's heading; its name where this version does not know it."""
    return CATALOGUE.get(rule) or Heading(rule, as_message(rule), Severity.MINOR, as_message(""))


def underived(item: str, leaf: int, error: str) -> ItemFinding:
    """The report on an item whose links, the last at `leaf`, this program fails on."""
    return ItemFinding(
        UNDERIVED,
        item,
        leaf,
        None,
        msg("what is recorded of it cannot be worked out: %(error)s", error=error),
        (leaf,),
    )
