"""Where static files go: a folder, or object storage by obstore (S3 and what speaks like it)."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import ObjectStore, from_url

from suyuan.trace.format.errors import FetchError, LedgerError
from suyuan.trace.store.files import durable

if TYPE_CHECKING:
    from obstore import UpdateVersion

BUCKETS = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "memory")
_WORK = ".publish"
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}


class Storage(Protocol):
    """A place for files that appear whole or not at all; a name has `/` between its parts.

    Every method raises FetchError where the place cannot be reached or refuses.
    """

    @property
    def shown(self) -> str:
        """Its name for people."""

    def alone(self) -> AbstractContextManager[None]:
        """A block in which no other publisher writes here, where the place can promise it.

        Raises LedgerError where another one is at work.
        """

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None where there is no such file."""

    def write(self, name: str, data: bytes, *, kind: str, cache: str) -> None:
        """Put a file, over one of that name; durable when this returns."""

    def below(self, folder: str) -> list[str]:
        """The names of the files in a folder."""

    def remove(self, names: Sequence[str]) -> None:
        """Take files away; those that are gone already do not matter."""


def open_storage(target: str) -> Storage:
    """The storage that a folder's path or a URL names; LedgerError for any other text.

    Buckets take their settings from the usual variables: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, and so on for the other kinds.
    """
    if "://" not in target:
        return Folder(Path(target))
    try:
        url = urlsplit(target)
    except ValueError as error:
        raise LedgerError("%s: %s", target, error) from None
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Folder(Path(unquote(url.path)))
    if url.scheme not in BUCKETS or not (url.netloc or url.scheme == "memory"):
        raise LedgerError(
            "%s is no folder and no URL of a bucket, as s3://bucket/prefix is", target
        )
    try:
        return Bucket(from_url(target, retry_config=_RETRIES), target)  # type: ignore[call-overload]
    except (BaseError, ValueError, TypeError) as error:
        raise LedgerError("%s: %s", target, _sentence(error)) from None


class Folder:
    """A folder on a local disk; each file is written beside, synced, and renamed into its place."""

    def __init__(self, path: Path) -> None:
        self.shown = str(path)
        self._path = path
        self._work = path / _WORK

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds a lock that ends with the process; sweeps what an earlier one left half written."""
        with _as_fetch_error(self.shown):
            self._folder(self._work)
            held = os.open(self._work, os.O_RDONLY)
        try:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LedgerError("another `suyuan publish` is writing to %s", self.shown) from None
            for left in self._work.iterdir():
                left.unlink()
            yield
        finally:
            os.close(held)

    def read(self, name: str) -> bytes | None:
        with _as_fetch_error(self.shown):
            try:
                return (self._path / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def write(self, name: str, data: bytes, *, kind: str, cache: str) -> None:
        """Put a file; what its headers are is the web server's to say."""
        path = self._path / name
        with _as_fetch_error(self.shown):
            self._folder(path.parent)
            durable.replace(path, data, work=self._work, mode=_FILE_MODE)

    def below(self, folder: str) -> list[str]:
        with _as_fetch_error(self.shown):
            try:
                paths = sorted((self._path / folder).iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return []
            return [str(path.relative_to(self._path)) for path in paths]

    def remove(self, names: Sequence[str]) -> None:
        """Take files away, and folders that are empty then."""
        with _as_fetch_error(self.shown):
            for name in names:
                (self._path / name).unlink(missing_ok=True)
            for folder in {(self._path / name).parent for name in names}:
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def _folder(self, path: Path) -> None:
        if not path.is_dir():
            self._folder(path.parent)
            path.mkdir(exist_ok=True)
            path.chmod(_FOLDER_MODE)  # for a web server, whatever the umask
            durable.sync(path.parent)


class Bucket:
    """A prefix in a bucket. A file that was read is replaced only as it was read, where it can."""

    def __init__(self, store: ObjectStore, shown: str) -> None:
        self.shown = shown
        self._store = store
        self._seen: dict[str, UpdateVersion] = {}

    def alone(self) -> AbstractContextManager[None]:
        """Promises nothing: `write` refuses to replace what another has replaced meanwhile."""
        return nullcontext()

    def read(self, name: str) -> bytes | None:
        with _as_fetch_error(self.shown):
            try:
                result = obstore.get(self._store, name)
                data = bytes(result.bytes())
            except FileNotFoundError:
                return None
            seen: UpdateVersion = {}
            if result.meta["e_tag"] is not None:
                seen["e_tag"] = result.meta["e_tag"]
            if result.meta["version"] is not None:
                seen["version"] = result.meta["version"]
            self._seen[name] = seen
            return data

    def write(self, name: str, data: bytes, *, kind: str, cache: str) -> None:
        attributes = {"Content-Type": kind, "Cache-Control": cache}
        seen = self._seen.pop(name, None)
        with _as_fetch_error(self.shown):
            try:
                obstore.put(
                    self._store,
                    name,
                    data,
                    attributes=attributes,
                    use_multipart=False,
                    mode=seen or "overwrite",
                )
            except PreconditionError:
                raise FetchError(
                    "%s in %s was replaced by somebody else meanwhile", name, self.shown
                ) from None

    def below(self, folder: str) -> list[str]:
        with _as_fetch_error(self.shown):
            pages = obstore.list(self._store, prefix=folder)
            return sorted(str(item["path"]) for page in pages for item in page)

    def remove(self, names: Sequence[str]) -> None:
        with _as_fetch_error(self.shown):
            for name in names:
                try:
                    obstore.delete(self._store, name)
                except FileNotFoundError:
                    continue


@contextmanager
def _as_fetch_error(shown: str) -> Iterator[None]:
    """Failures of the disk, the network or the bucket as FetchError."""
    try:
        yield
    except (OSError, BaseError, ValueError) as error:
        raise FetchError("%s: %s", shown, _sentence(error)) from None


def _sentence(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return (text.splitlines() or [type(error).__name__])[0][:300]
