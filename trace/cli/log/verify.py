"""`suyuan verify`: an item's history in a ledger, or an evidence file by itself."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suyuan.trace.admission.trust import TrustError
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import EvidenceError, NewerVersion, NoEvidence
from suyuan.trace.evidence.describe import describe as describe_verdict
from suyuan.trace.evidence.verdict import BROKEN, UNDECIDED
from suyuan.trace.evidence.verify_file import verify as verify_bundle
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.goods.history import History
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.ledger.ledger import TRUST_FILE
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.watch.audit import audit, audit_rows

from ..command import Run, argument, command, follow, option
from ..files import read, read_trust
from ..goods.show import judged, read_history, verdict_lines
from ..terminal import FINDINGS, language, progress_bar, say, show
from .audit import as_of, finding_lines

_NO_TRUST = msg(
    "No trust file to check it with: take the ledger's, from whom you trust, and give it by "
    "--trust FILE or SUYUAN_TRUST"
)
_OF_NO_ITEM = (Kind.SCHEMA, Kind.STORAGE, Kind.ALARM)
NOT_SHOWN = msg("not shown: that nothing newer was left out")
SERVER_WORD = msg("when what no witness covers was recorded is this server's word alone")


@command("verify", json=True)
def verify(
    run: Run,
    item: str = argument(metavar="ITEM-OR-FILE"),
    trust: Path | None = option(
        envvar="SUYUAN_TRUST",
        help="The trust file for an evidence file [SUYUAN_TRUST, default the home's].",
    ),
    attached: tuple[Path, ...] = option(
        "--attachment",
        help="A file that an event by reference names, where the evidence file lacks it.",
    ),
    disclosed: tuple[Path, ...] = option(
        "--disclosure",
        help="A file of disclosures, one a line, to be checked against the evidence file's links.",
    ),
    holder: str | None = option(
        metavar="URI",
        help="Of an evidence file: whose goods are asked about, instead of all that it leads to.",
    ),
    is_strict: bool = option(
        "--strict",
        envvar="SUYUAN_STRICT",
        help="Exit code 1 for whatever is not verified: recalled, on hold, a failed test, and so "
        "on.",
    ),
) -> int:
    """Verify the history of an ITEM in the ledger, or an evidence FILE (.suyuan) by itself.

    Of an item: its links, its chains, its projections, and the log's root. Of a file: all that it
    shows under a trust file, without a ledger and without a network.
    """
    file = Path(item)
    try:
        is_evidence = file.suffix == bundle.SUFFIX or file.is_file()
    except (OSError, ValueError):  # too long, or not a name of a file at all
        is_evidence = False
    if is_evidence:
        return _verify_file(run, file, trust, attached, disclosed, holder, is_strict=is_strict)
    if trust is not None or attached or disclosed or holder is not None:
        raise LedgerError(
            "--trust, --attachment, --disclosure and --holder are for evidence files; ITEM is in "
            "the ledger"
        )
    return _verify_item(run, item, is_strict=is_strict)


def _disclosures(path: Path) -> list[str]:
    data = _read(path, msg("no disclosures"))
    try:
        return [line for line in data.decode("ascii").splitlines() if line]
    except UnicodeDecodeError:
        raise LedgerError("%s is no file of disclosures: base64url, one a line", path) from None


def _verify_file(
    run: Run,
    file: Path,
    trust_file: Path | None,
    attached: Sequence[Path],
    disclosed: Sequence[Path],
    holder: str | None,
    *,
    is_strict: bool,
) -> int:
    disclosures = [text for path in disclosed for text in _disclosures(path)]
    trust = read_trust(trust_file or run.home / TRUST_FILE, _NO_TRUST)
    data = [_read(path, msg("no attachment")) for path in attached]
    try:
        verdict = verify_bundle(
            bundle.parse(_read(file, msg("no evidence file"))),
            trust,
            attachments={hashlib.sha256(content).hexdigest(): content for content in data},
            disclosures=disclosures,
            holder=holder,
            today=china_day(datetime.now(UTC)),
        )
    except NoEvidence as error:
        raise LedgerError("%s: %s", file, error) from None
    except NewerVersion as error:
        run.answer(_unread("undecided", [], [str(error)]), [msg("%s: %s", file, error)])
        return UNDECIDED
    except EvidenceError as error:
        faults = [{"rule": "file", "why": str(error), "index": None}]
        run.answer(_unread("broken", faults, []), [msg("%s: BROKEN: %s", file, error)])
        return BROKEN
    except TrustError as error:
        raise CannotDecide(error) from None
    run.answer(verdict.to_dict(), describe_verdict(verdict, language()).splitlines())
    return verdict.judged.exit_code(is_strict=is_strict)


def _unread(verdict: str, faults: list[dict[str, Any]], undecided: list[str]) -> dict[str, Any]:
    return {"item": None, "verdict": verdict, "faults": faults, "undecided": undecided}


def _read(path: Path, name: Message) -> bytes:
    try:
        return read(path, bundle.MAX_BYTES + 1)
    except OSError as error:
        raise LedgerError("%s at %s: %s", name, path, error.strerror) from None


def _verify_item(run: Run, item: str, *, is_strict: bool) -> int:
    ledger = run.ledger
    follow(ledger)
    try:
        with run.reading() as reader:
            target, history = read_history(reader, ledger, item)
            judgement = judged(reader, ledger, history)
    except NotFound:
        if _is_lost(run, item):
            return FINDINGS
        raise
    with progress_bar(msg("verifying")) as tell:
        report = audit(ledger, progress=tell)
    findings = [finding for finding in report.findings if touches(finding, history)]
    for finding in report.findings:
        if finding.rule in _OF_NO_ITEM:
            say("for the operator, and of no single item: %s", finding)
    unread = [
        index
        for index, checked in history.links.items()
        if checked.link is not None
        and checked.link.event_ref is not None
        and ledger.attachments.get(str(checked.link.event_ref["sha256"])) is None
    ]
    verdict = judgement.with_more(
        [Cause(State.BROKEN, str(f.rule), index=f.index, tone=Tone.BAD) for f in findings]
        + [Cause(State.UNDECIDED, "unread", index=index) for index in unread]
    ).verdict
    value = {
        "item": target.item,
        **verdict.to_dict(),
        "verified": not findings and history.is_good,
        "links": len(history.links),
        "size": report.size,
        "findings": [finding.to_dict() for finding in findings],
        "unread": unread,
    }
    is_witnessed = all(checked.witnessed is not None for checked in history.links.values())
    run.answer(
        value,
        [
            msg("%s: %s records", target.item, len(history.links)),
            *finding_lines(findings),
            *verdict_lines(verdict),
        ],
        row(as_of(report), NOT_SHOWN, None if is_witnessed else SERVER_WORD, gap="; "),
    )
    return verdict.exit_code(is_strict=is_strict)


def _is_lost(run: Run, text: str) -> bool:
    """Whether findings name the item, which is in no chain; prints them."""
    item = canonical(text) if ":" in text else codes.uri_of(codes.read(text), run.host)
    findings = [f for f in audit_rows(run.ledger, signatures=()).findings if f.item == item]
    show(finding_lines(findings))
    return bool(findings)


def touches(finding: Finding, history: History) -> bool:
    """Whether a finding of the whole ledger bears on one history.

    It does if it is about one of its links, its items, the parties that speak or sign in it, or
    about the log and its state as a whole. Schema, storage and alarms are the operator's.
    """
    links = history.links.values()
    keys = [checked.key for checked in links if checked.key is not None]
    people = {checked.link.actor for checked in links if checked.link is not None}
    people |= {key.party for key in keys}
    return (
        finding.index in history.links
        or finding.index in {key.enrolled for key in keys}
        or finding.item in {history.item, *history.items}
        or (history.actor is not None and finding.actor == history.actor)
        or finding.item in people
        or (finding.index is None and finding.item is None and finding.rule not in _OF_NO_ITEM)
        or finding.rule in ("log", "checkpoint")
    )
