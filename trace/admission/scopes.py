"""Lists of items under a hold or a recall: their form, who may speak for which, what they stop.

A list is an attachment with one URI a line, sorted by bytes, each followed by a line feed; the
statement names it by count, RFC 6962 root and SHA-256 (docs/format.md section 4). Other verifiers
decide acts by their statements alone; the lists are the server's to look at, and the audit's.
"""

import hashlib
import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from suyuan.keys.validity import Party
from suyuan.trace.format import times
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused, Rule, statement_refused
from suyuan.trace.format.statements import ACTS
from suyuan.trace.format.vocabulary import biz_steps
from suyuan.trace.log.merkle import root_of_texts

from . import chain
from .offices import is_officer
from .state import Act, State

A = TypeVar("A", bound=Hashable)
Listed = list[str] | Refused  # a list as it was read

_SENDING, _SELLING = biz_steps("sends"), biz_steps("sells")
_NAMED = 3  # items that a refusal names
_GTIN = re.compile(r"https://id\.gs1\.org/01/[0-9]([0-9]{13})/")
_RETURNED = tuple(
    f"{prefix}returned"
    for prefix in ("", "https://ref.gs1.org/cbv/Disp-", "urn:epcglobal:cbv:disp:", "cbv:Disp-")
)


def render(items: Iterable[str]) -> bytes:
    """The list of these items, as its attachment holds it."""
    return "".join(f"{item}\n" for item in sorted(set(items))).encode()


def members(items: Iterable[str]) -> Object:
    """The members `count`, `root` and `list` of a statement that lists these items."""
    listed = sorted(set(items))
    return {
        "count": len(listed),
        "root": root_of_texts(listed).hex(),
        "list": hashlib.sha256(render(listed)).hexdigest(),
    }


def read(data: bytes | None, statement: Object) -> list[str]:
    """The items in a statement's list; Refused(statement) where it is not here or not as stated."""
    name = msg("the list %s…", str(statement["list"])[:16])
    if data is None:
        raise statement_refused(
            "%s is not here",
            name,
            fix=msg("send it with the entry as an attachment, or before the entry"),
        )
    if hashlib.sha256(data).hexdigest() != statement["list"]:
        raise statement_refused("%s is another file", name)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise statement_refused("%s is no list of URIs: it is not ASCII", name) from None
    items = text.split("\n")
    if items.pop() != "":
        raise statement_refused("%s does not end with a line feed", name)
    for number, item in enumerate(items, 1):
        if canonical(item) != item:
            raise statement_refused(
                "line %s of %s is no item's canonical URI: %s", number, name, ascii(item[:100])
            )
    if items != sorted(set(items)):
        raise statement_refused("%s is not sorted by bytes, or names an item twice", name)
    if len(items) != statement["count"]:
        raise statement_refused(
            "%s has %s items, the statement counts %s", name, len(items), statement["count"]
        )
    if root_of_texts(items).hex() != statement["root"]:
        raise statement_refused("%s has another root than the statement gives", name)
    return items


def has_list(link: Link) -> bool:
    """Whether the link is a statement on the items in a list."""
    statement = link.statement
    return statement is not None and statement["type"] in ACTS and "list" in statement


def takes_back(link: Link) -> bool:
    """Whether a link withdraws a recall, or releases a hold."""
    statement = link.statement or {}
    return statement.get("type") in ACTS and statement["op"] in ("withdraw", "release")


def is_own(item: str, party: Party | None, coder: str | None) -> bool:
    """Whether an item is the party's: first coded by it here, or under one of its prefixes."""
    if party is None:
        return False
    if coder is not None:
        return coder == party.uri
    gtin = _GTIN.match(item)
    return gtin is not None and any(gtin[1].startswith(prefix) for prefix in party.gs1)


def refuse_foreign(actor: str, foreign: Sequence[str], why: str) -> None:
    """Raise Refused(statement), naming the first few of the items that are not the actor's."""
    if foreign:
        raise statement_refused("%s may not do this for %s: %s", actor, _some(foreign), why)


def refuse_unknown(unknown: Sequence[str]) -> None:
    """Raise Refused(statement), naming the first few items of which the ledger knows nothing."""
    if unknown:
        raise statement_refused("this ledger has no record of %s", _some(unknown))


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED:,} more items" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more


def may_be_stopped(link: Link) -> bool:
    """Whether it is its actor's own dispatch or sale, no return and no declaration of an error."""
    event = link.event
    if event is None or link.is_received or "errorDeclaration" in event:
        return False
    step = chain.step(link)
    if step in _SENDING:
        return event.get("disposition") not in _RETURNED
    return step in _SELLING


def is_before(link: Link, signed_at: str) -> bool:
    """Whether the event says to have happened before an act was signed."""
    assert link.event is not None
    when, since = times.parse(link.event["eventTime"]), times.parse(signed_at)
    return when is not None and since is not None and when < since


def binds(act: Act, link: Link, state: State) -> bool:
    """Whether the act stops this actor: what is no officer's hold is its holder's own matter."""
    if not act.stops:
        return False
    return act.kind == "recall" or act.actor == link.actor or is_officer(state, act.actor)


def refusal(act: Act, item: str, signed_at: str) -> Refused:
    """Why a dispatch or sale is refused, and what is allowed."""
    status = "on hold" if act.kind == "hold" else f"recalled (level {act.level})"
    return Refused(
        Rule.HOLD,
        msg("%s is %s since %s by %s, act %s", item, status, signed_at, act.actor, act.uri),
        fix=msg(
            "it is not dispatched or sold. Return it, destroy it or record a loss, or ask %s",
            act.actor,
        ),
    )


def apply(
    scope: dict[tuple[str, A], tuple[int, int | None]],
    op: str,
    items: Iterable[str],
    act: A,
    leaf: int,
) -> None:
    """Rows of `scope` after one more statement: (item, act) to (leaf, cleared).

    An item stays where the first statement brought it in, until it is cleared; a later `extend`
    brings it back. A `clear` of an item that was never in it is kept, for those who ask whether
    what was made of a recalled lot is recalled too.
    """
    for item in items:
        before = scope.get((item, act))
        if op == "clear":
            if before is None:
                scope[item, act] = (leaf, leaf)
            elif before[1] is None:
                scope[item, act] = (before[0], leaf)
        elif before is None or before[1] is not None:
            scope[item, act] = (leaf, None)


def lists(links: Iterable[tuple[int, Link]]) -> Iterator[tuple[int, Link, Object]]:
    """The links among these that are statements on the items in a list."""
    for index, link in links:
        if has_list(link):
            assert link.statement is not None
            yield index, link, link.statement
