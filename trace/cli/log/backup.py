"""`suyuan backup`, `restore`: a copy of a ledger that is in use, and a ledger from that copy."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

import click

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.format.messages import msg, row
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.ledger import backup as archives
from suyuan.trace.ledger.backup import LEDGER, PARTS, Manifest
from suyuan.trace.ledger.home import database_url
from suyuan.trace.ledger.ledger import TRUST_FILE
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.store.beside.seals import Seals
from suyuan.trace.store.database import Database
from suyuan.trace.store.files.durable import make_private, sync
from suyuan.trace.store.rebuild import dump
from suyuan.trace.watch import alarms
from suyuan.trace.watch.alarms import WitnessReport
from suyuan.trace.watch.audit import audit

from ..command import FILE, MIRROR, Run, argument, command, follow, option
from ..command import as_of as as_of_records
from ..files import head, read_trust, staged, text_of
from ..terminal import FINDINGS, UNDECIDED, Text, progress_bar, say
from .audit import as_of, report_json, report_lines


@command("backup", json=True)
def backup(
    run: Run,
    file: Path = argument(),
    part: tuple[str, ...] = option(
        type=click.Choice(list(PARTS)),
        default=(LEDGER,),
        help="What goes into the file; repeated for several [default ledger].",
    ),
) -> None:
    """Write a part of the ledger as it is now to a new FILE, while servers go on.

    `ledger` is the database, the trust file, attachments, private files, lists of labels, auditors;
    `keys` the log's, the gateway's and the secret of sealed rows; `disclosure-keys` what opens
    hidden fields; `reports` what consumers reported. Keep each in a place of its own: who has the
    first two can speak for the ledger, who has the first and the third reads what is hidden.
    """
    with staged(file, private=True) as out:
        manifest = archives.write(run.ledger, part, out, file.parent)
    sync(file.parent)
    value = {"file": str(file), "parts": list(part), "files": len(manifest.files)}
    lines: list[Text] = [msg("%s: %s, %s files", file, list(part), len(manifest.files))]
    if LEDGER in part:
        value |= {"size": manifest.size, "checkpoint": manifest.checkpoint}
        lines.append(as_of_records(manifest.size))
    left = [name for name in PARTS if name not in part]
    run.answer(value, lines, msg("not in it: %s, the authority's root key", left))


@command("restore", json=True)
def restore(
    run: Run,
    files: tuple[Path, ...] = argument(metavar="FILE…", type=FILE, required=True),
    checkpoints: tuple[Path, ...] = option(
        "--checkpoint", help="A checkpoint kept elsewhere, which the backup must not be older than."
    ),
    mirror: str | None = MIRROR,
    trust: Path | None = option(help="The trust file that others have: whose ledger it must be."),
    erased: tuple[Path, ...] = option(
        help="What `suyuan disclosures erased` printed later: erased again."
    ),
    older: bool = option(
        help="Restore it although more records were signed: to be read, nothing is signed again."
    ),
) -> int:
    """Make a ledger of backups: that of the ledger, and of its keys, in a home that is not there.

    Its head is compared with checkpoints kept elsewhere, and with what the witnesses of its policy
    and the mirror show. What the ledger says is erased is erased again. Then the whole is audited:
    exit code 1 where anything is wrong, 3 where not all could be decided.
    """
    manifests = [(path, archives.read(path)) for path in files]
    whole = _of_one_ledger(manifests)
    home = run.home.absolute()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise LedgerError("%s is there already: restore into a folder that is not there", home)
    digests = {line for path in erased for line in text_of(path).split()}
    home.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        for path, manifest in manifests:
            archives.unpack(path, manifest, folder)
        stated = _require_same(folder / TRUST_FILE, trust)
        reports = _known_elsewhere(stated, checkpoints, mirror)
        _require_newest(stated, whole, reports, is_older_taken=older)
        if not Seals(folder).is_here:
            raise CannotDecide(
                "the secret that seals rows beside the ledger is missing: give the backup of the "
                "keys too, or SUYUAN_SEAL_KEY_FILE"
            )
        _load(folder, whole)
        with suppress(FileNotFoundError):
            home.rmdir()
        folder.replace(home)
    finally:
        rmtree(folder, ignore_errors=True)
    make_private(home)
    sync(home.parent)
    return _look(run, whole, reports, digests, mirror)


def _of_one_ledger(manifests: Sequence[tuple[Path, Manifest]]) -> Manifest:
    """The manifest of the ledger itself, among parts of one ledger, each once."""
    parts = [part for _, manifest in manifests for part in manifest.parts]
    if LEDGER not in parts or len(set(parts)) < len(parts):
        raise LedgerError(
            "give the backup of the ledger and one of each other part, not %s", ", ".join(parts)
        )
    if len({manifest.origin for _, manifest in manifests}) > 1:
        raise LedgerError("these backups are of different ledgers: nothing was restored")
    return next(manifest for _, manifest in manifests if LEDGER in manifest.parts)


def _require_same(restored: Path, elsewhere: Path | None) -> Trust:
    """The trust file that counts; Tampered where the backup's has other keys than `elsewhere`."""
    stated = read_trust(restored)
    if elsewhere is None:
        say("compare with the trust file that others have: %s, %s", stated.log, stated.authority)
        return stated
    known = read_trust(elsewhere)
    if (stated.log, stated.genesis) != (known.log, known.genesis):
        raise Tampered("the backup is of another ledger than %s: its keys differ", elsewhere)
    return known


