"""A backup: one file with a part of a home as of one moment, and the hash of each file in it.

A tar, whose last member is the manifest; that one's name is its own hash. What a backup says is
believed as little as a database is: hashes find a damaged disk, the audit that follows finds who
wrote the archive.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO, cast

from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.store import migrate
from suyuan.trace.store.engine import is_sqlite
from suyuan.trace.store.errors import SchemaError
from suyuan.trace.store.files import disclosure_keys, report_secrets
from suyuan.trace.store.rebuild import dump

from .home import DEMO_FILE
from .ledger import GATEWAY_KEY, LOG_KEY, TRUST_FILE, Ledger

LEDGER = "ledger"
PARTS: Mapping[str, tuple[str, ...]] = {
    LEDGER: (
        TRUST_FILE, "auditors.json", "attachments", "private-attachments", "labels", "spool",
        report_secrets.ERASED, "draws",
    ),
    "keys": (LOG_KEY, GATEWAY_KEY, "seal.key", DEMO_FILE, "office-seals"),
    "disclosure-keys": (disclosure_keys.FILE, report_secrets.FILE),
    "reports": ("reports", "reports-12315"),
}  # fmt: skip
"""The files and folders of a home by the part that they are of; the ledger's has the database."""

_FORMAT = 1
_MANIFEST = re.compile(r"manifest-([0-9a-f]{64})\.json")
_MOST = 256 << 20  # bytes of a manifest
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive has: `files` by name, each with its SHA-256.

    Of the part `ledger` also the database's `engine` and `schema`, and the newest `checkpoint`'s
    note and its size.
    """

    origin: str
    parts: Sequence[str]
    files: Mapping[str, str]
    engine: str | None = None
    schema: str | None = None
    checkpoint: str | None = None
    size: int = 0
    format: int = _FORMAT


def write(ledger: Ledger, parts: Sequence[str], out: BinaryIO, work: Path) -> Manifest:
    """Write an archive of these parts; the database is copied through a folder in `work`.

    Others may go on writing: files are there before the links that name them, so the database
    comes first. StoreError, OSError.
    """
    hashes: dict[str, str] = {}
    more: dict[str, Any] = {}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        if LEDGER in parts:
            sqlite = is_sqlite(ledger.database.engine)
            with (
                TemporaryDirectory(prefix=".backup-", dir=work) as folder,
                dump.dumped(ledger.database, Path(folder)) as (newest, files),
            ):
                for path in files:
                    name = path.name if sqlite else f"{dump.POSTGRESQL}/{path.name}"
                    hashes[name] = _add(tar, name, path)
                    path.unlink()
            more = {"engine": "sqlite" if sqlite else "postgresql", "schema": migrate.NEWEST}
            if newest is not None:
                more |= {"checkpoint": newest.note, "size": newest.size}
        for name in (name for part in parts for name in PARTS[part]):
            for path in _files(ledger.home / name):
                inside = path.relative_to(ledger.home).as_posix()
                with suppress(FileNotFoundError):  # a draft, or a report, that was taken away
                    hashes[inside] = _add(tar, inside, path)
        manifest = Manifest(ledger.trust.origin, list(parts), hashes, **more)
        data = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(f"manifest-{hashlib.sha256(data).hexdigest()}.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    out.flush()
    os.fsync(out.fileno())
    return manifest


def read(path: Path) -> Manifest:
    """The manifest of an archive, whole as it was written.

    LedgerError for no archive, or one of which the end is missing; SchemaError for a database of
    another schema.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            last = tar.getmembers()[-1]
            match, file = _MANIFEST.fullmatch(last.name), tar.extractfile(last)
            data = b"" if file is None else file.read(_MOST)
        if match is not None and hashlib.sha256(data).hexdigest() != match[1]:
            raise _changed(path, "manifest")
        manifest = None if match is None else Manifest(**json.loads(data))
    except (tarfile.TarError, IndexError, ValueError, TypeError):
        manifest = None
    if manifest is None or manifest.format != _FORMAT:
        raise LedgerError("%s is no backup of this program, or its end is missing", path)
    if manifest.schema not in (None, migrate.NEWEST):
        raise SchemaError(
            "%s has the schema %s, this program %s: restore it by the version that made it, then "
            "install this one and run `suyuan upgrade`",
            path,
            manifest.schema,
            migrate.NEWEST,
        )
    return manifest


def unpack(path: Path, manifest: Manifest, folder: Path) -> None:
    """Write an archive's files into a folder; Tampered for one that is not what its hash says.

    LedgerError for a name that is not of its parts, and so not this program's.
    """
    left = dict(manifest.files)
    with tarfile.open(path, "r:") as tar:
        for member in tar.getmembers()[:-1]:
            expected, file = left.pop(member.name, None), tar.extractfile(member)
            if expected is None or file is None:
                raise _changed(path, member.name)
            target = folder / _inside(path, member.name, manifest)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("xb") as out:
                digest = hashlib.sha256()
                while block := file.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            if digest.hexdigest() != expected:
                raise _changed(path, member.name)
    if left:
        raise _changed(path, min(left))


def _changed(path: Path, name: str) -> Tampered:
    return Tampered("%s: %s is not as it was backed up: take another copy", path, name[:200])


def _inside(path: Path, name: str, manifest: Manifest) -> Path:
    """Where a member belongs in a home: below what its parts have."""
    first = {name for part in manifest.parts for name in PARTS.get(part, ())}
    if LEDGER in manifest.parts:
        first |= {dump.SQLITE, dump.POSTGRESQL}
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or pure.parts[:1] not in {(n,) for n in first}:
        raise LedgerError("%s has a file that no backup has: %s", path, name[:200])
    return Path(*pure.parts)


def _files(path: Path) -> Iterator[Path]:
    """A file, or those in a folder that are whole: one that is being written begins with a dot."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for below in sorted(path.iterdir()):
            if not below.name.startswith("."):
                yield from _files(below)


def _add(tar: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file; the SHA-256 of what was added."""
    with path.open("rb") as file:
        info, hashing = tarfile.TarInfo(name), _Hashing(file)
        info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
        tar.addfile(info, cast(IO[bytes], hashing))  # all that it asks for is `read`
    return hashing.digest.hexdigest()


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        return block
