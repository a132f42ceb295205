"""A notice as what is sent: an e-mail, in Chinese and then in English, or a webhook's body."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import LANGUAGES, Language, Message, as_message, msg, msg_in, msgs
from suyuan.trace.format.statements import PRIVATE
from suyuan.trace.format.times import zone
from suyuan.trace.lineage.drawing.drawing_texts import amount
from suyuan.trace.lineage.drawing.lineage_view import short
from suyuan.trace.recall.deadlines import Deadlines
from suyuan.trace.store.beside.preferences import EMAIL, Contact

from .mail import Letter
from .notice import BEGINS, COMING, HAD, HELD, SENT, Held, Line, Matter

_LONGEST = 1_000  # characters of a stranger's words
_OWN = 200  # of a party's own items by name; the rest by their number
_DRILL_MARK = "模拟召回 DRILL"
_LEVELS: Mapping[int, Message] = {1: msg(", class I"), 2: msg(", class II"), 3: msg(", class III")}
_TITLES: Mapping[str, Message] = {
    "recall.order": msg("Recall notice"),
    "recall.extend": msg("Recall extended"),
    "recall.clear": msg("Items cleared from a recall"),
    "recall.close": msg("Recall closed"),
    "recall.withdraw": msg("Recall withdrawn"),
    "hold.place": msg("Hold notice"),
    "hold.release": msg("Hold released"),
}
_DRILL = msg(
    "DRILL. This is an exercise: nothing is wrong with the food. Do not stop sales or destroy "
    "anything because of it; do all the other steps as in earnest."
)
_AFTER: Mapping[str, Message] = {
    "recall.clear": msg(
        "The items above were found not to be concerned: they may be sold and dispatched again."
        " The others are recalled still."
    ),
    "recall.close": msg(
        "The recall's work is done. The items stay recalled: what is left of them must not be sold."
    ),
    "recall.withdraw": msg("The recall is withdrawn: the items may be sold and dispatched again."),
    "hold.release": msg("The hold is released: the items may be sold and dispatched again."),
}
_STATES: Mapping[str, Message] = {
    HELD: msg("held"),
    COMING: msg("on its way here"),
    SENT: msg("sent, not yet received"),
    HAD: msg("handled earlier, nothing left on record"),
}


def _steps(kind: str, page: str) -> tuple[Message, ...]:
    """What to do about an act of a kind, and on which page; or about what contains its items."""
    match kind:
        case "recall":
            return (
                msg(
                    "Stop selling, using and dispatching it at once; store it apart and mark it"
                    " clearly. Call back, or refuse, what is on its way."
                ),
                msg("Acknowledge it here, in one tap: %(page)s", page=page),
                msg("There, report what was recovered, sold and destroyed, and what remains."),
            )
        case "drill":
            return (
                msg("Find out how much of it you have and where it went; sales need not stop."),
                msg("Acknowledge it here, in one tap: %(page)s", page=page),
                msg("There, report the quantities as you would in earnest."),
            )
        case "contains":
            return (
                msg(
                    "What is listed below is not named itself: it was made from, or is packed "
                    "with, what is. Stop selling and dispatching it and store it apart until "
                    "its maker or the authority decides."
                ),
            )
        case "hold":
            return (
                msg(
                    "Stop selling, using and dispatching it at once, store it apart, and wait: "
                    "a notice follows when the hold is released or becomes a recall."
                ),
            )
    raise AssertionError(f"nothing is to be done about {kind}")


Languages = Sequence[Language]


def subject(matter: Matter, languages: Languages = LANGUAGES) -> str:
    """One line: what it is, of how serious a level, about what."""
    mark = f"【{_DRILL_MARK}】" if matter.source.is_drill else ""
    headline = _headline(matter)
    return mark + " / ".join(headline.text(language) for language in languages)


def text(matter: Matter, held: Sequence[Held], languages: Languages = LANGUAGES) -> str:
    """The whole notice in these languages. A drill says so in both before all."""
    parts = [_text(matter, held, language) for language in languages]
    mark = f"*** {_DRILL_MARK} ***\n\n" if matter.source.is_drill else ""
    return mark + ("\n\n" + "-" * 60 + "\n\n").join(parts) + "\n"


def clean(words: str, longest: int = _LONGEST) -> str:
    """A stranger's words on one line: what cannot be printed, line ends too, as spaces."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"


