"""What an evidence file shows, does not show and leaves undecided, in sentences for people."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from suyuan.trace.format.link import Link
from suyuan.trace.goods.verdicts import State
from suyuan.trace.goods.verdicts import describe as describe_cause
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.policy import Policy, Witnessed

from .bundle import Run
from .verdict import BROKEN, VERIFIED, LinkReport, Scoped, Shown, Verdict, instant

_HEADS = {
    "history": "Records of the item and what it comes from",
    "standing": "Who may sign",
    "beside": "Said beside it",
}

_ENDED = {"release": "released", "close": "closed", "withdraw": "withdrawn"}


def describe(verdict: Verdict) -> str:
    """The verdict in words, a line each: what it is, as of when, each link, what is not shown."""
    return "\n".join(_lines(verdict)) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.item}: {describe_answer(verdict)}"
    yield describe_checkpoint(verdict)
    for scope in verdict.scopes:
        yield f"  {'!!' if scope.is_in_force else '--'}  {describe_scope(scope)}"
    for cause in (*verdict.judged.causes, *verdict.judged.purchases):
        if (text := describe_cause(cause)) is not None:
            yield f"  {'--' if cause.state is State.VERIFIED else '!!'}  {text}"
    for fault in verdict.faults:
        where = "" if fault.index is None else f"index {fault.index}: "
        yield f"  BROKEN   {where}{fault.rule}: {fault.why}"
    for why in verdict.undecided:
        yield f"  OPEN     {why}"
    for part, head in _HEADS.items():
        if links := [link for link in verdict.links if link.part == part]:
            yield f"{head}: {len(links)}"
            yield from (f"  {_link(link)}" for link in links)
    for disclosed in verdict.shown:
        yield f"  {_shown(disclosed)}"
    for gone in verdict.erased:
        yield (
            f"  confidential fields of index {gone.index} were erased at index {gone.by} by "
            f"{_named(gone.actor_name, gone.actor)}, {gone.signed_at}"
        )
    on_way = {(c.item, c.actor) for c in (*verdict.judged.causes, *verdict.judged.purchases)}
    for begin in verdict.beginnings:
        if (begin.item, begin.actor) not in on_way:
            yield f"  the chain of {begin.actor} about {begin.item} begins here"
    if verdict.not_shown:
        yield "Not shown by this file:"
        yield from (f"  - {gap}" for gap in verdict.not_shown)


def describe_answer(verdict: Verdict) -> str:
    """The answer in one sentence."""
    links = f"{len(verdict.links)} links"
    if verdict.is_verified:
        return f"verified, {links}"
    if verdict.exit_code == BROKEN:
        return "BROKEN: do not rely on it"
    state = str(verdict.judged.state).upper().replace("_", " ")
    if verdict.exit_code == VERIFIED:
        return f"{state}; its records are unchanged and signed, {links}"
    prefix = "" if verdict.judged.state is State.UNDECIDED else f"{state}; "
    return f"{prefix}could not be decided; nothing of what could be checked is wrong"


def describe_checkpoint(verdict: Verdict) -> str:
    """As of which checkpoint, and who vouches for it since when."""
    if (at := verdict.checkpoint) is None:
        return "under no checkpoint that this trust file accepts"
    text = f"as of size {at.size} of {at.origin}"
    if not verdict.has_policy:
        return f"{text}, signed by the log; the trust file names no witnesses"
    if not verdict.is_met:
        return f"{text}, signed by the log, not yet witnessed"
    if verdict.time is None:
        return f"{text}, signed by the log; the trust file's policy asks for no witness"
    names = ", ".join(
        f"{cosigner.name} ({'auditing, ' if cosigner.is_auditing else ''}{instant(cosigner.time)})"
        for cosigner in verdict.cosigned
    )
    when = instant(verdict.time)
    return f"{text}, cosigned at {when} by {names}: all of it was recorded no later than that"


def describe_scope(scope: Scoped) -> str:
    """One sentence on an item's place in the scope of a hold or a recall."""
    by = f"by {_named(scope.actor_name, scope.actor)}, act {scope.act}"
    if scope.since is None:
        return f"{scope.item} is found not to be concerned by the {scope.kind} {by}, at index " + (
            str(scope.cleared)
        )
    level = "" if scope.level is None else f" at level {'I' * scope.level}"
    status = "under hold" if scope.kind == "hold" else f"recalled{level}"
    if scope.is_drill:
        status = f"in a drill of a recall{level}, which changes nothing,"
    was = "is" if scope.is_in_force or scope.is_drill else "was"
    text = f"{scope.item} {was} {status} since index {scope.since} {by}"
    if scope.cleared is not None:
        text += f"; taken out of it at index {scope.cleared}"
    if scope.ended is not None:
        text += f"; {_ENDED[str(scope.ending)]} at index {scope.ended}"
    return text


