"""Every rule by which something is reported: of plausibility, of single links, of deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import RULES
from .rule import Doubt, Severity

LATE = "late"
UNDERIVED = "underived"


@dataclass(frozen=True, slots=True)
class Heading:
    """A rule as it is listed: title in both languages, severity, and the law or reason behind."""

    rule: str
    title: str
    chinese: str
    severity: Severity
    basis: str


_OF_LINKS = (
    Heading(
        "event-id",
        "An event identifier used again with other content",
        "事件编号重复且内容不同",
        Severity.SERIOUS,
        "EPCIS 2.0 section 7.4.1: an eventID names one event in the world.",
    ),
    Heading(
        "code",
        "A trace code that names something else already",
        "追溯码已对应其他对象",
        Severity.SERIOUS,
        "Section 3 of the format: a code names one thing in a ledger, and the first has it.",
    ),
    Heading(
        "quantity",
        "A quantity that does not convert exactly",
        "数量无法精确换算",
        Severity.MINOR,
        "EPCIS 2.0 section 7.3.3.3: a quantity has a unit code of UN/ECE Recommendation 20.",
    ),
    Heading(
        "identifier",
        "A GS1 identifier with a wrong length, digit or escape",
        "GS1标识长度、校验位或转义有误",
        Severity.MINOR,
        "GS1 General Specifications section 7.9: the check digit is computed from the others.",
    ),
    Heading(
        "name",
        "A product or place stated by another than its owner",
        "非所有者登记的产品或场所",
        Severity.MINOR,
        "Section 4 of the format: what a product or place is says its owner, for everyone.",
    ),
    Heading(
        UNDERIVED,
        "Records that this program cannot work out",
        "本程序无法推算的记录",
        Severity.GRAVE,
        "Plain reason: of this item nobody can say from here who has how much, so look at its "
        "links. It is a fault of this program, or an attempt to stop it: tell who runs it.",
    ),
    Heading(
        LATE,
        "A duty done late, or overdue",
        "逾期未确认或逾期录入",
        Severity.SERIOUS,
        "Fujian Provincial Measures on Food Safety Information Traceability, Order 198 of 2017 as "
        "revised by Order 238, in force since 2024-05-01 (as reported: its text was not read): "
        "what was pushed is confirmed within 24 hours, a purchase of which nothing was pushed is "
        "entered within 36. For those whom the notice does not name it is a reminder.",
    ),
)

CATALOGUE: Mapping[str, Heading] = {
    **{r.name: Heading(r.name, r.title, r.chinese, r.severity, r.basis) for r in RULES},
    **{heading.rule: heading for heading in _OF_LINKS},
}


def heading(rule: str) -> Heading:
    """What is said of a rule; of one that this version does not know, its name."""
    return CATALOGUE.get(rule) or Heading(rule, rule, rule, Severity.MINOR, "")


def titles(rule: str) -> tuple[str, str]:
    """A rule's title in English and in Chinese."""
    found = heading(rule)
    return found.title, found.chinese


def underived(item: str, leaf: int, error: str) -> Doubt:
    """The doubt of an item whose links, the last at `leaf`, this program fails on."""
    return Doubt(
        UNDERIVED,
        item,
        leaf,
        None,
        f"what is recorded of it cannot be worked out: {error}",
        f"无法推算其记录：{error}",
        (leaf,),
    )
