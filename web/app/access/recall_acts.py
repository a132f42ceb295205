"""Access to holds and recalls: who may read them, and state what, by the ledger's rules."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from suyuan.trace.admission.state import Act
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.goods.identity.lookup import look_up, own_items
from suyuan.trace.goods.resolve import NotFound, resolve
from suyuan.trace.inspection.complaints import with_receipt
from suyuan.trace.recall.course import Scope, find_act, scope
from suyuan.trace.recall.orders import foreign
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import Search
from suyuan.web.context import site

from ..problems import ProblemError, as_problem
from . import session, viewer

_OF_RECALL = ("recall.close", "recall.plan", "recall.extend", "recall.clear", "recall.withdraw")


def act_named(reader: Reader, text: str, kind: str | None = None, **more: Any) -> Act:
    """The hold or recall that a trace code or a URI names; a problem 404 where there is none."""
    with as_problem(404, NotFound, IdentifierError, **more):
        return find_act(reader, site().host, text, kind)


def items_of(reader: Reader, texts: Sequence[str]) -> list[str]:
    """The items that these name, in their order; ProblemError 404 for one that is not here."""
    known = reader.subject_numbers({text for text in texts if ":" in text})
    with as_problem(404, NotFound, IdentifierError):
        return [
            text if text in known else resolve(reader, site().ledger.trust, text).item
            for text in texts
        ]


def items_meant(reader: Reader, user: str, text: str) -> list[str]:
    """The items that a text names, or may mean of what a user may find; none where it is nothing's.

    A part of a code, a lot number, a label's serial; to an inspector also a report's receipt.
    """
    home, remit = site().ledger.home, site().access(reader).remit(user)
    if remit is not None and (report := with_receipt(reader, home, remit, text)) is not None:
        text = report.code
    with suppress(ProblemError):
        return items_of(reader, [text])
    is_visible = own_items(reader, user)
    if remit is not None:
        known = Search(reader, remit.spans(), remit.covers).is_known
        is_visible = (lambda _item: True) if remit.is_all else known
    return [target.item for target in look_up(reader, home, text, is_visible)]


def require_readable(act: Act) -> None:
    """Acts are as public as the entries; where these are private, officers and its own actor read.

    Raises a problem 403 for others.
    """
    listed([act])


def is_readable(actor: str) -> bool:
    """Whether the user may read the acts of this actor, with the amounts of all holders."""
    user = session.current()
    return viewer.reads_entries() or (user is not None and user.uri == actor)


def listed(acts: Iterable[Act]) -> list[Act]:
    """The acts that the user may read; ProblemError 403 for none, where entries are private."""
    if viewer.reads_entries():
        return list(acts)
    readable = [act for act in acts if is_readable(act.actor)]
    if not readable:
        raise ProblemError(403, viewer.PRIVATE)
    return readable


def not_ones_own(reader: Reader, uri: str, kind: str, items: Sequence[str]) -> list[str]:
    """Those of these items of which a party may not begin a hold, or a recall."""
    if site().access(reader).is_officer(uri):
        return []
    if kind == "hold":
        return sorted(set(items) - reader.with_events(uri, items))
    return foreign(reader, site().genesis, uri, list(items))


def reached(reader: Reader, items: Sequence[str], *, forward: bool) -> Scope:
    """The scope of a recall of these items; ProblemError 403 where the user may not read it.

    Where entries are private it has the user's own items alone: of what others made of them they
    decide, and anybody may claim to have made something of theirs.
    """
    if viewer.reads_entries():
        return scope(reader, items, forward=forward)
    user = session.current()
    if user is None or not items or not_ones_own(reader, user.uri, "recall", items):
        raise ProblemError(403, viewer.PRIVATE)
    every = [affected.item for affected in scope(reader, items, forward=forward).items]
    others, named = set(not_ones_own(reader, user.uri, "recall", every)), set(items)
    own = scope(reader, [item for item in every if item not in others], forward=False)
    return replace(own, items=tuple(replace(x, is_asked=x.item in named) for x in own.items))


def ops(reader: Reader, uri: str, act: Act) -> tuple[str, ...]:
    """The operations on an open act that a party may state: on its end and scope, not its own part.

    Its actor and the authority end and extend it; any officer clears, and who made something of
    it clears that.
    """
    if act.ended is not None:
        return ()
    if uri in (act.actor, site().genesis.authority):
        return ("hold.release",) if act.kind == "hold" else _OF_RECALL
    is_officer = site().access(reader).is_officer(uri)
    if act.kind == "recall" and (is_officer or decides(reader, uri, act)):
        return ("recall.clear",)
    return ()


def decides(reader: Reader, uri: str, act: Act) -> dict[str, str | None]:
    """The names, by item, of what a party made of an act's items and has still to decide about."""
    made = {lot.item: lot.name for lot in ActBook(reader).undecided(act.leaf)}
    others = set(foreign(reader, site().genesis, uri, list(made)))
    return {item: name for item, name in made.items() if item not in others}


def require(reader: Reader, uri: str, op: str, act: Act, items: Collection[str] = ()) -> None:
    """Raise a problem 403 unless a party may say this of an act, if it is open."""
    if op in ("recall.acknowledge", "recall.report") or act.ended is not None:
        return  # looked over when it is drafted: it is for holders, and for acts that are open
    if op not in ops(reader, uri, act):
        raise ProblemError(
            403, "%s is an act of %s: only it or the authority may do this", act.uri, act.actor
        )
    is_whole = uri in (act.actor, site().genesis.authority) or site().access(reader).is_officer(uri)
    if op == "recall.clear" and not is_whole and set(items) - decides(reader, uri, act).keys():
        raise ProblemError(403, "you may clear what you made yourself of what is recalled, no more")