def _headline(matter: Matter) -> Message:
    first = next((clean(line.name, 60) for line in matter.lines if line.name), None)
    name: Message | str = ""
    if first is not None and matter.count > 1:
        name = msg_in("several items", "%(name)s, ", name=first)
    elif first is not None:
        name = msg_in("one item", "%(name)s, ", name=first)
    level = matter.source.act.level
    return msgs(
        "%(drill)s%(title)s%(level)s: %(name)s%(num)d item",
        "%(drill)s%(title)s%(level)s: %(name)s%(num)d items",
        matter.count,
        drill=msg("DRILL: ") if matter.source.is_drill else "",
        title=_TITLES[matter.source.kind],
        level="" if level is None else _LEVELS[level],
        name=name,
    )


def _text(matter: Matter, held: Sequence[Held], language: Language) -> str:
    lines: list[Message | str] = [_headline(matter), ""]
    if matter.source.is_drill:
        lines += [_DRILL, ""]
    by = clean(matter.by_name or short(matter.source.link.actor), 200)
    lines.append(msg("By: %(name)s", name=by))
    if matter.reason:
        lines.append(msg("Reason: %(reason)s", reason=clean(matter.reason)))
    elif "reason" not in matter.source.statement and PRIVATE in matter.source.statement:
        lines.append(msg("Reason: not public"))
    if matter.deadlines is not None:
        lines += _deadlines(matter.deadlines)
        lines += matter.deadlines.notes
    lines += ["", msg("Items: %(count)s", count=matter.count)]
    lines += [f"  {n}. {_line(line).text(language)}" for n, line in enumerate(matter.lines, 1)]
    if matter.count > len(matter.lines):
        lines.append("  " + _more(matter.count - len(matter.lines)).text(language))
    if held or matter.source.kind in BEGINS:
        lines += ["", *_yours(held, language)]
    lines += ["", *_to_do(matter, held, language), ""]
    lines.append(msg("Details: %(url)s", url=matter.links["act"]))
    lines.append(
        msg(
            "To verify: record no. %(index)s of ledger %(ledger)s, checksum %(hash)s; the proof "
            "that the ledger has it is at %(proof)s",
            index=matter.source.index,
            ledger=matter.origin,
            hash=matter.source.link.hash,
            proof=matter.links["proof"],
        )
    )
    return "\n".join(as_message(line).text(language) for line in lines)


def _deadlines(dues: Deadlines) -> Iterator[Message]:
    if dues.start_due is not None:
        yield msg("To be started by: %(when)s", when=_moment(dues.start_due))
    if dues.finish_due is not None and dues.is_provisional:
        yield msg("To be finished by (provisional): %(when)s", when=_moment(dues.finish_due))
    elif dues.finish_due is not None:
        yield msg("To be finished by: %(when)s", when=_moment(dues.finish_due))


def _more(count: int) -> Message:
    return msg("and %(count)s more: see the link below.", count=count)


def _yours(held: Sequence[Held], language: Language) -> list[str]:
    if not held:
        return [msg("Nothing of it is recorded as yours at present.").text(language)]
    lines = [msg("What is recorded as yours of it: %(count)s", count=len(held)).text(language)]
    lines += [f"  - {_held(thing).text(language)}" for thing in held[:_OWN]]
    if len(held) > _OWN:
        lines.append("  " + _more(len(held) - _OWN).text(language))
    return lines


def _held(held: Held) -> Message:
    state = _STATES[held.state]
    if held.state != HAD:
        state = msg("%(amount)s, %(state)s", amount=amount(held.quantity), state=state)
    inside: Message | str = ""
    if held.container is not None:
        inside = msg(", in container %(container)s", container=clean(short(held.container), 200))
    return msg(
        "%(item)s%(contains)s: %(state)s%(inside)s",
        item=_line(held.line),
        contains="" if held.is_named else msg(" (made from, or packed with, what is named)"),
        state=state,
        inside=inside,
    )


def _to_do(matter: Matter, held: Sequence[Held], language: Language) -> list[str]:
    if matter.source.kind in _AFTER:
        return [_AFTER[matter.source.kind].text(language)]
    kind = "drill" if matter.source.is_drill else matter.source.act.kind
    if held and not matter.source.is_drill and not any(thing.is_named for thing in held):
        kind = "contains"
    steps = [step.text(language) for step in _steps(kind, matter.links["answer"])]
    lines = [f"  {n}. {step}" for n, step in enumerate(steps, 1)]
    return [msg("What to do:").text(language), *lines]


