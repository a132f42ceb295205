"""/me/recalls: the holds and recalls that concern who is signed in, and what it is to answer."""

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response

from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recall.course import act_code
from suyuan.trace.recall.inbox import Concern, acts_for
from suyuan.trace.recall.lines import Line
from suyuan.trace.recall.progress import Part, part, to_tell
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.recall_acts import decides, is_readable
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.app.targets import item_path
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_due import last_day
from suyuan.web.text.recalls_names import Choice, amount_of, choice, namer, unit_of
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from ..office.signin import page

routes = Routes("recalls_mine_page")
MOST = 200
KINDS = ("recovered", "sold", "destroyed", "remaining")


@dataclass(frozen=True, slots=True)
class MyItem:
    """One item of an act, as far as it concerns one: what one has of it, and is to account for.

    `line` is None of a hold, and of what one has only on the way; `to_tell` and `again` are as
    `to_tell` has them, in millionths, None where amounts are not known.
    """

    item: str
    name: str | None
    stocks: tuple[Stock, ...]
    line: Line | None
    to_tell: int | None
    again: int | None


@dataclass(frozen=True, slots=True)
class MyAct:
    """A hold or a recall that concerns one; `part` of a recall that is open."""

    concern: Concern
    part: Part | None
    items: tuple[MyItem, ...]

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.concern.act.ended is None


def mine(reader: Reader, uri: str, now: datetime) -> list[MyAct]:
    """The acts in force that concern a party, with its part in each; the newest first."""
    return [_act(reader, uri, one, now) for one in acts_for(reader, site().genesis, uri)]


def _act(reader: Reader, uri: str, concern: Concern, now: datetime) -> MyAct:
    stocks: dict[str, list[Stock]] = {item: [] for item in concern.had}
    for stock in concern.stocks:
        stocks.setdefault(stock.item, []).append(stock)
    act, found = concern.act, None
    if act.kind == "recall" and act.ended is None:
        found = part(reader, act, uri, stocks, now)
    lots, slips = Lineage(reader).lots(sorted(stocks)), Slips(reader)
    items = []
    for item, held in sorted(stocks.items()):
        line = None if found is None else found.lines.get(item)
        tell, again = None, None
        if line is not None and line.balance is not None:
            tell, again = to_tell(line.balance, line.left)
        name = slips.item_name(item, lots)
        items.append(MyItem(item, name, tuple(held), line, tell, again))
    return MyAct(concern, found, tuple(items))


# The page.


@dataclass(frozen=True, slots=True)
class Field:
    """An amount to be typed: its kind, its label, and what was reported before."""

    kind: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Goods:
    """One item on the page; `fields` is empty where nothing can be reported of it."""

    uri: str
    name: str
    code: str
    href: str
    here: list[str]
    unit: str
    unit_words: str
    to_tell: int
    again: int
    is_known: bool
    is_done: bool
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Card:
    """One act on the page; `href` is None where its own page, of all holders, is not one's to read.

    What one is to do stands in the card: there also what one made of it and may clear, `clears`.
    """

    code: str
    href: str | None
    what: str
    by: str
    since: str
    reason: str | None
    is_recall: bool
    is_drill: bool
    is_open: bool
    is_mine: bool
    acknowledged: bool
    is_due: bool
    answer_due: str | None
    is_overdue: bool
    finish_day: str | None
    goods: list[Goods]
    more: int
    reports: bool
    clears: list[Choice]


@routes.get("/me/recalls", SIGNED_IN)
def my_page() -> Response:
    """What concerns one, the newest first: acknowledged by one tap, reported by one form."""
    who = session.signed_in()
    now = site().ledger.now()
    site().ledger.followers.catch_up()  # what was just recorded counts
    with site().ledger.reading(patient=True) as reader:
        found = mine(reader, who.uri, now)
        cards = [_card(reader, who, one, now) for one in found[:MOST]]
    return page(
        "my_recalls.html",
        cards=cards,
        more=max(0, len(found) - MOST),
    )


