"""A random draw (双随机) that anyone can recompute: the three files, the seed, the ranks.

docs/format.md section 4 has the bytes. The notice of the State Council on 双随机、一公开 (国发
〔2019〕5号) asks for objects and inspectors drawn at random, and an open record of how.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from suyuan.keys import base64, canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.members import Object, uri, words
from suyuan.trace.format.messages import Message, msg

VERSION = "draw-v1"
MAX_FILE = 16 << 20  # bytes of each of the three files
MAX_POOL, MAX_INSPECTORS = 100_000, 10_000
MAX_TEAM = 20
MAX_RANKED = 2_000_000  # drawn ones times inspectors: each is one HMAC
_POOL, _INSPECTORS = frozenset({"id", "stratum"}), frozenset({"id", "avoids"})


class DrawError(LedgerError):
    """Files from which nothing can be drawn."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One drawn, of a stratum, and the inspectors drawn for it, those of a lower rank first."""

    id: str
    stratum: str
    team: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A replacement: `of` by `to`, both in the pool; or both inspectors of the drawn one `at`."""

    of: str
    to: str
    at: str | None = None

    def said(self) -> Object:
        """What the statement `draw replace` hides."""
        return {"of": self.of, "to": self.to} | ({} if self.at is None else {"at": self.at})


def read_change(said: object) -> Change | None:
    """The replacement that a disclosed `said` is; None where it is none."""
    if not isinstance(said, dict) or not {"of", "to"} <= said.keys() <= {"of", "to", "at"}:
        return None
    if not all(isinstance(value, str) for value in said.values()):
        return None
    return Change(said["of"], said["to"], said.get("at"))


@dataclass(frozen=True)
class Files:
    """The three files of a draw as bytes, each its own RFC 8785 form; made by `read`, `write`."""

    pool: bytes
    inspectors: bytes
    parameters: bytes
    strata: Mapping[str, str]  # by one
    avoided: Mapping[str, frozenset[str]]  # by inspector
    counts: Mapping[str, int]  # to be drawn, by stratum
    team: int
    about: Mapping[str, str]  # the words for readers

    @cached_property
    def digests(self) -> dict[str, str]:
        """Their SHA-256, as `draw commit` has them."""
        named = {"pool": self.pool, "inspectors": self.inspectors, "parameters": self.parameters}
        return {name: hashlib.sha256(data).hexdigest() for name, data in named.items()}

    def all(self) -> tuple[bytes, bytes, bytes]:
        """The three, in the order in which `read` takes them."""
        return self.pool, self.inspectors, self.parameters


def write(
    pool: Mapping[str, str],
    inspectors: Mapping[str, Iterable[str]],
    counts: Mapping[str, int],
    team: int,
    about: Mapping[str, str],
) -> Files:
    """The files of a draw: strata by id, whom each inspector avoids, counts by stratum.

    DrawError where nothing can be drawn from them.
    """
    return read(
        canonical.dumps([{"id": one, "stratum": pool[one]} for one in sorted(pool)]),
        canonical.dumps(
            [{"id": one, "avoids": sorted(set(inspectors[one]))} for one in sorted(inspectors)]
        ),
        canonical.dumps({**about, "draw": dict(counts), "team": team}),
    )


def read(pool: bytes, inspectors: bytes, parameters: bytes) -> Files:
    """The files of a draw, their form and that they can be drawn from looked over; DrawError.

    Each stratum that is drawn from has as many as are to be drawn, and each of the pool a whole
    team that does not avoid it.
    """
    strata = {
        row["id"]: row["stratum"]
        for row in _rows("pool", pool, _POOL, MAX_POOL)
        if _require("pool", _is_word(row["stratum"]), msg("a stratum is a text without |"))
    }
    avoided = {
        row["id"]: frozenset(row["avoids"])
        for row in _rows("inspectors", inspectors, _INSPECTORS, MAX_INSPECTORS)
        if _require("inspectors", _is_ordered(row["avoids"]), msg("avoids is ids in byte order"))
    }  # fmt: skip
    counts, team, about = _parameters(_parsed("parameters", parameters))
    _require_enough(strata, avoided, counts, team)
    return Files(pool, inspectors, parameters, strata, avoided, counts, team, about)


def _parsed(name: str, data: bytes) -> Any:
    if len(data) > MAX_FILE:
        raise DrawError("%s: over %s MB", name, MAX_FILE >> 20)
    try:
        return canonical.parse(data)
    except CanonicalError as error:
        raise DrawError("%s: %s", name, error) from None


def _rows(name: str, data: bytes, members: frozenset[str], most: int) -> Iterator[Object]:
    rows = _parsed(name, data)
    _require(
        name, isinstance(rows, list) and 1 <= len(rows) <= most,
        msg("a list of 1 to %s", f"{most:,}"),
    )  # fmt: skip
    for row in rows:
        is_row = isinstance(row, dict) and row.keys() == members and _is_id(row["id"])
        _require(name, is_row, msg("each is an object of %s", " and ".join(sorted(members))))
        yield row
    _require(name, _is_ordered([row["id"] for row in rows]),
             msg("ids stand in byte order, each once"))  # fmt: skip


def _parameters(value: Any) -> tuple[dict[str, int], int, dict[str, str]]:
    _require("parameters", isinstance(value, dict), msg("an object"))
    counts, team = value.get("draw"), value.get("team")
    is_counts = isinstance(counts, dict) and all(
        _is_word(name) and type(count) is int and count >= 0 for name, count in counts.items()
    )
    _require("parameters", is_counts, msg("draw is an object of strata and how many are drawn"))
    _require("parameters", type(team) is int and 1 <= team <= MAX_TEAM,
             msg("team is an integer from 1 to %s", MAX_TEAM))  # fmt: skip
    about = {name: text for name, text in value.items() if name not in ("draw", "team")}
    _require("parameters", all(map(words, about.values())), msg("other members are texts"))
    return counts, team, about


def _require_enough(
    strata: Mapping[str, str],
    avoided: Mapping[str, frozenset[str]],
    counts: Mapping[str, int],
    team: int,
) -> None:
    sizes: dict[str, int] = {}
    for stratum in strata.values():
        sizes[stratum] = sizes.get(stratum, 0) + 1
    for stratum, count in counts.items():
        size = sizes.get(stratum, 0)
        _require("parameters", count <= size,
                 msg("%s are to be drawn of %s, which has %s", count, stratum, size))  # fmt: skip
    unnamed = next((stratum for stratum in sizes if stratum not in counts), None)
    _require("parameters", unnamed is None, msg("draw does not say how many of %s", unnamed))
    total = sum(counts.values())
    _require("parameters", total > 0, msg("nothing is to be drawn"))
    _require("parameters", total * len(avoided) <= MAX_RANKED,
             msg("drawn ones times inspectors are over %s", f"{MAX_RANKED:,}"))  # fmt: skip
    avoiding: dict[str, int] = {}
    for ids in avoided.values():
        for one in ids:
            avoiding[one] = avoiding.get(one, 0) + 1
    few = next((one for one in strata if len(avoided) - avoiding.get(one, 0) < team), None)
    _require("inspectors", few is None, msg("fewer than %s do not avoid %s", team, few))


def _require(name: str, is_so: bool, why: Message) -> bool:
    if not is_so:
        raise DrawError("%s: %s", name, why)
    return True


def _is_id(value: object) -> bool:
    return uri(value) and "|" not in str(value)


def _is_word(value: object) -> bool:
    return words(value) and "|" not in str(value)


def _is_ordered(ids: object) -> bool:
    """Whether it is a list of ids in byte order, which of ASCII is their own, each once."""
    return (
        isinstance(ids, list)
        and all(map(_is_id, ids))
        and all(former < latter for former, latter in pairwise(ids))
    )


def nonce_digest(nonce: str) -> str:
    """What `draw commit` says of a nonce: the SHA-256 of its bytes."""
    return hashlib.sha256(base64.decode_url(nonce)).hexdigest()


def seed_of(draw: str, digests: Mapping[str, str], value: str, nonce: str) -> bytes:
    """The seed of the draw under a URI, 32 bytes."""
    files = (digests["pool"], digests["inspectors"], digests["parameters"])
    return hashlib.sha256(canonical.dumps([VERSION, draw, *files, value, nonce])).digest()


def rank(seed: bytes, group: str, one: str) -> bytes:
    """The rank of one of a group: those that compare lowest are drawn."""
    return hmac.digest(seed, f"{group}|{one}".encode(), "sha256")


@dataclass(frozen=True)
class Ranking:
    """All ranks that a seed gives the files' ids."""

    files: Files
    seed: bytes

    @cached_property
    def order(self) -> Mapping[str, Sequence[str]]:
        """The ids of each stratum, the lowest rank first."""
        groups: dict[str, list[str]] = {stratum: [] for stratum in self.files.counts}
        for one, stratum in self.files.strata.items():
            groups[stratum].append(one)
        return {
            stratum: self._ranked(stratum, ids)
            for stratum, ids in groups.items()
            if self.files.counts[stratum]
        }

    def inspectors(self, drawn: str) -> list[str]:
        """Those who may inspect a drawn one, the lowest rank first."""
        if drawn not in self._teams:
            may = [one for one, avoids in self.files.avoided.items() if drawn not in avoids]
            self._teams[drawn] = self._ranked(f"inspector|{drawn}", may)
        return self._teams[drawn]

    @cached_property
    def _teams(self) -> dict[str, list[str]]:
        return {}

    def _ranked(self, group: str, ids: Iterable[str]) -> list[str]:
        return sorted(ids, key=lambda one: (rank(self.seed, group, one), one))

    def drawn(self) -> list[Pick]:
        """What is drawn, before anything is replaced: by stratum, the lowest rank first."""
        return [
            self._pick(stratum, one)
            for stratum, ids in sorted(self.order.items())
            for one in ids[: self.files.counts[stratum]]
        ]

    def _pick(self, stratum: str, one: str) -> Pick:
        return Pick(one, stratum, tuple(self.inspectors(one)[: self.files.team]))

    def next(self, picks: Sequence[Pick], used: Iterable[str], of: str, at: str | None) -> str:
        """Who takes the place of a drawn one, or of an inspector of the drawn one `at`.

        The next rank that was in no place before, which `used` and `picks` say; DrawError.
        """
        pick = next((pick for pick in picks if pick.id == (of if at is None else at)), None)
        if pick is None or (at is not None and of not in pick.team):
            raise DrawError("%s is not drawn", of)
        ids = self.order[pick.stratum] if at is None else self.inspectors(pick.id)
        taken = {*used, *(pick.team if at is not None else (pick.id for pick in picks))}
        to = next((one for one in ids if one not in taken), None)
        if to is None:
            raise DrawError("nobody is left to take the place of %s", of)
        return to

    def replaced(self, changes: Iterable[Change]) -> list[Pick]:
        """What is drawn after replacements in their order; DrawError for one of another rank."""
        picks, used = self.drawn(), set[tuple[str | None, str]]()
        for change in changes:
            before = (one for at, one in used if at == change.at)
            to = self.next(picks, before, change.of, change.at)
            if change.to != to:
                raise DrawError("%s is replaced by %s, and %s has the next rank",
                                change.of, change.to, to)  # fmt: skip
            used.add((change.at, change.of))
            picks = [self._changed(pick, change) for pick in picks]
        return picks

    def _changed(self, pick: Pick, change: Change) -> Pick:
        if change.at is None:
            return self._pick(pick.stratum, change.to) if pick.id == change.of else pick
        if pick.id != change.at:
            return pick
        team = tuple(change.to if one == change.of else one for one in pick.team)
        return Pick(pick.id, pick.stratum, team)


_BEACONS: Mapping[str, tuple[int, int]] = {
    # The beacon's genesis as a POSIX second, and the seconds between its rounds (drand.love).
    "drand quicknet": (1_692_803_367, 3),
    "drand default": (1_595_431_050, 30),
}


def exists_from(beacon: str, pulse: str) -> int | None:
    """From which POSIX second a beacon's round exists, by its own rule; None of one not known.

    A NIST pulse is named by its own time stamp in milliseconds since 1970 (NISTIR 8213).
    """
    if not (pulse.isascii() and pulse.isdigit() and len(pulse) < 16):
        return None
    if beacon == "nist":
        return int(pulse) // 1_000
    if beacon not in _BEACONS:
        return None
    genesis, period = _BEACONS[beacon]
    return genesis + (int(pulse) - 1) * period