def _line(line: Line) -> Message:
    """By the code on its labels first, where the reader has it; by the lot's own as well."""
    both: Message | str = ""
    if line.label_code is not None:
        both = msg(" (lot code %(code)s)", code=codes.shown(line.code))
    return msg(
        "%(code)s %(name)s%(produced)s%(both)s",
        both=both,
        code=codes.shown(line.label_code or line.code),
        name=clean(line.name, 200) if line.name else msg("no name on record"),
        produced=""
        if line.produced is None
        else msg(" (produced %(day)s)", day=clean(line.produced, 40)),
    )


def _moment(instant: datetime) -> Message:
    """In the ledger's zone, which the text names by its offset."""
    local = instant.astimezone(zone())
    return msg(
        "%(year)s-%(month)s-%(day)s %(time)s (UTC%(offset)s)",
        year=f"{local:%Y}",
        month=f"{local:%m}",
        day=f"{local:%d}",
        time=f"{local:%H:%M}",
        offset=f"{local:%z}",
    )


MOST_OWN = 2_000  # a party's own items in one body; the rest by their number
_TEST = """这是一封测试邮件：{host} 的暂停销售和召回通知将发到此地址。没有发生任何事，无需处理。

This is a test: notices of holds and recalls in {host} will come to this address. Nothing has
happened, and there is nothing to do.
"""


def content(
    kind: str, party: str, matter: Matter, held: Sequence[Held], languages: Languages = LANGUAGES
) -> Mapping[str, Any]:
    """What a job keeps of a notice, so that each try sends the same; letters in `languages`."""
    about = {"what": matter.source.kind, "act": matter.source.act.uri}
    if kind == EMAIL:
        return {
            **about,
            "subject": subject(matter, languages),
            "text": text(matter, held, languages),
            "drill": matter.source.is_drill,
        }
    return {**about, "body": _body(party, matter, held)}


def trial_letter(to: Contact, host: str) -> Letter:
    """A test e-mail."""
    subject = "溯源通知测试 / Suyuan: a test of notices"
    key = secrets.token_hex(32)
    return Letter(key, to.address, subject, _TEST.format(host=host), is_drill=True)


def trial_body(to: Contact, origin: str, now: datetime) -> bytes:
    """A test for a webhook: `type` is `test`."""
    return typed("test", now, {"ledger": origin, "party": to.party}).encode()


def _body(party: str, matter: Matter, held: Sequence[Held]) -> str:
    source, dues = matter.source, matter.deadlines
    data = {
        "ledger": matter.origin,
        "index": source.index,
        "hash": source.link.hash,
        "act": source.act.uri,
        "drill": source.is_drill,
        "level": source.act.level,
        "by": {"party": source.link.actor, "name": matter.by_name},
        "reason": matter.reason,
        "start_due": None if dues is None else _instant(dues.start_due),
        "finish_due": None if dues is None else _instant(dues.finish_due),
        "provisional": dues is not None and dues.is_provisional,
        "notes": [] if dues is None else list(map(str, dues.notes)),
        "count": matter.count,
        "items": [asdict(line) for line in matter.lines],
        "party": party,
        "own_count": len(held),
        "own": [_own_json(thing) for thing in held[:MOST_OWN]],
        "links": matter.links,
        "entry": source.entry.decode("utf-8", "replace"),
    }
    return typed(source.kind, matter.said_at, data)


def _own_json(held: Held) -> Mapping[str, Any]:
    """The quantity's value in kg, L, m or pieces (unit `1`) as its digits."""
    amount = held.quantity
    value = None if amount is None else {"value": f"{amount.value:f}", "unit": amount.unit}
    return {
        "item": held.line.item,
        "code": held.line.code,
        "label_code": held.line.label_code,
        "state": held.state,
        "quantity": value,
        "container": held.container,
        "named": held.is_named,
    }


def typed(kind: str, moment: datetime, data: Mapping[str, Any]) -> str:
    """A body in the form that Standard Webhooks asks for: type, timestamp, data."""
    body = {"type": kind, "timestamp": _instant(moment), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