@dataclass(frozen=True, slots=True)
class Box:
    """How many open acts concern one: holds and recalls, drills, and of all how many to answer."""

    real: int
    drills: int
    due: int


def install(app: Flask) -> None:
    """Give templates `recall_box`."""
    app.jinja_env.globals["recall_box"] = box


def box(who: SignedIn) -> Box | None:
    """What stands in the red box on one's own page; None where nothing open concerns one."""
    with site().ledger.reading() as reader:
        found = [c for c in acts_for(reader, site().genesis, who.uri) if c.act.ended is None]
    drills = sum(c.act.drill for c in found)
    due = sum(c.is_due for c in found)
    return Box(len(found) - drills, drills, due) if found else None


def _card(reader: Reader, who: SignedIn, one: MyAct, now: datetime) -> Card:
    concern, name = one.concern, namer(reader)
    act = concern.act
    code = act_code(act.uri, site().host)
    has_page = is_readable(act.actor)
    clears = decides(reader, who.uri, act) if not has_page and one.part is not None else {}
    level = LEVELS.get(act.level or 0)
    timing = None if one.part is None else one.part.timing
    due = None if timing is None else timing.answer_due
    dues = None if timing is None else timing.deadlines
    return Card(
        code=codes.shown(code),
        href=keep_language(f"/act/{code}") if has_page else None,
        what=str(level) if act.kind == "recall" and level is not None else _("On hold"),
        by=name(act.actor),
        since="" if concern.since is None else shown.moment(concern.since),
        reason=None if concern.reason is None else shown.cut(concern.reason, 1_000),
        is_recall=act.kind == "recall",
        is_drill=act.drill,
        is_open=one.is_open,
        is_mine=act.actor == who.uri,
        acknowledged=concern.acknowledged is not None,
        is_due=concern.is_due and act.actor != who.uri,
        answer_due=None if due is None else shown.moment(due),
        is_overdue=due is not None and now > due and concern.acknowledged is None,
        finish_day=None if dues is None else last_day(dues),
        goods=[_goods(item) for item in one.items[:MOST]],
        more=max(0, len(one.items) - MOST),
        reports=one.is_open and any(item.to_tell is not None for item in one.items),
        clears=[choice(*made) for made in clears.items()][:MOST],
    )


def _goods(one: MyItem) -> Goods:
    line, unit = one.line, "1" if one.line is None else one.line.unit or "1"
    code = codes.of_uri(one.item, site().host)
    is_known = line is not None and line.balance is not None and one.to_tell is not None
    return Goods(
        uri=one.item,
        name=one.name or shown.uri(one.item),
        code=codes.shown(code),
        href=keep_language(item_path(one.item, None)),
        here=[_stock(stock) for stock in one.stocks],
        unit=unit,
        unit_words=unit_of(unit),
        to_tell=one.to_tell or 0,
        again=one.again or 0,
        is_known=is_known,
        is_done=line is not None and line.gap == 0 and line.balance is not None,
        fields=_fields(line, unit) if is_known else [],
    )


def _fields(line: Line | None, unit: str) -> list[Field]:
    labels = {
        "recovered": _("Kept back"),
        "sold": _("Sold already"),
        "destroyed": _("Destroyed already"),
        "remaining": _("Not kept back yet"),
    }
    found = []
    for kind in KINDS:
        value = ""
        if line is not None and line.balance is not None and line.has_answered:
            micro = getattr(line.balance, kind)
            value = amount_of(micro, unit).split(" ")[0] if micro else ""
        found.append(Field(kind, labels[kind], value))
    return found


def _stock(stock: Stock) -> str:
    if stock.quantity is None:
        much = _("an amount not known")
    else:
        much = amount_of(stock.quantity.micro, stock.quantity.unit)
    return _("%(amount)s on the way", amount=much) if stock.is_in_transit else much
