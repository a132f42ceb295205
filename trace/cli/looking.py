"""`suyuan show`: what is there, and whether it is true."""

from pathlib import Path
from typing import Any

import click

from .. import history as histories
from ..audit import audit
from ..auditing.whole import audit as audit_whole
from ..contradictions import china_day
from ..erasures import Erasure, erasures
from ..findings import Finding, Kind
from ..history import History
from ..identifiers import codes
from ..identifiers.items import canonical
from ..ledger import Ledger
from ..private.digests import committed
from ..recall.recall_json import status_json
from ..recall.status import ActStatus, Judgement, Relation, judge
from ..resolve import NotFound, Target, resolve
from ..store.read import Reader
from ..verdicts import Cause, State, Tone, Verdict, describe
from ..verify import Checked
from .auditing import as_of, print_findings
from .common import follow, home_option, json_option, opened, plain, progress_bar, say, show_json
from .disclosing import erased

FOUND = 1
_OF_NONE = (Kind.SCHEMA, Kind.STORAGE, Kind.ALARM)
NOT_SHOWN = "not shown: that nothing newer was left out"
SERVER_WORD = "when links that no witness covers were recorded but by this server's word"


def _history(ledger: Ledger, text: str) -> tuple[Target, History]:
    with ledger.reading() as reader:
        return _read(reader, ledger, text)


def _read(reader: Reader, ledger: Ledger, text: str) -> tuple[Target, History]:
    target = resolve(reader, ledger.trust, text)
    if target.actor is not None:
        found = histories.path(reader, ledger.trust.genesis, target.item, target.actor)
    else:
        found = histories.whole(reader, ledger.trust.genesis, target.item)
    return target, found


@click.command()
@click.argument("item")
@click.option(
    "--disclosed", "is_disclosed", is_flag=True, help="With the hidden fields that are kept here."
)
@json_option
@home_option
def show(*, item: str, is_disclosed: bool, as_json: bool, home: Path | None) -> int:
    """The history of ITEM, oldest first, each link verified on the spot.

    `witnessed` gives the time of the cosignatures that cover a link; `logged`, until there are
    any, the server's own.
    """
    with opened(home) as ledger:
        with ledger.reading() as reader:
            target, found = _read(reader, ledger, item)
            made = _judged(reader, ledger, found)
            under = made.statuses
            hidden = _hidden(ledger, reader, found) if is_disclosed else {}
            gone = _erased(ledger, reader, found)
        if as_json:
            acts = [status_json(one, ledger.trust.host) for one in under]
            told = {**history_json(found), **made.verdict.to_dict(), "acts": acts}
            show_json(told | ({"disclosed": hidden} if is_disclosed else {}))
        else:
            click.echo(
                f"{target.item}  {codes.shown(codes.of_uri(target.item, ledger.trust.host))}"
            )
            for one in under:
                click.echo(plain(f"  {_act(one)}"))
            for checked in reversed(found.newest_first()):
                click.echo(_line(checked))
                for pointer, value in hidden.get(checked.index, {}).items():
                    click.echo(plain(f"          {pointer} = {value!r}"))
                for one_gone in gone.get(checked.hash, ()):
                    click.echo(plain(f"          {erased(one_gone)}"))
            for gap in found.gaps:
                click.echo(f"  MISSING  {gap.why}")
            on_way = {(one.item, one.actor) for one in made.path.begun}
            for begin in found.beginnings:
                if (begin.item, begin.actor) not in on_way:
                    click.echo(f"  the chain of {begin.actor} about {begin.item} begins here")
            _say_verdict(made.verdict)
            say(f"as of {found.size} links")
        return 0 if found.is_good else FOUND


def _hidden(ledger: Ledger, reader: Reader, found: History) -> dict[int, dict[str, object]]:
    """The hidden fields that are kept here, by index and pointer."""
    shown = {
        index: ledger.disclosures.shown(reader, one.link)
        for index, one in sorted(found.links.items())
        if one.link is not None
    }
    return {index: fields for index, fields in shown.items() if fields}


def _erased(ledger: Ledger, reader: Reader, found: History) -> dict[str, list[Erasure]]:
    """The erasures of what its links hide, by link hash."""
    hiding = [one.hash for one in found.links.values() if one.link is not None
              and committed(one.link)]  # fmt: skip
    return erasures(reader, ledger.trust.genesis, hiding)


def _act(one: ActStatus) -> str:
    what = f"RECALLED, level {one.act.level}" if one.is_recall else "ON HOLD"
    if one.relation is not Relation.ITSELF:
        where = "contains" if one.relation is Relation.CONTAINS else "packed in"
        what = f"{where} {one.covered}: {what.lower()}"
    closed = ", closed" if one.is_closed else ""
    return f"{what} by {one.act.actor}{closed}, act {one.act.uri}: {one.reason or 'no open reason'}"


def _line(checked: Checked) -> str:
    link = checked.link
    if link is None:
        said = "unreadable"
    elif link.event is not None:
        said = f"{link.event['eventTime']}  {link.event.get('bizStep', link.event['type'])}"
    elif link.statement is not None:
        said = f"{link.signed_at}  {link.statement['type']} {link.statement.get('op', '')}".rstrip()
    else:
        said = f"{link.signed_at}  an event by reference"
    actor = "" if link is None else link.actor
    marks = [f"{problem.rule}: {problem.why}" for problem in checked.problems]
    if checked.is_mandated and checked.key is not None:
        marks.append(f"recorded by {checked.key.party}")
    if link is not None and link.is_received:
        marks.append("reported by its actor")
    if checked.is_lost_key:
        marks.append("signed with a key reported lost")
    state = "ok     " if checked.is_good else "BROKEN "
    tail = f"  [{'; '.join(marks)}]" if marks else ""
    head = f"  {checked.index:>6}  {state} {said}  {actor}  {checked.hash[:16]}"
    return plain(f"{head}  {_recorded(checked)}{tail}")


