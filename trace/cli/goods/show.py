"""`suyuan show`: the history of an item, verified."""

from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.trace.admission.chain import step
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import msg
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import BY_BIZ_STEP
from suyuan.trace.goods import history as histories
from suyuan.trace.goods.disclosures import Erasure, erasures
from suyuan.trace.goods.history import History
from suyuan.trace.goods.identity.lookup import find_one
from suyuan.trace.goods.identity.lot_names import LotName, lot_names
from suyuan.trace.goods.resolve import Target
from suyuan.trace.goods.verdicts import State, Verdict
from suyuan.trace.goods.verdicts import describe as describe_cause
from suyuan.trace.goods.verify_link import Checked
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.recall_json import status_json
from suyuan.trace.recall.status import ActStatus, Judgement, Relation, judge
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, command, option
from ..terminal import FINDINGS, language, local_time
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
        names = {actor: reader.name(actor) for actor in {link.actor for link in links}}
    acts = [status_json(standing, run.host) for standing in judgement.statuses]
    value = {**history_json(history), **judgement.verdict.to_dict(), "acts": acts}
    run.answer(
        value | ({"disclosed": hidden} if is_disclosed else {}),
        _lines(lot, history, judgement, hidden, erased, names),
        f"as of {history.size} links",
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
) -> Iterator[str]:
    yield f"{lot.item}  {'  '.join(lot.codes)}"
    if about := [part for part in (lot.name, lot.produced, lot.supplier) if part]:
        yield f"  {' · '.join(map(str, about))}"
    for standing in judgement.statuses:
        yield f"  {_act(standing)}"
    for checked in reversed(history.newest_first()):
        yield link_line(checked, names)
        for pointer, value in hidden.get(checked.index, {}).items():
            yield f"          {pointer} = {value!r}"
        for erasure in erased.get(checked.hash, ()):
            yield f"          {describe_erasure(erasure)}"
    for gap in history.gaps:
        yield f"  MISSING  {gap.why}"
    on_way = {(begin.item, begin.actor) for begin in judgement.path.begun}
    for begin in history.beginnings:
        if (begin.item, begin.actor) not in on_way:
            yield f"  the chain of {begin.actor} about {begin.item} begins here"
    yield from verdict_lines(judgement.verdict)


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """The state and its causes, in a line each, without those of links and acts."""
    for cause in (*verdict.causes, *verdict.purchases):
        if (text := describe_cause(cause)) is not None:
            yield f"  {'--' if cause.state is State.VERIFIED else '!!'}  {text}"
    state = str(verdict.state).replace("_", " ")
    yield state if verdict.state in (State.VERIFIED, State.BROKEN) else state.upper()


def _act(standing: ActStatus) -> str:
    act = standing.act
    state = f"RECALLED, level {act.level}" if standing.is_recall else "ON HOLD"
    if standing.relation is not Relation.ITSELF:
        where = "contains" if standing.relation is Relation.CONTAINS else "packed in"
        state = f"{where} {standing.covered}: {state.lower()}"
    closed = ", closed" if standing.is_closed else ""
    return f"{state} by {act.actor}{closed}, act {act.uri}: {standing.reason or 'no open reason'}"


def link_line(checked: Checked, names: Mapping[str, str | None]) -> str:
    """A link in one line: its content, actor by these `names`, time of recording and problems."""
    link = checked.link
    if link is None:
        text = "unreadable"
    elif link.event is not None:
        text = f"{_time(link.event['eventTime'])}  {_step(link)}"
    elif link.statement is not None:
        stated = f"{link.statement['type']} {link.statement.get('op', '')}".rstrip()
        text = f"{_time(link.signed_at)}  {stated}"
    else:
        text = f"{_time(link.signed_at)}  an event by reference"
    actor = "" if link is None else names.get(link.actor) or link.actor
    marks = [f"{problem.rule}: {problem.why}" for problem in checked.problems]
    if checked.is_mandated and checked.key is not None:
        marks.append(f"recorded by {checked.key.party}")
    if link is not None and link.is_received:
        marks.append("reported by its actor")
    if checked.is_lost_key:
        marks.append("signed with a key reported lost")
    state = "ok     " if checked.is_good else "BROKEN "
    tail = f"  [{'; '.join(marks)}]" if marks else ""
    head = f"  {checked.index:>6}  {state} {text}  {actor}  {checked.hash[:16]}"
    when = "under no checkpoint"
    if checked.recorded is not None:
        when = f"{_certainty(checked)} {local_time(checked.recorded)}"
    return f"{head}  {when}{tail}"


def _time(text: object) -> str:
    """A time that is signed, as people read it; as it stands where it is none."""
    time = parse(text)
    return str(text) if time is None else local_time(time)


def _step(link: Link) -> str:
    """What an event records, in words; its own step where that is none of ours."""
    bare = step(link)
    known = None if bare is None else BY_BIZ_STEP.get(bare)
    if known is None:
        return bare or str((link.event or {})["type"])
    return msg(known.words).text(language())


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
