"""The file format of C2SP tlog-policy, read to the letter."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, VerifierKey

from .errors import LogError
from .policy import NONE, Group, LogLine, Policy, WitnessLine

MAX_LINES = 1_000
MAX_BYTES = 64 << 10

# Octets as they come: what is no UTF-8 stands as lone surrogates of the escaping range.
_OTHER = re.compile(r"[^\t\n\x20-\x7e\x80-\ud7ff\udc80-\udcff\ue000-\U0010ffff]")
_WHITE = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


def parse(text: str | bytes) -> Policy:
    """The policy that a file gives: octets, of which only ASCII's mean anything.

    Raises LogError, with the line's number, for anything that tlog-policy does not allow; for over
    1,000 lines or 64 KiB; and for two witnesses of one key name and id, whose lines on a note could
    not be told apart.
    """
    lines = _lines(text)
    found = _File()
    for number, line in enumerate(lines, 1):
        items = [item for item in _WHITE.split(line) if item]
        if not items or items[0].startswith("#"):
            continue
        try:
            found.take(items)
        except (LogError, NoteError) as error:
            raise LogError(f"policy, line {number}: {error}") from None
    return found.policy()


def _lines(text: str | bytes) -> list[str]:
    if isinstance(text, bytes):
        text = text.decode(errors="surrogateescape")
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise LogError(f"a policy of over {MAX_BYTES >> 10} KiB")
    if other := _OTHER.search(text):
        number = text.count("\n", 0, other.start()) + 1
        raise LogError(f"policy, line {number}: the control character {other.group()!a}")
    lines = text.split("\n")
    if lines.pop():
        raise LogError(f"policy, line {len(lines) + 1}: no line end behind it")
    if len(lines) > MAX_LINES:
        raise LogError(f"policy, line {MAX_LINES + 1}: there may be {MAX_LINES:,} lines")
    return lines


@dataclass(slots=True)
class _File:
    """What the lines so far have defined."""

    logs: list[LogLine] = field(default_factory=list)
    witnesses: list[WitnessLine] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    keys: set[tuple[str, bytes]] = field(default_factory=set)  # by keyword and public key
    lines: set[tuple[str, bytes]] = field(default_factory=set)  # witnesses' key names and ids

    def take(self, items: list[str]) -> None:
        kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        kind = kinds.get(items[0])
        if kind is None:
            raise LogError(f"{items[0][:40]!a} is none of log, witness, group, quorum")
        kind(items[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise LogError("a policy without a quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, items: list[str]) -> None:
        if len(items) not in (1, 2):
            raise LogError("a log line is: log <vkey> [<url>]")
        key = VerifierKey.parse(items[0])
        self._new_key("log", key.key.spki[12:])
        self.logs.append(LogLine(key, items[1] if len(items) == 2 else None))

    def _witness(self, items: list[str]) -> None:
        if len(items) not in (2, 3):
            raise LogError("a witness line is: witness <name> <vkey> [<url>]")
        key = CosignerKey.parse(items[1])
        self._new_key("witness", key.raw)
        if (key.name, key.hash) in self.lines:
            raise LogError(f"two witnesses whose keys have the name and id {key.name}")
        self.lines.add((key.name, key.hash))
        self._define(items[0])
        self.witnesses.append(WitnessLine(items[0], key, items[2] if len(items) == 3 else None))

    def _group(self, items: list[str]) -> None:
        if len(items) < 3:
            raise LogError("a group line is: group <name> <any, all or number> <name>...")
        name, rule, *members = items
        for member in members:
            if member not in self.names:
                raise LogError(f"{member[:40]!a} is not defined before")
            if member in self.members:
                raise LogError(f"{member[:40]!a} is a member already")
            self.members.add(member)
        self._define(name)
        self.groups.append(Group(name, _threshold(rule, len(members)), tuple(members)))

    def _quorum(self, items: list[str]) -> None:
        if len(items) != 1:
            raise LogError("a quorum line is: quorum <name>")
        if self.quorum is not None:
            raise LogError("a second quorum line")
        if items[0] != NONE and items[0] not in self.names:
            raise LogError(f"{items[0][:40]!a} is not defined before")
        self.quorum = items[0]

    def _define(self, name: str) -> None:
        if name == NONE or name in self.names:
            raise LogError(f"the name {name[:40]!a} has a meaning already")
        self.names.add(name)

    def _new_key(self, keyword: str, raw: bytes) -> None:
        if (keyword, raw) in self.keys:
            raise LogError(f"a second {keyword} with the same public key")
        self.keys.add((keyword, raw))


def _threshold(rule: str, count: int) -> int:
    if rule == "any":
        return 1
    if rule == "all":
        return count
    if _NUMBER.fullmatch(rule) is None or int(rule) > count:
        raise LogError(f"{rule[:40]!a} is none of any, all, 1 to {count}")
    return int(rule)
