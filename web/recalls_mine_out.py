"""What the API says of the acts that concern one, and of links to sign about them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.identifiers import codes
from suyuan.trace.quantities import Quantity
from suyuan.trace.recall.recall_json import act_json
from suyuan.trace.store.read import Reader

from .recalls_mine import KINDS, MyAct, MyItem
from .recalls_out import ActOut, AfterOut


class MyItemOut(BaseModel):
    """An item of an act, as far as it concerns one; amounts in `unit`, null if not known."""

    item: str
    code: str
    name: str | None
    unit: str | None = Field(description="kg, L, m, or 1 for pieces")
    here: str | None = Field(description="What one has of it, by the records")
    in_transit: str | None = Field(description="What is on its way to one, or from one")
    to_tell: str | None = Field(description="What one is to account for by reports")
    told_again: str | None = Field(description="Sold or destroyed before: may be told as well")
    recovered: str | None
    sold: str | None
    destroyed: str | None
    remaining: str | None
    missing: str | None
    has_answered: bool


class MyActOut(ActOut):
    """A hold or a recall that concerns one."""

    since: str | None
    reason: str | None
    is_due: bool = Field(description="It is to be acknowledged still")
    acknowledged: int | None = Field(description="The index of one's acknowledgement")
    answer_due: str | None = Field(description="Until when")
    answer: Literal["in time", "late", "open", "overdue"] | None
    finish_day: str | None = Field(description="The last day of the recall, in the ledger's zone")
    provisional: bool = Field(description="That day may change: see a recall's deadlines")
    items: list[MyItemOut]


class MyRecallsOut(BaseModel):
    """The acts in force that concern one, the newest first."""

    size: int = Field(description="As of how many links")
    acts: list[MyActOut]


class RecallSignableOut(BaseModel):
    """One link to sign, and in base64 what to send with it."""

    subjects: list[str]
    after: list[AfterOut]
    statement: dict[str, Any]
    attachments: list[str]


class RecallSignablesOut(BaseModel):
    """Links to sign, by this actor, in this order."""

    ledger: str
    actor: str
    signed_at: str
    act: str
    code: str
    drafts: list[RecallSignableOut]
    names: dict[str, str | None]
    notes: list[str]


def acts_json(reader: Reader, found: list[MyAct], now: datetime, host: str) -> dict[str, Any]:
    """Acts that concern one, for programs."""
    return {
        "size": reader.size(),
        "acts": [_act(reader, one, now, host) for one in found],
    }


def _act(reader: Reader, one: MyAct, now: datetime, host: str) -> dict[str, Any]:
    concern, timing = one.concern, None if one.part is None else one.part.timing
    said = concern.acknowledged
    due = None if timing is None else timing.answer_due
    dues = None if timing is None else timing.deadlines
    return {
        **act_json(concern.act, host, reader.name),
        "since": None if concern.since is None else concern.since.isoformat(),
        "reason": concern.reason,
        "is_due": concern.is_due,
        "acknowledged": None if said is None else said.leaf,
        "answer_due": None if due is None else due.isoformat(),
        "answer": None if timing is None else timing.answered(said.at if said else None, now),
        "finish_day": None if dues is None else dues.finish_day.isoformat(),
        "provisional": dues is not None and dues.is_provisional,
        "items": [_item(item, host) for item in one.items],
    }


def _item(one: MyItem, host: str) -> dict[str, Any]:
    line = one.line
    units = {s.quantity.unit for s in one.stocks if s.quantity is not None}
    unit = line.unit if line is not None else next(iter(units)) if len(units) == 1 else None
    balance = None if line is None else line.balance

    def value(micro: int | None) -> str | None:
        return None if micro is None else Quantity(micro, unit or "1").text

    def held(*, is_in_transit: bool) -> int | None:
        mine = [s.quantity for s in one.stocks if s.is_in_transit is is_in_transit]
        if any(q is None or q.unit != (unit or "1") for q in mine):
            return None
        return sum(q.micro for q in mine if q is not None)

    return {
        "item": one.item,
        "code": codes.of_uri(one.item, host),
        "name": one.name,
        "unit": unit,
        "here": value(held(is_in_transit=False)),
        "in_transit": value(held(is_in_transit=True)),
        "to_tell": value(one.to_tell),
        "told_again": value(one.again),
        **{kind: value(None if balance is None else getattr(balance, kind)) for kind in KINDS},
        "missing": value(None if balance is None else balance.missing),
        "has_answered": line is not None and line.has_answered,
    }
