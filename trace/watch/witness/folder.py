"""A witness's folder: its name, its key, the logs that it knows, and what it keeps of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from suyuan.keys import files
from suyuan.keys.errors import KeysError
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.keys.signer import LocalSigner, Signer
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.members import Member, require, texts, words
from suyuan.trace.format.rules import Refused
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.files import durable

from .witness import Audit, Keeper, LogToWitness, Witness

CONFIG, KEY, LOGS = "witness.json", "witness.key", "logs.json"
MAX_URL = 2_048

_CONFIG = {
    "v": Member(lambda value: type(value) is int and value == 1, "1"),
    "key": Member(words, "the witness's verifier key"),
}
_LOGS = {
    "v": Member(lambda value: type(value) is int and value == 1, "1"),
    "logs": Member(lambda value: isinstance(value, list), "a list"),
}
_LOG = {
    "keys": Member(lambda value: texts(value) and bool(value), "a list of verifier keys"),
    "url": Member(lambda value: value is None or words(value), "a URL or null"),
    "audit": Member(lambda value: value is None or isinstance(value, dict), "a trust file or null"),
}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that holds a witness; its private key is read by whoever opens it."""

    path: Path
    key: CosignerKey

    @classmethod
    def create(cls, path: Path, name: str, signer: LocalSigner, passphrase: bytes) -> "Folder":
        """Make a new witness. LedgerError where one is there already, or the name is none.

        What `files.save` raises where the key cannot be written.
        """
        try:
            key = CosignerKey.of(name, signer.public)
            if len(name.encode()) > 0xFF:
                raise LedgerError("a witness's name may have 255 bytes")
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except KeysError as error:
            raise LedgerError(error) from None
        except OSError as error:
            raise LedgerError("%s cannot be made: %s", path, error.strerror) from None
        if (path / CONFIG).exists():
            raise LedgerError("%s holds a witness already", path)
        files.save(path / KEY, signer, passphrase)
        folder = cls(path, key)
        folder._write_logs({})
        _write(path / CONFIG, {"v": 1, "key": str(key)})
        return folder

    @classmethod
    def open(cls, path: Path) -> "Folder":
        """The witness in a folder; CannotDecide where there is none, LedgerError if damaged."""
        if not (path / CONFIG).exists():
            raise CannotDecide("no witness at %s: make one by suyuan witness init", path)
        config = _read(path / CONFIG, _CONFIG)
        try:
            return cls(path, CosignerKey.parse(str(config["key"])))
        except KeysError as error:
            raise LedgerError("%s: %s", path / CONFIG, error) from None

    @property
    def keeper(self) -> Keeper:
        """The Keeper of this folder."""
        return Keeper(self.path)

    def signer(self, passphrase: bytes) -> LocalSigner:
        """The private key; KeyFileError where it does not open, or is not this witness's."""
        signer = files.load(self.path / KEY, passphrase)
        if CosignerKey.of(self.key.name, signer.public) != self.key:
            raise LedgerError("%s is not the key of %s", self.path / KEY, self.key.name)
        return signer

    def logs(self) -> dict[str, LogToWitness]:
        """The logs that it knows, by origin; LedgerError where logs.json is damaged."""
        file = self.path / LOGS
        logs: dict[str, LogToWitness] = {}
        for entry in _read(file, _LOGS)["logs"]:
            try:
                members = require(entry, _LOG, "a log")
                log = _log_of(members)
            except Refused as error:
                raise LedgerError("%s: %s", file, error.why) from None
            except (KeysError, TrustError) as error:
                raise LedgerError("%s: %s", file, error) from None
            origin = log.keys[0].name
            if origin in logs:
                raise LedgerError("%s: %s stands there twice", file, origin)
            logs[origin] = log
        return logs

    def add_log(self, log: LogToWitness) -> str:
        """Take a log on, its origin being its keys' name; the origin.

        LedgerError where it is there already, or the URL is none; StoreError where nothing can be
        written.
        """
        logs, origin = self.logs(), log.keys[0].name
        if origin in logs:
            raise LedgerError("%s is witnessed already", origin)
        if log.url is not None and not is_url(log.url):
            raise LedgerError("%s is no http or https URL", repr(log.url[:80]))
        self.keeper.begin(origin)
        self._write_logs(logs | {origin: log})
        return origin

    def open_witness(self, signer: Signer, audit: Audit | None = None) -> Witness:
        """The witness, ready to answer.

        CannotDecide where a log is to be audited and there is no `audit`.
        """
        try:
            return Witness(self.key.name, signer, self.logs(), self.keeper, audit=audit)
        except LogError as error:
            raise CannotDecide(error) from None

    def _write_logs(self, logs: Mapping[str, LogToWitness]) -> None:
        entries = [
            {
                "keys": [str(key) for key in log.keys],
                "url": log.url,
                "audit": None if log.audit is None else json.loads(log.audit.to_json()),
            }
            for log in logs.values()
        ]
        _write(self.path / LOGS, {"v": 1, "logs": entries})


def is_url(text: str) -> bool:
    """Whether `text` looks like an http or https URL without query or fragment."""
    has_scheme = text.startswith(("https://", "http://"))
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' ?#"<>\\')
    return has_scheme and is_plain and len(text) <= MAX_URL


def _log_of(members: Mapping[str, object]) -> LogToWitness:
    keys, url, audit = members["keys"], members["url"], members["audit"]
    assert isinstance(keys, list)
    parsed = tuple(VerifierKey.parse(key) for key in keys)
    if any(key.name != parsed[0].name for key in parsed):
        raise TrustError("a log's keys have one name, its origin")
    trust = None if audit is None else Trust.from_json(json.dumps(audit))
    if trust is not None and (trust.log not in parsed or url is None):
        raise TrustError("a log to be audited has the trust file's key and a URL")
    return LogToWitness(parsed, None if url is None else str(url), trust)


def _read(file: Path, members: Mapping[str, Member]) -> dict[str, list[object]]:
    try:
        return dict(require(json.loads(file.read_bytes()), members, file.name))
    except OSError as error:
        raise LedgerError("%s cannot be read: %s", file, error.strerror) from None
    except (ValueError, RecursionError) as error:
        raise LedgerError("%s is not JSON: %s", file, error) from None
    except Refused as error:
        raise LedgerError("%s: %s", file, error.why) from None


def _write(file: Path, document: object) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    try:
        durable.replace(file, text.encode())
    except OSError as error:
        raise LedgerError("%s cannot be written: %s", file, error.strerror) from None