def _known_elsewhere(
    trust: Trust, checkpoints: Sequence[Path], mirror: str | None
) -> list[WitnessReport]:
    """What files, witnesses and the mirror show of this log; LogError for what is not of it."""
    reports = [WitnessReport(str(path), note=head(path)) for path in checkpoints]
    for report in reports:
        open_checkpoint(str(report.note), trust.log)
    for report in alarms.shown(trust, mirror=mirror):
        if report.note is None:
            why = report.error or msg("no answer in time")
            say("%s shows nothing: %s", report.name, why)
        else:
            reports.append(report)
    return reports


def _require_newest(
    trust: Trust, whole: Manifest, reports: Sequence[WitnessReport], *, is_older_taken: bool
) -> None:
    sizes = {open_checkpoint(str(r.note), trust.log).size: r.name for r in reports}
    newest = max(sizes, default=0)
    if newest <= whole.size:
        return
    if not is_older_taken:
        raise Tampered(
            "the backup has %s records, and %s shows %s: restore a newer one. If there is none, "
            "--older restores it to be read; its log never signs again under this name",
            whole.size,
            sizes[newest],
            newest,
        )
    say("%s records are lost, by %s", newest - whole.size, sizes[newest])


def _load(folder: Path, whole: Manifest) -> None:
    """Bring the database where the settings have it."""
    url = database_url()
    engine = "sqlite" if url is None else "postgresql"
    if whole.engine != engine:
        raise LedgerError(
            "the backup is of %s, and SUYUAN_DATABASE_URL says %s: set it to an empty database of "
            "that kind, or leave it out for SQLite",
            whole.engine,
            engine,
        )
    if url is None:
        return
    database = Database.at(folder, url)
    try:
        dump.load(database, folder / dump.POSTGRESQL)
    finally:
        database.close()
    rmtree(folder / dump.POSTGRESQL)


def _look(
    run: Run,
    whole: Manifest,
    reports: Sequence[WitnessReport],
    digests: set[str],
    mirror: str | None,
) -> int:
    """Erase again what was erased, and audit what was restored."""
    ledger = run.ledger
    hidden = ledger.disclosures
    book = Complaints(ledger.home)
    gone = hidden.erase_again(digests) + hidden.sweep() + book.erase_again(digests)
    hidden.forget_strays()  # of an older or newer file of keys: what they opened is not here
    book.forget_strays()
    follow(ledger)
    with progress_bar(msg("auditing")) as tell:
        report = audit(ledger, kept=whole.checkpoint, progress=tell, indexes=True)
    held_against = [*alarms.compare(ledger, reports), *alarms.check(ledger, mirror=mirror).doubts]
    reasons = list(dict.fromkeys(alarm.reason for alarm in held_against))
    value = {**report_json(ledger.trust.origin, report), "erased": gone}
    value["alarms"] = reasons
    lines = [*report_lines(report), *(row(" ", msg("ALARM"), reason) for reason in reasons)]
    run.answer(value, lines, as_of(report), msg("erased again: %s", gone))
    if report.findings or reasons:
        return FINDINGS
    return UNDECIDED if report.undecided else 0
