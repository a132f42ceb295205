"""What an evidence file shows, does not show and leaves undecided, in sentences for people."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Language, Message, as_message, msg, row
from suyuan.trace.format.times import parse, zone
from suyuan.trace.format.vocabulary import words_of
from suyuan.trace.goods.verdicts import STATES, State
from suyuan.trace.goods.verdicts import describe as describe_cause
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.policy import Policy, Witnessed

from .bundle import Run
from .verdict import BROKEN, VERIFIED, LinkReport, Scoped, Shown, Verdict, instant

_HEADS = {
    "history": msg("Records of the item and what it comes from: %(count)s"),
    "standing": msg("Who may sign: %(count)s"),
    "beside": msg("Said beside it: %(count)s"),
}

_ENDED = {
    "release": msg("released at index %(index)s"),
    "close": msg("closed at index %(index)s"),
    "withdraw": msg("withdrawn at index %(index)s"),
}
Text = str | Message


def describe(verdict: Verdict, language: Language = "en") -> str:
    """The verdict in words, a line each: what it is, as of when, each link, what is not shown."""
    return "".join(f"{as_message(line).text(language)}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[Text]:
    yield msg("%s: %s", verdict.item, describe_answer(verdict))
    yield describe_checkpoint(verdict)
    for scope in verdict.scopes:
        yield row(" ", "!!" if scope.is_in_force else "--", describe_scope(scope))
    for cause in (*verdict.judged.causes, *verdict.judged.purchases):
        if (text := describe_cause(cause)) is not None:
            yield row(" ", "--" if cause.state is State.VERIFIED else "!!", text)
    for fault in verdict.faults:
        where = None if fault.index is None else msg("index %s", fault.index)
        yield row(" ", msg("BROKEN"), row(where, fault.rule, fault.why, gap=": "))
    for why in verdict.undecided:
        yield row(" ", msg("OPEN"), why)
    for part, head in _HEADS.items():
        if links := [link for link in verdict.links if link.part == part]:
            yield Message(head.msgid, {"count": len(links)})
            yield from (row(" ", _link(link)) for link in links)
    for disclosed in verdict.shown:
        yield row(" ", _shown(disclosed))
    for gone in verdict.erased:
        erased = msg(
            "confidential fields of index %s were erased at index %s by %s, %s",
            gone.index,
            gone.by,
            _named(gone.actor_name, gone.actor),
            gone.signed_at,
        )
        yield row(" ", erased)
    on_way = {(c.item, c.actor) for c in (*verdict.judged.causes, *verdict.judged.purchases)}
    for begin in verdict.beginnings:
        if (begin.item, begin.actor) not in on_way:
            yield row(" ", msg("what %s has of %s begins here", begin.actor, begin.item))
    if verdict.not_shown:
        yield msg("Not shown by this file:")
        yield from (row("  -", gap, gap=" ") for gap in verdict.not_shown)


def describe_answer(verdict: Verdict) -> Message:
    """The answer in one sentence."""
    count = len(verdict.links)
    if verdict.is_verified:
        return msg("verified, %s records", count)
    if verdict.exit_code == BROKEN:
        return msg("BROKEN: do not rely on it")
    state = STATES[verdict.judged.state]
    if verdict.exit_code == VERIFIED:
        return msg("%s; its records are unchanged and signed, %s records", state, count)
    undecided = msg("could not be decided; nothing of what could be checked is wrong")
    return row(None if verdict.judged.state is State.UNDECIDED else state, undecided, gap="; ")


def describe_checkpoint(verdict: Verdict) -> Message:
    """As of which checkpoint, and who vouches for it since when."""
    if (at := verdict.checkpoint) is None:
        return msg("under no checkpoint that this trust file accepts")
    as_of = msg("as of size %s of %s", at.size, at.origin)
    if not verdict.has_policy:
        return msg("%s, signed by the log; the trust file names no witnesses", as_of)
    if not verdict.is_met:
        return msg("%s, signed by the log, not yet witnessed", as_of)
    if verdict.time is None:
        return msg("%s, signed by the log; the trust file's policy asks for no witness", as_of)
    names = [
        msg("%s (auditing, %s)", cosigner.name, _local(cosigner.time))
        if cosigner.is_auditing
        else msg("%s (%s)", cosigner.name, _local(cosigner.time))
        for cosigner in verdict.cosigned
    ]
    when = _local(verdict.time)
    return msg(
        "%s, cosigned at %s by %s: all of it was recorded no later than that", as_of, when, names
    )


def _local(time: int) -> str:
    """A POSIX second as people read it, in the ledger's zone; else as `instant` has it."""
    try:
        return f"{datetime.fromtimestamp(time, zone()):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return instant(time)


def describe_scope(scope: Scoped) -> Message:
    """One sentence on an item's place in the scope of a hold or a recall."""
    by = msg("by %s, act %s", _named(scope.actor_name, scope.actor), scope.act)
    item, level = scope.item, "I" * (scope.level or 0)
    if scope.since is None:
        return msg("%s is found not to be concerned, at index %s, %s", item, scope.cleared, by)
    is_now = scope.is_in_force or scope.is_drill
    if scope.is_drill:
        text = msg("%s is in a drill of a recall at level %s, which changes nothing,", item, level)
    elif scope.kind == "hold":
        text = msg("%s is under hold", item) if is_now else msg("%s was under hold", item)
    elif is_now:
        text = msg("%s is recalled at level %s", item, level)
    else:
        text = msg("%s was recalled at level %s", item, level)
    ended = None
    if scope.ended is not None:
        ended = Message(_ENDED[str(scope.ending)].msgid, {"index": scope.ended})
    out = None if scope.cleared is None else msg("taken out of it at index %s", scope.cleared)
    return row(msg("%s since index %s %s", text, scope.since, by), out, ended, gap="; ")


