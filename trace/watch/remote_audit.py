"""The audit of a ledger served elsewhere: all of it that can be seen over HTTP.

Every entry, hash, signature, chain, key and rule by the replica; then every hash tile as it is
served against the tree of those entries, and the checkpoints that are known against each other.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence.receipt_check import Damaged, KeptReceipt
from suyuan.trace.evidence.receipt_check import compare as compare_receipt
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.errors import CannotDecide, FetchError
from suyuan.trace.log import policy
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint
from suyuan.trace.log.client import LogClient, in_order
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetcher, Getting
from suyuan.trace.log.policy import Witnessed
from suyuan.trace.log.tiles import LogSource, Tile, content, tiles
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files.auditors import token_for
from suyuan.trace.store.files.durable import replace

from .misbehaviour import LogMisbehaved
from .replica import NAMED, Progress, Replica

_COMPARED = "tiles-compared"
_AHEAD = 4


@dataclass(slots=True)
class RemoteReport:
    """What an audit from outside found, as of `size` links.

    `checkpoints` is how many signed notes were held against the tree, `time` the second by which
    the served one met its quorum; `is_witnessed` is true where none is asked for.
    """

    size: int
    root: bytes
    is_witnessed: bool
    cosigned: tuple[str, ...] = ()
    time: str | None = None
    checkpoints: int = 0
    tiles: int = 0
    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "good": self.is_good,
            "size": self.size,
            "root": self.root.hex(),
            "checkpoints": self.checkpoints,
            "tiles": self.tiles,
            "witnessed": self.is_witnessed,
            "cosigned": list(self.cosigned),
            "time": self.time,
            "findings": [finding.to_dict() for finding in self.findings],
            "notices": [finding.to_dict() for finding in self.notices],
        }


def audit_url(
    url: str,
    trust: Trust,
    folder: Path | None = None,
    kept: str | None = None,
    progress: Progress | None = None,
    *,
    receipts: Sequence[KeptReceipt] = (),
    fetcher: Getting | None = None,
    checkers: Checkers | None = None,
) -> RemoteReport:
    """Audit the log below `url` by its trust file.

    With a `folder` only what is new since the last audit into it is read, and one that was
    interrupted goes on. `kept` is a checkpoint's note kept elsewhere, which must be in the log's
    past; so must `receipts`, which are looked at first: one that is not is a finding though the
    entries cannot be read. Raises CannotDecide where the log does not show what is needed, its
    checkpoint first of all; LogError where `kept` is no checkpoint of this log, or a receipt is
    damaged; LedgerError for what is no URL or another ledger's folder; StoreError where the folder
    cannot be used.
    """
    old = None if kept is None else open_checkpoint(kept, trust.log)
    client = LogClient(fetcher or Fetcher(url, token=token_for(trust.origin)), trust.log)
    witnesses = policy.required(trust.policy)
    try:
        note, checkpoint = client.checkpoint()
        witnessed = policy.check(note, trust.log, witnesses)
    except LogError as error:
        raise CannotDecide(
            "no checkpoint of %s is served at %s: %s", trust.origin, url, error
        ) from None
    report = _report(witnessed)
    _compare_receipts(report, client, checkpoint, receipts)
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(TemporaryDirectory(prefix="suyuan-audit-")))
        replica = stack.enter_context(Replica(place, trust, checkers))
        try:
            replica.advance(client, note, progress=progress)
        except LogMisbehaved as error:
            report.findings += error.misbehaviour.findings or [_of_log(str(error))]
        except LogError as error:
            report.findings.append(_served(str(error)))
        except CannotDecide:
            if not report.findings:
                raise
        else:
            seen = replica.verified()
            if seen is not None and seen.checkpoint.size > checkpoint.size:
                why = f"{checkpoint.size} links are served, {seen.checkpoint.size} were before"
                report.findings.append(_of_log(f"the log goes backwards: {why}"))
            _compare_tiles(report, client, checkpoint, replica, place)
            with replica.store.reading() as reader:
                report.checkpoints = sum(
                    stored.size <= checkpoint.size for stored in reader.checkpoints()
                )
            if old is not None:
                _compare_kept(report, old, checkpoint, replica)
    return report


def _report(witnessed: Witnessed) -> RemoteReport:
    when = None
    if witnessed.time is not None:
        try:
            when = f"{datetime.fromtimestamp(witnessed.time, UTC):%Y-%m-%dT%H:%M:%SZ}"
        except (OverflowError, ValueError, OSError):
            when = str(witnessed.time)
    return RemoteReport(
        witnessed.checkpoint.size,
        witnessed.checkpoint.root,
        witnessed.is_met,
        tuple(cosigner.name for cosigner in witnessed.cosigned),
        when,
    )


def _of_log(reason: str) -> Finding:
    return Finding(str(Kind.LOG), reason)


def _served(why: str) -> Finding:
    return _of_log(f"what is served is not what the log signed: {why}")


def _compare_receipts(
    report: RemoteReport, client: LogClient, now: Checkpoint, receipts: Sequence[KeptReceipt]
) -> None:
    """Compare receipts by the log's tiles alone, each shown to be of the tree that is served."""
    if not receipts:
        return
    hashes = client.hashes(now)
    for receipt in receipts:
        try:
            finding = compare_receipt(receipt, now.size, now.root, hashes)
        except Damaged:
            raise
        except LogError as error:
            finding = _served(str(error))
        if finding is not None:
            report.findings.append(finding)


def _compare_kept(report: RemoteReport, old: Checkpoint, new: Checkpoint, replica: Replica) -> None:
    if old.size > new.size:
        why = f"is of {old.size} links and the log shows only {new.size}: the newest were removed"
    elif replica.store.root(old.size) != old.root:
        why = f"signs another tree of {old.size} links: this ledger was rewritten, or is a fork"
    else:
        report.checkpoints += 1
        return
    report.findings.append(_of_log(f"the kept checkpoint {why}"))


def _compare_tiles(
    report: RemoteReport, client: LogClient, checkpoint: Checkpoint, replica: Replica, place: Path
) -> None:
    """All hash tiles of the tree as they are served; full ones that were compared are not again."""
    file = place / _COMPARED
    try:
        before = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        before = 0
    if not 0 <= before <= checkpoint.size:
        before = 0
    calls = (partial(_served_tile, client, tile) for tile in tiles(checkpoint.size, before))
    is_alike = True
    with ThreadPoolExecutor(_AHEAD) as pool, replica.store.reading() as reader:
        try:
            for tile, served in in_order(pool, calls, _AHEAD):
                is_alike &= _compare(report, tile, served, reader)
                if len(report.findings) > NAMED:
                    is_alike = False
                    break
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if is_alike:
        try:
            replace(file, str(checkpoint.size).encode())
        except OSError as error:
            raise StoreError("%s cannot be written: %s", file, error.strerror) from None


def _served_tile(client: LogClient, tile: Tile) -> tuple[Tile, bytes | LogError]:
    """A tile, and its bytes or what is wrong with them; CannotDecide where it is not served."""
    try:
        return tile, client.tile(tile)
    except LogError as error:
        return tile, error
    except FetchError as error:
        raise CannotDecide("not all tiles are served: %s", error) from None


def _compare(report: RemoteReport, tile: Tile, served: bytes | LogError, reader: LogSource) -> bool:
    if isinstance(served, LogError):
        report.findings.append(_served(str(served)))
        return False
    report.tiles += 1
    if served == content(tile, reader):
        return True
    report.findings.append(_served(f"{tile.name()} is not of the tree of its entries"))
    return False
