"""How a command declares its arguments, and the `Run` that it is called with.

    @command("leave", party, signs=True)
    def party_leave(run: Run, who: str = argument(), reason: str | None = option()) -> None:
        ...

A parameter's type says how it is read and whether it may be left out: `str | None` may, a
`tuple[str, ...]` is given several times, a `bool` is a flag, a `Path` is a file.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import click

from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, msgs
from suyuan.trace.format.times import zone
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.resolve import find_item
from suyuan.trace.ledger.home import base_url, home_folder, open_ledger, signer_from
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.reader import Reader

from .command_help import Command, Group, Option, lang_option
from .terminal import Text, say, show, show_json

Function = Callable[..., int | None]
_Typed = TypeVar("_Typed")
_Read = TypeVar("_Read")
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class _Declared:
    """A parameter as a command declares it, the default of its function's."""

    kind: type[Option] | type[click.Argument]
    names: tuple[str, ...]
    settings: dict[str, Any]

    def parameter(self, name: str, hint: Any = str | None) -> click.Parameter:
        """Click's parameter: settings by the type, over them those declared."""
        is_option = self.kind is Option
        names = self.names or ((f"--{name.replace('_', '-')}",) if is_option else ())
        return self.kind([*names, name], **{**self._of_type(hint), **self.settings})

    def _of_type(self, hint: Any) -> dict[str, Any]:
        is_optional = isinstance(hint, UnionType)
        inner = next(arg for arg in get_args(hint) if arg is not NoneType) if is_optional else hint
        if inner is bool:
            return {"is_flag": True}
        settings: dict[str, Any] = {"required": not is_optional and "default" not in self.settings}
        if get_origin(inner) is tuple:
            inner, *rest = get_args(inner)
            if rest == [...]:
                is_option = self.kind is Option
                settings = {"multiple": True} if is_option else {"nargs": -1}
            else:
                settings["nargs"] = 1 + len(rest)
        if get_origin(inner) is Literal:
            inner = click.Choice(get_args(inner))
        return settings | {"type": FILE if inner is Path else inner}


def option(*names: str, **settings: Any) -> Any:
    """Declares an option, `--name` unless other names are given; settings are click's.

    Its default is shown, unless its help says it.
    """
    is_shown = "default" in settings and "default" not in settings.get("help", "")
    return _Declared(Option, names, {"show_default": is_shown or None, **settings})


def argument(**settings: Any) -> Any:
    """Declares an argument; settings are click's."""
    return _Declared(click.Argument, (), settings)


_HOME = option(type=FOLDER, help="The ledger's folder [SUYUAN_HOME, default ./suyuan-data].")
_JSON = option("--json", help="One JSON document on standard output.")
_KEY = option(
    "--key",
    type=click.Path(dir_okay=False),
    help="The encrypted key that signs [SUYUAN_KEY, SUYUAN_KEY_FILE]; in a demo demo:NAME.",
)
_ACTOR = option(help="The party whose record it is, where the key's party has its mandate.")


def command(
    name: str,
    group: click.Group | None = None,
    *,
    home: bool = True,
    json: bool = False,
    signs: bool = False,
    or_gateway: bool = False,
    is_group: bool = False,
) -> Callable[[Function], Any]:
    """A command of this name, in a group or by itself, from a function of a `Run`.

    `home` gives it --home, `json` --json, `signs` --key and --actor; `or_gateway` signs by the
    gateway's key where none is given. With `is_group` it runs where no command of it is named. The
    function returns the exit code, None for 0.
    """

    def declare(function: Function) -> click.Command:
        declared = list(inspect.signature(function).parameters.values())[1:]
        parameters = [spec.default.parameter(spec.name, spec.annotation) for spec in declared]
        if signs:
            parameters += [_KEY.parameter("key_file"), _ACTOR.parameter("actor")]
        if json:
            parameters.append(_JSON.parameter("as_json", bool))
        if home:
            parameters.append(_HOME.parameter("home"))
        parameters.append(lang_option())

        def call(**values: Any) -> int | None:
            run = Run(click.get_current_context(), or_gateway=or_gateway)
            return function(run, **{spec.name: values[spec.name] for spec in declared})

        settings: dict[str, Any] = {"params": parameters, "help": inspect.getdoc(function)}
        if is_group:
            made: click.Command = Group(
                name, callback=call, invoke_without_command=True, **settings
            )
        else:
            made = Command(name, callback=call, **settings)
        if group is not None:
            group.add_command(made)
        return made

    return declare


