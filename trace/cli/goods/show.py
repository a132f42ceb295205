"""`suyuan show`: the history of an item, verified."""

from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.trace.admission.chain import step
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import words_of
from suyuan.trace.goods import history as histories
from suyuan.trace.goods.disclosures import Erasure, erasures
from suyuan.trace.goods.history import History
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.goods.identity.lot_names import LotName, lot_names
from suyuan.trace.goods.resolve import Target
from suyuan.trace.goods.verdicts import STATES, State, Verdict
from suyuan.trace.goods.verdicts import describe as describe_cause
from suyuan.trace.goods.verify_link import Checked
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import ActStatus, Judgement, Relation, judge
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, as_of, command, option
from ..names import act_words, party_words
from ..terminal import FINDINGS, Text, local_time
from .disclosures import describe_erasure


def read_history(reader: Reader, ledger: Ledger, text: str) -> tuple[Target, History]:
    """The item that a person named, and its history or that of the way to one party's chain."""
    target = find_one(reader, ledger.trust, ledger.home, text)
    genesis = ledger.trust.genesis
    if target.actor is not None:
        return target, histories.path(reader, genesis, target.item, target.actor)
    return target, histories.whole(reader, genesis, target.item)


def judged(reader: Reader, ledger: Ledger, history: History) -> Judgement:
    """The verdict on a history as of today, and the acts that cover it."""
    return judge(reader, ledger.trust.genesis, history, today=china_day(ledger.now()))


@command("show", json=True)
def show(
    run: Run,
    item: str = argument(),
    is_disclosed: bool = option("--disclosed", help="With the hidden fields that are kept here."),
) -> int:
    """The history of ITEM, oldest first, each link verified on the spot.

    `witnessed` gives the time of the cosignatures that cover a link; `logged`, until there are
    any, the server's own.
    """
    with run.reading() as reader:
        target, history = read_history(reader, run.ledger, item)
        lot = lot_names(reader, run.host, [target.item], target.actor)[target.item]
        judgement = judged(reader, run.ledger, history)
        hidden = _hidden(run.ledger, reader, history) if is_disclosed else {}
        links = [checked.link for checked in history.links.values() if checked.link is not None]
        hiding = [link.hash for link in links if committed(link)]
        erased = erasures(reader, run.genesis, hiding)
        people = {link.actor for link in links} | {act.act.actor for act in judgement.statuses}
        names = {actor: reader.name(actor) for actor in people}
    acts = [status_json(standing, run.host) for standing in judgement.statuses]
    value = {**history_json(history), **judgement.verdict.to_dict(), "acts": acts}
    run.answer(
        value | ({"disclosed": hidden} if is_disclosed else {}),
        _lines(lot, history, judgement, hidden, erased, names),
        as_of(history.size),
    )
    return 0 if history.is_good else FINDINGS


def _hidden(ledger: Ledger, reader: Reader, history: History) -> dict[int, dict[str, object]]:
    shown = {
        index: ledger.disclosures.shown(reader, checked.link)
        for index, checked in sorted(history.links.items())
        if checked.link is not None
    }
    return {index: fields for index, fields in shown.items() if fields}


def _lines(
    lot: LotName,
    history: History,
    judgement: Judgement,
    hidden: dict[int, dict[str, object]],
    erased: dict[str, list[Erasure]],
    names: dict[str, str | None],
) -> Iterator[Text]:
    yield row(lot.item, *lot.codes)
    produced = None if lot.produced is None else lot.produced.isoformat()
    if lot.name or produced or lot.supplier:
        yield row(" ", row(lot.name, produced, lot.supplier, gap=" · "))
    for standing in judgement.statuses:
        yield row(" ", _act(standing, names))
    for checked in reversed(history.newest_first()):
        yield link_line(checked, names)
        for pointer, value in hidden.get(checked.index, {}).items():
            yield f"          {pointer} = {value!r}"
        for erasure in erased.get(checked.hash, ()):
            yield row(" " * 8, describe_erasure(erasure))
    for gap in history.gaps:
        yield row(" ", msg("MISSING"), gap.why)
    on_way = {(begin.item, begin.actor) for begin in judgement.path.begun}
    for begin in history.beginnings:
        if (begin.item, begin.actor) not in on_way:
            who = party_words(names.get(begin.actor), begin.actor)
            yield row(" ", msg("what %s has of %s begins here", who, begin.item))
    yield from verdict_lines(judgement.verdict)