def _shown(disclosed: Shown) -> str:
    if disclosed.pointer is None:
        return f"index {disclosed.index} commits to something that is no disclosure of a field"
    value = json.dumps(disclosed.value, ensure_ascii=False)
    text = f"disclosed: index {disclosed.index} {disclosed.pointer} = {value}"
    return text if disclosed.is_placed else f"{text}  [the record has no place for it]"


def _link(link: LinkReport) -> str:
    state = "BROKEN " if link.faults else "ok     "
    if link.actor is None:
        text = f"{link.said}  {link.hash[:16]}"
    else:
        text = f"{link.when}  {link.said}  {_who(link)}  {link.hash[:16]}"
    marks = [f"{fault.rule}: {fault.why}" for fault in link.faults]
    if link.is_received:
        marks.append("reported by its actor, from a document")
    if link.is_recovery:
        marks.append("a recovery: another enrolled this key and ended the earlier ones")
    if link.is_reported_lost:
        marks.append("signed with a key reported lost")
    if link.is_unread:
        marks.append("the event itself is not in the file")
    tail = f"  [{'; '.join(marks)}]" if marks else ""
    return f"{link.index:>6}  {state} {text}{tail}"


def _who(link: LinkReport) -> str:
    actor = _named(link.actor_name, str(link.actor))
    if link.signed_by is None:
        return f"for {actor}, by a key that the file does not enrol, {str(link.keyid)[:16]}"
    key = f"key {str(link.keyid)[:16]}"
    key += ", the root key" if link.enrolled is None else f", enrolled at {link.enrolled}"
    if link.is_mandated:
        signer = _named(link.signed_by_name, link.signed_by)
        under = "no mandate" if link.mandate is None else f"the mandate at {link.mandate}"
        return f"recorded by {signer} for {actor} under {under} ({key})"
    return f"signed by {actor} ({key})"


def _named(name: str | None, uri: str) -> str:
    return uri if name is None else f"{name} <{uri}>"


def undecided(
    witnessed: Witnessed,
    policy: Policy | None,
    links: Sequence[LinkReport],
    newer: Sequence[str],
    runs: Sequence[Run] = (),
) -> Iterator[str]:
    """Why the file is neither verified nor broken, each reason by itself."""
    if policy is not None and not witnessed.is_met:
        names = ", ".join(cosigner.name for cosigner in witnessed.cosigned) or "nobody"
        yield (
            f"not yet witnessed: cosigned by {names}, which does not meet the trust file's policy. "
            "Take the file anew once its checkpoint is cosigned"
        )
    yield from newer
    for link in links:
        if link.is_unread:
            yield f"the event by reference at index {link.index} is not in the file"
    left: dict[tuple[str, str], int] = {}
    for run in runs:
        left[run.actor, run.item] = left.get((run.actor, run.item), 0) + run.count
    for (actor, item), count in left.items():
        yield f"{count:,} links of {actor}'s chain about {item} are not in this file"


def not_shown(
    checkpoint: Checkpoint,
    links: Mapping[int, Link],
    items: Collection[str],
    *,
    item: str,
    attached: Collection[str],
    auditing: Sequence[str],
    is_witnessed: bool,
) -> Iterator[str]:
    """What a reader must not take as shown, with `attached` contents and `auditing` witnesses."""
    yield "whether what was signed is true: a signature shows who says it"
    yield f"anything recorded later: it is as of size {checkpoint.size}"
    yield from _left_out(auditing)
    yield "that no hold or recall was left out: it shows those that it has"
    if not is_witnessed:
        yield (
            "that the log shows the same to everyone, and when it recorded this: no witness whom "
            "the trust file names vouches for it, only the ledger's own key"
        )
    yield f"the chains of others about {item} that its links do not lead to"
    others = {
        ref.item
        for link in links.values()
        if link.statement is None and any(about.item in items for about in link.items)
        for ref in link.items
        if ref.item not in items
    }
    if others:
        yield f"the chains of other items in the same records: {len(others)}"
    foreign = sum(after.ledger is not None for link in links.values() for after in link.after)
    if foreign:
        yield f"links of other ledgers that are named, and are not checked: {foreign}"
    documents = {
        str(link.document["sha256"]) for link in links.values() if link.document is not None
    }
    if absent := len(documents - set(attached)):
        yield f"documents that records were made from, which are not in the file: {absent}"


def _left_out(auditing: Sequence[str]) -> Iterator[str]:
    left_out = (
        "a key's revocation or a party's leaving, a mandate's end, a second link of the same "
        "number, an earlier coding of the same item"
    )
    if auditing:
        yield (
            f"by the file alone, that nothing was left out of it ({left_out}); but "
            f"{', '.join(auditing)} read every entry of the log up to this checkpoint and cosigns "
            "only where no rule is broken"
        )
    else:
        yield (
            f"that nothing was left out: {left_out}. No auditing witness of the trust file vouches "
            "for that"
        )
