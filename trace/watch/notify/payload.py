"""A notice as what is sent, an e-mail or a webhook's body; and the test of an address."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from suyuan.trace.store.beside.preferences import EMAIL, Contact

from . import notice_text
from .mail import Letter
from .notice import Held, Links, Matter

MOST_OWN = 2_000  # a party's own items in one body; the rest by their number
_TEXT = """这是一封测试邮件：{host} 的暂控和召回通知将发到此地址。没有发生任何事，无需处理。

This is a test: notices of holds and recalls in {host} will come to this address. Nothing has
happened, and there is nothing to do.
"""


def content(
    kind: str, party: str, matter: Matter, held: Sequence[Held], links: Links
) -> Mapping[str, Any]:
    """What a job keeps of a notice, so that each try sends the same."""
    about = {"what": matter.source.what, "act": matter.source.act.uri}
    if kind == EMAIL:
        return {
            **about,
            "subject": notice_text.subject(matter),
            "text": notice_text.text(matter, held, links),
            "drill": matter.source.is_drill,
        }
    return {**about, "body": _body(party, matter, held, links)}


def letter(key: str, address: str, content: Mapping[str, Any]) -> Letter:
    """The e-mail of a job; KeyError where its row holds no such thing."""
    return Letter(
        key, address, str(content["subject"]), str(content["text"]), bool(content["drill"])
    )


def trial_letter(to: Contact, host: str) -> Letter:
    """A test e-mail."""
    subject = "溯源通知测试 / Suyuan: a test of notices"
    key = secrets.token_hex(32)
    return Letter(key, to.address, subject, _TEXT.format(host=host), is_drill=True)


def trial_body(to: Contact, origin: str, now: datetime) -> bytes:
    """A test for a webhook: `type` is `test`."""
    return _typed("test", now, {"ledger": origin, "party": to.party}).encode()


def _body(party: str, matter: Matter, held: Sequence[Held], links: Links) -> str:
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
        "notes": [] if dues is None else list(dues.notes),
        "count": matter.count,
        "items": [asdict(line) for line in matter.lines],
        "party": party,
        "own_count": len(held),
        "own": [_own(one) for one in held[:MOST_OWN]],
        "links": asdict(links),
        "entry": source.entry.decode("utf-8", "replace"),
    }
    return _typed(source.what, matter.said_at, data)


def _own(one: Held) -> Mapping[str, Any]:
    """The quantity's value in kg, L, m or pieces (unit `1`) as its digits."""
    amount = one.quantity
    value = None if amount is None else {"value": f"{amount.value:f}", "unit": amount.unit}
    return {
        "item": one.line.item,
        "code": one.line.code,
        "state": one.state,
        "quantity": value,
        "container": one.container,
        "named": one.is_named,
    }


def _typed(kind: str, moment: datetime, data: Mapping[str, Any]) -> str:
    """A body in the form that Standard Webhooks asks for: type, timestamp, data."""
    body = {"type": kind, "timestamp": _instant(moment), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
