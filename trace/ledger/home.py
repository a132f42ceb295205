"""A home: the folder that holds a ledger, and the settings that say where it is."""

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from suyuan.keys import files, seeded
from suyuan.keys.errors import KeyFileError
from suyuan.keys.settings import passphrase, setting
from suyuan.keys.signer import LocalSigner, Signer
from suyuan.trace.findings import rule_tables
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.store.files.durable import OTHERS

from .ledger import GATEWAY_KEY, LOG_KEY, Ledger

DEFAULT_HOME = "suyuan-data"
DEMO_FILE = "demo.json"
DEMO_KEY = "demo:"  # before the name of a key of the demo's, which is in no file
DEMO_LOG_KEY = "log"  # the name of its log's


def home_folder(option: str | Path | None = None) -> Path:
    """The home: the option, SUYUAN_HOME, or ./suyuan-data."""
    return Path(option or setting("HOME") or DEFAULT_HOME)


def database_url() -> str | None:
    """SUYUAN_DATABASE_URL, None for SQLite in the home."""
    return setting("DATABASE_URL")


def base_url(host: str) -> str:
    """Where pages are served, without a slash at the end: SUYUAN_BASE_URL, or https://<host>."""
    return (setting("BASE_URL") or f"https://{host}").rstrip("/")


def is_demo(home: Path) -> bool:
    """Whether the home holds a demo city, whose keys are derived from its seed."""
    return (home / DEMO_FILE).exists()


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo's settings, as DEMO_FILE in its home has them.

    `seed` gives all its keys, whose algorithms `keys` has by their names; `today` is the day on
    which its story ends, `end` the moment, before which its clock never is.
    """

    seed: str
    today: date
    end: datetime
    keys: Mapping[str, str]

    def now(self) -> datetime:
        """The present moment, or the story's end while that lies ahead."""
        return max(datetime.now(UTC), self.end)

    def signer(self, name: str) -> LocalSigner:
        """The key of a name."""
        return seeded.signer(self.seed, name, self.keys[name])

    def write(self, home: Path) -> None:
        """Make a home a demo's."""
        stated = {"v": 2, "seed": self.seed, "today": str(self.today), "end": self.end.isoformat()}
        text = json.dumps({**stated, "keys": dict(self.keys)}, ensure_ascii=False, indent=1)
        (home / DEMO_FILE).write_text(text + "\n", "utf-8")


def read_demo(home: Path) -> Demo:
    """The demo in `home`; CannotDecide where there is none."""
    path = home / DEMO_FILE
    try:
        stated = json.loads(path.read_text("utf-8"))
        keys = {str(name): str(alg) for name, alg in dict(stated["keys"]).items()}
        end = datetime.fromisoformat(stated["end"]).astimezone(UTC)
        demo = Demo(str(stated["seed"]), date.fromisoformat(stated["today"]), end, keys)
        demo.signer(DEMO_LOG_KEY)
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise CannotDecide(
            "no demo here: %s cannot be read. Make one by `suyuan demo`", path
        ) from None
    return demo


def open_ledger(home: Path) -> Ledger:
    """The ledger in a home, a demo's included; its log key is asked for when it first appends.

    Raises CannotDecide where there is no ledger, StoreError where its database cannot be used,
    LedgerError where others on this machine can open the home, or the city's catalogue is none.
    """
    require_private(home)
    rule_tables.city()
    if is_demo(home):
        demo = read_demo(home)
        log_key = partial(demo.signer, DEMO_LOG_KEY)
        return Ledger.open(home, log_key, url=database_url(), clock=demo.now)
    return Ledger.open(home, lambda: load_key(home / LOG_KEY), url=database_url())


def require_private(home: Path) -> None:
    """Refuse a home that is not its owner's alone: LedgerError, with the command that mends it."""
    try:
        status = home.stat()
    except OSError:
        return  # whoever opens it reports what is missing
    name = shlex.quote(str(home))
    if status.st_uid != os.geteuid():
        raise LedgerError(
            "%s belongs to another user, %s: run this as that user, or give it to "
            "the one that serves: chown -R %s %s",
            home,
            status.st_uid,
            os.geteuid(),
            name,
        )
    if status.st_mode & OTHERS:
        raise LedgerError(
            "%s is open to other users of this machine, and with it the database and "
            "keys: chmod -R go-rwx %s",
            home,
            name,
        )


def load_key(path: Path) -> LocalSigner:
    """The signer in an encrypted key file; CannotDecide where it cannot be had."""
    try:
        if not path.exists():
            raise CannotDecide("no key at %s", path)
        return files.load(path, passphrase(str(path)))
    except KeyFileError as error:
        raise CannotDecide(error) from None


def signer_from(option: str | None, *, or_gateway: bool) -> Callable[[Path], Signer]:
    """How the signer is found: the option's file, SUYUAN_KEY (PEM) or _FILE.

    In a demo's home the option may be `demo:NAME`, a key of the demo's people.

    Else the gateway's, for what is imported and only where that is asked for: nobody's own record
    is signed by it unawares. Raises CannotDecide where there is none.
    """

    def find(home: Path) -> Signer:
        if option is not None and option.startswith(DEMO_KEY):
            return _demo_key(home, option.removeprefix(DEMO_KEY))
        if option is not None:
            return load_key(Path(option))
        pem = setting("KEY")
        if pem is not None:
            return files.from_pem(pem.encode(), passphrase("SUYUAN_KEY"), "SUYUAN_KEY")
        if not or_gateway:
            raise CannotDecide(
                "no key to sign with: give the party's own by --key FILE, SUYUAN_KEY or "
                "SUYUAN_KEY_FILE"
            )
        return _demo_key(home, "gateway") if is_demo(home) else load_key(home / GATEWAY_KEY)

    return find


def _demo_key(home: Path, name: str) -> Signer:
    """A key of the demo's people, derived again; CannotDecide where there is none of that name."""
    demo = read_demo(home)
    names = [known for known in demo.keys if known != DEMO_LOG_KEY]
    if name not in names:
        raise CannotDecide(
            "no key %s%s in this demo: there are %s", DEMO_KEY, name[:60], ", ".join(names)
        )
    return demo.signer(name)
