"""A verdict as lines for people."""

import json
from collections.abc import Iterator

from ..verdicts import State, describe
from .verdict import BROKEN, VERIFIED, Scoped, Shown, Told, Verdict, instant

_HEADS = {
    "history": "Records of the item and what it comes from",
    "standing": "Who may sign",
    "beside": "Said beside it",
}

_ENDED = {"release": "released", "close": "closed", "withdraw": "withdrawn"}


def tell(verdict: Verdict) -> str:
    """The verdict in words, a line each: what it is, as of when, each link, what is not shown."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.item}: {answer(verdict)}"
    yield as_of(verdict)
    for scope in verdict.scopes:
        yield f"  {'!!' if scope.is_in_force else '--'}  {under(scope)}"
    for cause in (*verdict.judged.causes, *verdict.judged.purchases):
        if (text := describe(cause)) is not None:
            yield f"  {'--' if cause.state is State.VERIFIED else '!!'}  {text}"
    for fault in verdict.faults:
        where = "" if fault.index is None else f"index {fault.index}: "
        yield f"  BROKEN   {where}{fault.rule}: {fault.why}"
    for why in verdict.undecided:
        yield f"  OPEN     {why}"
    for part, head in _HEADS.items():
        told = [one for one in verdict.links if one.part == part]
        if told:
            yield f"{head}: {len(told)}"
            yield from (f"  {_link(one)}" for one in told)
    for one in verdict.shown:
        yield f"  {_shown(one)}"
    for gone in verdict.erased:
        yield (
            f"  confidential fields of index {gone.index} were erased at index {gone.by} by "
            f"{_named(gone.actor_name, gone.actor)}, {gone.signed_at}"
        )
    on_way = {(one.item, one.actor) for one in (*verdict.judged.causes, *verdict.judged.purchases)}
    for begin in verdict.beginnings:
        if (begin.item, begin.actor) not in on_way:
            yield f"  the chain of {begin.actor} about {begin.item} begins here"
    if verdict.not_shown:
        yield "Not shown by this file:"
        yield from (f"  - {what}" for what in verdict.not_shown)


def answer(verdict: Verdict) -> str:
    """The answer in one sentence."""
    links = f"{len(verdict.links)} links"
    if verdict.is_verified:
        return f"verified, {links}"
    if verdict.exit_code == BROKEN:
        return "BROKEN: do not rely on it"
    state = str(verdict.judged.state).upper().replace("_", " ")
    if verdict.exit_code == VERIFIED:
        return f"{state}; its records are unchanged and signed, {links}"
    what = "" if verdict.judged.state is State.UNDECIDED else f"{state}; "
    return f"{what}could not be decided; nothing of what could be checked is wrong"


def as_of(verdict: Verdict) -> str:
    """As of which checkpoint, and who vouches for it since when."""
    at = verdict.checkpoint
    if at is None:
        return "under no checkpoint that this trust file accepts"
    said = f"as of size {at.size} of {at.origin}"
    if not verdict.has_policy:
        return f"{said}, signed by the log; the trust file names no witnesses"
    if not verdict.is_met:
        return f"{said}, signed by the log, not yet witnessed"
    if verdict.time is None:
        return f"{said}, signed by the log; the trust file's policy asks for no witness"
    names = ", ".join(
        f"{one.name} ({'auditing, ' if one.is_auditing else ''}{instant(one.time)})"
        for one in verdict.cosigned
    )
    when = instant(verdict.time)
    return f"{said}, cosigned at {when} by {names}: all of it was recorded no later than that"


def under(scope: Scoped) -> str:
    """What a hold or a recall says of an item, in one sentence."""
    by = f"by {_named(scope.actor_name, scope.actor)}, act {scope.act}"
    if scope.since is None:
        return f"{scope.item} is found not to be concerned by the {scope.kind} {by}, at index " + (
            str(scope.cleared)
        )
    level = "" if scope.level is None else f" at level {'I' * scope.level}"
    what = "under hold" if scope.kind == "hold" else f"recalled{level}"
    if scope.is_drill:
        what = f"in a drill of a recall{level}, which changes nothing,"
    was = "is" if scope.is_in_force or scope.is_drill else "was"
    said = f"{scope.item} {was} {what} since index {scope.since} {by}"
    if scope.cleared is not None:
        said += f"; taken out of it at index {scope.cleared}"
    if scope.ended is not None:
        said += f"; {_ENDED[str(scope.ending)]} at index {scope.ended}"
    return said


def _shown(one: Shown) -> str:
    if one.pointer is None:
        return f"index {one.index} commits to something that is no disclosure of a field"
    value = json.dumps(one.value, ensure_ascii=False)
    said = f"disclosed: index {one.index} {one.pointer} = {value}"
    return said if one.is_placed else f"{said}  [the record has no place for it]"


def _link(told: Told) -> str:
    state = "BROKEN " if told.faults else "ok     "
    if told.actor is None:
        said = f"{told.said}  {told.hash[:16]}"
    else:
        said = f"{told.when}  {told.said}  {_who(told)}  {told.hash[:16]}"
    marks = [f"{fault.rule}: {fault.why}" for fault in told.faults]
    if told.is_received:
        marks.append("reported by its actor, from a document")
    if told.is_recovery:
        marks.append("a recovery: another enrolled this key and ended the earlier ones")
    if told.is_lost_key:
        marks.append("signed with a key reported lost")
    if told.is_unread:
        marks.append("the event itself is not in the file")
    tail = f"  [{'; '.join(marks)}]" if marks else ""
    return f"{told.index:>6}  {state} {said}{tail}"


def _who(told: Told) -> str:
    actor = _named(told.actor_name, str(told.actor))
    if told.signer is None:
        return f"for {actor}, by a key that the file does not enrol, {str(told.keyid)[:16]}"
    key = f"key {str(told.keyid)[:16]}"
    key += ", the root key" if told.enrolled is None else f", enrolled at {told.enrolled}"
    if told.is_mandated:
        signer = _named(told.signer_name, told.signer)
        under = "no mandate" if told.mandate is None else f"the mandate at {told.mandate}"
        return f"recorded by {signer} for {actor} under {under} ({key})"
    return f"signed by {actor} ({key})"


def _named(name: str | None, uri: str) -> str:
    return uri if name is None else f"{name} <{uri}>"