def _shown(disclosed: Shown) -> Message:
    if disclosed.pointer is None:
        index = disclosed.index
        return msg("index %s commits to something that is no disclosure of a field", index)
    value = json.dumps(disclosed.value, ensure_ascii=False)
    text = msg("disclosed: index %s %s = %s", disclosed.index, disclosed.pointer, value)
    return row(text, None if disclosed.is_placed else msg("[the record has no place for it]"))


def _link(link: LinkReport) -> Message:
    marks: list[Text] = [msg("%s: %s", fault.rule, fault.why) for fault in link.faults]
    if link.is_received:
        marks.append(msg("reported by its actor, from a document"))
    if link.is_recovery:
        marks.append(msg("a recovery: another enrolled this key and ended the earlier ones"))
    if link.is_reported_lost:
        marks.append(msg("signed with a key reported lost"))
    if link.is_unread:
        marks.append(msg("the event itself is not in the file"))
    return row(
        f"{link.index:>6}",
        msg("BROKEN") if link.faults else msg("ok"),
        None if link.actor is None else _when(link.when),
        msg(words_of(link.said)),
        None if link.actor is None else _who(link),
        link.hash[:16],
        msg("[%s]", row(*marks, gap="; ")) if marks else None,
    )


def _when(text: str | None) -> str | None:
    """A time that is signed, in the ledger's zone; as it stands where it is none."""
    time = parse(text)
    return text if time is None else f"{time.astimezone(zone()):%Y-%m-%d %H:%M}"


def _who(link: LinkReport) -> Message:
    actor, key = _named(link.actor_name, str(link.actor)), str(link.keyid)[:16]
    if link.signed_by is None:
        return msg("for %s, by a key that the file does not enrol, %s", actor, key)
    enrolled = msg("key %s, the root key", key)
    if link.enrolled is not None:
        enrolled = msg("key %s, enrolled at %s", key, link.enrolled)
    if not link.is_mandated:
        return msg("signed by %s (%s)", actor, enrolled)
    signer = _named(link.signed_by_name, link.signed_by)
    under = msg("no mandate")
    if link.mandate is not None:
        under = msg("the mandate at %s", link.mandate)
    return msg("recorded by %s for %s under %s (%s)", signer, actor, under, enrolled)


def _named(name: str | None, uri: str) -> str:
    return uri if name is None else f"{name} <{uri}>"


def undecided(
    witnessed: Witnessed,
    policy: Policy | None,
    links: Sequence[LinkReport],
    newer: Sequence[str],
    runs: Sequence[Run] = (),
) -> Iterator[Message]:
    """Why the file is neither verified nor broken, each reason by itself."""
    if policy is not None and not witnessed.is_met:
        names = [cosigner.name for cosigner in witnessed.cosigned]
        yield msg(
            "not yet witnessed: cosigned by %s, which does not meet the trust file's policy. Take "
            "the file anew once its checkpoint is cosigned",
            names or msg("nobody"),
        )
    yield from map(as_message, newer)
    for link in links:
        if link.is_unread:
            yield msg("the event by reference at index %s is not in the file", link.index)
    left: dict[tuple[str, str], int] = {}
    for run in runs:
        left[run.actor, run.item] = left.get((run.actor, run.item), 0) + run.count
    for (actor, item), count in left.items():
        yield msg("%s records of %s about %s are not in this file", count, actor, item)


def not_shown(
    checkpoint: Checkpoint,
    links: Mapping[int, Link],
    items: Collection[str],
    *,
    item: str,
    attached: Collection[str],
    auditing: Sequence[str],
    is_witnessed: bool,
) -> Iterator[Message]:
    """What a reader must not take as shown, with `attached` contents and `auditing` witnesses."""
    yield msg("whether what was signed is true: a signature shows who says it")
    yield msg("anything recorded later: it is as of size %s", checkpoint.size)
    yield from _left_out(auditing)
    yield msg("that no hold or recall was left out: it shows those that it has")
    if not is_witnessed:
        yield msg(
            "that the log shows the same to everyone, and when it recorded this: no witness whom "
            "the trust file names vouches for it, only the ledger's own key"
        )
    yield msg("what others recorded of %s, where its records do not lead to it", item)
    others = {
        ref.item
        for link in links.values()
        if link.statement is None and any(about.item in items for about in link.items)
        for ref in link.items
        if ref.item not in items
    }
    if others:
        yield msg("what was recorded of other items of the same records: %s", len(others))
    foreign = sum(after.ledger is not None for link in links.values() for after in link.after)
    if foreign:
        yield msg("records of other ledgers that are named, and are not checked: %s", foreign)
    documents = {
        str(link.document["sha256"]) for link in links.values() if link.document is not None
    }
    if absent := len(documents - set(attached)):
        yield msg("documents that records were made from, which are not in the file: %s", absent)


def _left_out(auditing: Sequence[str]) -> Iterator[Message]:
    left_out = msg(
        "a key's revocation or a party's leaving, a mandate's end, a second record of the same "
        "number, an earlier coding of the same item"
    )
    if auditing:
        yield msg(
            "by the file alone, that nothing was left out of it (%s); but %s read every entry of "
            "the log up to this checkpoint and cosigns only where no rule is broken",
            left_out,
            list(auditing),
        )
    else:
        yield msg(
            "that nothing was left out: %s. No auditing witness of the trust file vouches for that",
            left_out,
        )
