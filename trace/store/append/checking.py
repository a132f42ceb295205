"""What can be checked of an entry by itself, here or in worker processes.

Bytes, form, hash, and the signature under a key that is given: most of the work that a link costs,
and none of it needs the ledger. Many entries at once are spread over all cores.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suyuan.keys import public
from suyuan.trace.format.link import Link, accepted, parse
from suyuan.trace.format.rules import Refused

from .workers import Pool, WorkerDied

AT_ONCE = 200  # entries from which on worker processes pay
_PART = 250
Entry = bytes | Link  # a link where its bytes were read before, so that they are read once
_KEYID = slice(-165, -101)  # before a signature of 64 bytes


@dataclass(slots=True)
class Offer:
    """A link whose form is good, and the key under which its signature was verified, if it was."""

    link: Link
    verified: bytes | None


def keyid_in(entry: Entry) -> str:
    """The keyid that an entry names, seen without parsing it; "" where none is seen."""
    if isinstance(entry, Link):
        return entry.keyid
    text = entry[_KEYID].decode("ascii", "replace")
    return text if text.isalnum() else ""


def check(entry: Entry, spkis: Mapping[str, bytes]) -> Offer | Refused:
    """One entry, its key looked up by keyid among SubjectPublicKeyInfos."""
    try:
        link = entry if isinstance(entry, Link) else parse(entry)
    except Refused as refused:
        return refused
    spki = spkis.get(link.keyid)
    if spki is None or not link.envelope.verify(public.load(spki)):
        return Offer(link, None)
    return Offer(link, spki)


class Checkers:
    """Worker processes that check entries; started when first needed, ended by `close`."""

    def __init__(self, processes: int | None = None) -> None:
        self._count = processes if processes is not None else os.cpu_count() or 1
        self._pool = Pool(self._count)

    def check(self, entries: Sequence[Entry], spkis: Mapping[str, bytes]) -> list[Offer | Refused]:
        """The result of `check` for each; a worker that dies costs time and nothing else."""
        if len(entries) < AT_ONCE or self._count < 2:
            return [check(entry, spkis) for entry in entries]
        every = [entry.entry if isinstance(entry, Link) else entry for entry in entries]
        parts = [every[at : at + _PART] for at in range(0, len(every), _PART)]
        checked: list[Offer | Refused] = []
        running = []
        for part in parts:
            named = {keyid: spkis[keyid] for keyid in set(map(keyid_in, part)) & spkis.keys()}
            running.append(self._pool.submit(_CHECK, (part, named)))
        for part, answers in zip(parts, running, strict=True):
            try:
                checked.extend(_offers(part, answers.result(), spkis))
            except WorkerDied:
                checked.extend(check(entry, spkis) for entry in part)
        return checked

    def close(self) -> None:
        """End the processes; others are started where more is to be checked."""
        pool, self._pool = self._pool, Pool(self._count)
        pool.close()


_Answer = tuple[str, bool] | Refused  # the link hash, and whether its signature was found valid
_CHECK = f"{__name__}:check_part"


def check_part(question: tuple[list[bytes], dict[str, bytes]]) -> list[_Answer]:
    """In a worker: as little as possible goes back."""
    entries, spkis = question
    return [
        (checked.link.hash, checked.verified is not None) if isinstance(checked, Offer) else checked
        for checked in (check(entry, spkis) for entry in entries)
    ]


def _offers(
    entries: Sequence[bytes], answers: Sequence[_Answer], spkis: Mapping[str, bytes]
) -> list[Offer | Refused]:
    offers: list[Offer | Refused] = []
    for entry, answer in zip(entries, answers, strict=True):
        if isinstance(answer, Refused):
            offers.append(answer)
        else:
            link = accepted(entry, answer[0])
            offers.append(Offer(link, spkis[link.keyid] if answer[1] else None))
    return offers