class Run:
    """What a command runs with: its home, its ledger, its pen, each opened once it is needed."""

    def __init__(self, context: click.Context, *, or_gateway: bool = False) -> None:
        self.context = context
        self._given = context.params
        self._or_gateway = or_gateway
        self.as_json = bool(self._given.get("as_json"))

    @cached_property
    def home(self) -> Path:
        """The ledger's folder: of --home, here or at the group that was named before."""
        context: click.Context | None = self.context
        while context is not None:
            if (given := context.params.get("home")) is not None:
                return home_folder(given)
            context = context.parent
        return home_folder(None)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger in the home, closed when the command ends."""
        ledger = open_ledger(self.home)
        self.context.call_on_close(ledger.close)
        return ledger

    @cached_property
    def pen(self) -> Pen:
        """Signs as the key that options and settings name, for the party that they name."""
        signer = signer_from(self._given["key_file"], or_gateway=self._or_gateway)(self.ledger.home)
        return self.ledger.pen(self._given["actor"] or self.ledger.actor_of(signer), signer)

    def require_key(self) -> None:
        """Raise CannotDecide at once, before anything is looked up, where no key can sign."""
        _ = self.pen

    @property
    def actor(self) -> str:
        """The party that the command is about: --actor, which needs no key, else the key's."""
        return self._given["actor"] or self.pen.actor

    @property
    def host(self) -> str:
        """The host in the ledger's URIs."""
        return self.ledger.trust.host

    @property
    def genesis(self) -> Genesis:
        """The ledger's trust file, as far as rules need it."""
        return self.ledger.trust.genesis

    def now(self) -> datetime:
        """The present moment by the ledger's clock."""
        return self.ledger.now()

    def reading(self, *, patient: bool = False) -> AbstractContextManager[Reader]:
        """A Reader over one transaction, as `Ledger.reading` has it."""
        return self.ledger.reading(patient=patient)

    def following(self, *, patient: bool = False) -> AbstractContextManager[Reader]:
        """The same, after the followers have been brought up."""
        follow(self.ledger)
        return self.ledger.reading(patient=patient)

    def party(self, text: str | None) -> str:
        """The party that a person named, else the signer's; IdentifierError for what names none."""
        return self.pen.actor if text is None else parties.read(text, self.host)

    def item(self, text: str, *, may_be_new: bool = False) -> str:
        """The item that a person named; with `may_be_new`, one that is not in the ledger yet."""
        with self.reading() as reader:
            return find_item(reader, self.ledger.trust, text, may_be_new=may_be_new)

    def instant(self, text: str | None) -> datetime:
        """The moment that a person typed, in the ledger's zone unless it has one; else now."""
        if text is None:
            return self.now()
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise LedgerError(
                "%s is no date and time: write 2026-11-24T08:30", repr(text)
            ) from None
        return when if when.tzinfo is not None else when.replace(tzinfo=zone())

    def sign(
        self,
        drafts: Sequence[Draft],
        attachments: Sequence[bytes] = (),
        disclosures: Sequence[Kept] = (),
    ) -> list[Receipt]:
        """Sign drafts, append them as `Ledger.write` does, and bring the followers up."""
        receipts = self.ledger.write(self.pen, drafts, attachments, disclosures)
        follow(self.ledger)
        return receipts

    def state(self, statement: Object) -> None:
        """Sign one statement, append it, and print its index and hash."""
        (receipt,) = self.sign([Draft(statement=statement)])
        say(recorded(receipt))

    def answer(self, value: object, lines: Iterable[Text], *notes: Text) -> None:
        """One JSON document with --json; else lines, and notes on standard error."""
        if self.as_json:
            show_json(value)
            return
        show(lines)
        for note in notes:
            say(note)


def recorded(receipt: Receipt) -> Message:
    """Where a link stands, and its hash."""
    return msg("recorded at index %s, %s", receipt.index, receipt.hash)


def as_of(size: int) -> Message:
    """How many records an answer is made from."""
    return msgs("as of %(num)d record", "as of %(num)d records", size)


def if_given(value: _Typed | None, read: Callable[[_Typed], _Read]) -> _Read | None:
    """An option's value as `read` reads it; None where it is left out."""
    return None if value is None else read(value)


def follow(ledger: Ledger) -> None:
    """Bring the followers up, where this process may write."""
    try:
        ledger.followers.catch_up()
    except StoreError as error:
        say("lists and searches are not up to date: %s", error)


ACT = argument()
INDEX = argument(type=click.IntRange(min=0))
ITEMS = argument()
LISTS = option("--list", help="A file with one item a line, besides or instead of ITEM.")
PLACE = option(help="Where: a place's URI.")
UNIT = option(default="KGM", help="UN/ECE unit code; - for pieces.")
CAME = option("--time", help="When it came, 2026-11-24T08:30 [default: now].")
MIRROR = option(
    metavar="URL",
    envvar="SUYUAN_MIRROR",
    help="A published copy of the log to compare with: its prefix [SUYUAN_MIRROR].",
)
HOST = option(
    default="127.0.0.1",
    envvar="SUYUAN_HOST",
    help="The address to listen on, 0.0.0.0 for all [SUYUAN_HOST, default 127.0.0.1].",
)
DAYS = click.IntRange(0, 36500)


def port_option(usual: int, default: int | None = None) -> Any:
    """The option --port N; its help shows `usual` as the default."""
    return option(
        type=click.IntRange(1, 65_535),
        default=default,
        show_default=str(usual),
        envvar="SUYUAN_PORT",
        help="The port to listen on [SUYUAN_PORT].",
    )


def served_at(given: str | None, host: str) -> str:
    """The URL of the pages, without a slash at the end: `given`, else that of `base_url`.

    Warns on standard error where nobody can serve it: a demo's host.
    """
    address = given.rstrip("/") if given else base_url(host)
    if (urlsplit(address).hostname or "").endswith(".invalid"):
        say(
            "Nobody serves %s: give the address that is served by --base-url or SUYUAN_BASE_URL, "
            "http://localhost:8000 say",
            address,
        )
    return address