def verdict_lines(verdict: Verdict) -> Iterator[Text]:
    """The state and its causes, in a line each, without those of links and acts."""
    for cause in (*verdict.causes, *verdict.purchases):
        if (text := describe_cause(cause)) is not None:
            yield row(" ", "--" if cause.state is State.VERIFIED else "!!", text, gap=" ")
    yield STATES[verdict.state]


def _act(standing: ActStatus, names: Mapping[str, str | None]) -> Message:
    act = standing.act
    state = act_words(act)
    if standing.relation is Relation.CONTAINS:
        state = msg("contains %s: %s", standing.covered, state)
    elif standing.relation is not Relation.ITSELF:
        state = msg("packed in %s: %s", standing.covered, state)
    return row(
        state,
        msg("closed") if standing.is_closed else None,
        msg("by %s", party_words(names.get(act.actor), act.actor)),
        act.uri,
        standing.reason or msg("no reason that is open"),
    )


def link_line(checked: Checked, names: Mapping[str, str | None]) -> Message:
    """A link in one line: its content, actor by these `names`, time of recording and problems."""
    link = checked.link
    marks: list[Text] = [msg("%s: %s", p.rule, p.why) for p in checked.problems]
    if checked.is_mandated and checked.key is not None:
        marks.append(msg("recorded by %s", checked.key.party))
    if link is not None and link.is_received:
        marks.append(msg("reported by its actor"))
    if checked.is_lost_key:
        marks.append(msg("signed with a key reported lost"))
    when = msg("under no checkpoint")
    if checked.recorded is not None:
        time = local_time(checked.recorded)
        when = msg("logged %s", time) if checked.witnessed is None else msg("witnessed %s", time)
    return row(
        f"  {checked.index:>6}",
        msg("ok") if checked.is_good else msg("BROKEN"),
        *_content(link),
        "" if link is None else names.get(link.actor) or link.actor,
        checked.hash[:16],
        when,
        msg("[%s]", row(*marks, gap="; ")) if marks else None,
    )


def _content(link: Link | None) -> tuple[Text, ...]:
    """When it was, and what a link says."""
    if link is None:
        return (msg("unreadable"),)
    if link.event is not None:
        return _time(link.event["eventTime"]), _step(link)
    if link.statement is not None:
        kind = " ".join(filter(None, (link.statement["type"], link.statement.get("op"))))
        return _time(link.signed_at), msg(words_of(kind))
    return _time(link.signed_at), msg("an event by reference")


def _time(text: object) -> Text:
    """A time that is signed, as people read it; as it stands where it is none."""
    time = parse(text)
    return str(text) if time is None else local_time(time)


def _step(link: Link) -> Text:
    """What an event records, in words; its own step where that is none of ours."""
    bare = step(link)
    return msg(words_of(bare)) if bare else str((link.event or {})["type"])


def _certainty(checked: Checked) -> str:
    return "logged" if checked.witnessed is None else "witnessed"


def history_json(history: History) -> dict[str, Any]:
    """A history for programs."""
    return {
        "item": history.item,
        "actor": history.actor,
        "size": history.size,
        "good": history.is_good,
        "links": [
            _link_json(checked) | {"items": sorted(history.of[checked.index])}
            for _, checked in sorted(history.links.items())
        ],
        "gaps": [
            {"item": g.place.item, "actor": g.place.actor, "seq": g.place.seq, "why": g.why}
            for g in history.gaps
        ],
        "begins": [{"item": b.item, "actor": b.actor} for b in history.beginnings],
    }


def _link_json(checked: Checked) -> dict[str, Any]:
    link = checked.link
    return {
        "index": checked.index,
        "hash": checked.hash,
        "items": [],
        "actor": None if link is None else link.actor,
        "signed_by": None if checked.key is None else checked.key.party,
        "state": _certainty(checked),
        "recorded": None if checked.recorded is None else checked.recorded.isoformat(),
        "logged": None if checked.logged is None else checked.logged.isoformat(),
        "event": None if link is None else link.event,
        "statement": None if link is None else link.statement,
        "problems": [{"rule": p.rule, "why": p.why} for p in checked.problems],
    }