def _recorded(checked: Checked) -> str:
    if checked.recorded is None:
        return "under no checkpoint"
    word = "logged" if checked.witnessed is None else "witnessed"
    return f"{word} {checked.recorded:%Y-%m-%dT%H:%M:%SZ}"


def history_json(found: History) -> dict[str, Any]:
    """A history for programs."""
    return {
        "item": found.item,
        "actor": found.actor,
        "size": found.size,
        "good": found.is_good,
        "links": [
            {
                "index": checked.index,
                "hash": checked.hash,
                "items": sorted(found.of[checked.index]),
                "actor": None if checked.link is None else checked.link.actor,
                "signed_by": None if checked.key is None else checked.key.party,
                "state": "logged" if checked.witnessed is None else "witnessed",
                "recorded": None if checked.recorded is None else checked.recorded.isoformat(),
                "logged": None if checked.logged is None else checked.logged.isoformat(),
                "event": None if checked.link is None else checked.link.event,
                "statement": None if checked.link is None else checked.link.statement,
                "problems": [{"rule": p.rule, "why": p.why} for p in checked.problems],
            }
            for _, checked in sorted(found.links.items())
        ],
        "gaps": [
            {"item": g.place.item, "actor": g.place.actor, "seq": g.place.seq, "why": g.why}
            for g in found.gaps
        ],
        "begins": [{"item": b.item, "actor": b.actor} for b in found.beginnings],
    }


def verify_item(item: str, *, is_strict: bool, as_json: bool, home: Path | None) -> int:
    """Verify the history of an item in the ledger; the exit code."""
    with opened(home) as ledger:
        follow(ledger)
        try:
            target, found = _history(ledger, item)
        except NotFound:
            if _lost(ledger, item):
                return FOUND
            raise
        with progress_bar("verifying") as tell:
            report = audit_whole(ledger, progress=tell)
        with ledger.reading() as reader:
            made = _judged(reader, ledger, found)
        findings = [f for f in report.findings if touches(f, found)]
        for finding in report.findings:
            if finding.rule in _OF_NONE:
                say(plain(f"for the operator, and of no single item: {finding}"))
        unread = [
            index for index, one in found.links.items()
            if one.link is not None and one.link.event_ref is not None
            and ledger.attachments.get(str(one.link.event_ref["sha256"])) is None
        ]  # fmt: skip
        made = made.with_more(
            [Cause(State.BROKEN, str(f.rule), index=f.index, tone=Tone.BAD) for f in findings]
            + [Cause(State.UNDECIDED, "unread", index=index) for index in unread]
        )
        verdict = made.verdict
        if as_json:
            show_json(
                {
                    "item": target.item,
                    **verdict.to_dict(),
                    "verified": not findings and found.is_good,
                    "links": len(found.links),
                    "size": report.size,
                    "findings": [f.to_dict() for f in findings],
                    "unread": unread,
                }
            )
        else:
            click.echo(f"{target.item}: {len(found.links)} links")
            print_findings(findings)
            _say_verdict(verdict)
            is_witnessed = all(one.witnessed is not None for one in found.links.values())
            said = "" if is_witnessed else f", and {SERVER_WORD}"
            say(f"{as_of(report)}; {NOT_SHOWN}{said}")
        return verdict.exit_code(is_strict=is_strict)


def _judged(reader: Reader, ledger: Ledger, found: History) -> Judgement:
    today = china_day(ledger.now())
    return judge(reader, ledger.trust.genesis, found, today=today)


def _say_verdict(verdict: Verdict) -> None:
    """The state and why, in a line each; what links and acts say by themselves stands above."""
    for cause in (*verdict.causes, *verdict.purchases):
        if (text := describe(cause)) is not None:
            click.echo(plain(f"  {'--' if cause.state is State.VERIFIED else '!!'}  {text}"))
    state = str(verdict.state).replace("_", " ")
    click.echo(state if verdict.state in (State.VERIFIED, State.BROKEN) else state.upper())


def _lost(ledger: Ledger, text: str) -> bool:
    """Whether what is named here stood in the ledger by its entries, and says so."""
    item = canonical(text) if ":" in text else codes.uri_of(codes.read(text), ledger.trust.host)
    findings = [f for f in audit(ledger, signatures=()).findings if f.item == item]
    print_findings(findings)
    return bool(findings)


def touches(finding: Finding, found: History) -> bool:
    """Whether a finding of the whole ledger bears on one history.

    It does if it is about one of its links, its items, the parties that speak or sign in it, or
    about the log and its state as a whole. Schema, storage and alarms are the operator's.
    """
    people = {one.link.actor for one in found.links.values() if one.link is not None}
    people |= {one.key.party for one in found.links.values() if one.key is not None}
    keys = {one.key.enrolled for one in found.links.values() if one.key is not None}
    return (
        finding.index in found.links
        or finding.index in keys
        or finding.item in {found.item, *found.items}
        or (found.actor is not None and finding.actor == found.actor)
        or finding.item in people
        or (finding.index is None and finding.item is None and finding.rule not in _OF_NONE)
        or finding.rule in ("log", "checkpoint")
    )


COMMANDS = (show,)
