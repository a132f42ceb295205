"""What can be checked of an entry by itself, here or in worker processes.

Bytes, form, hash, and the signature under a key that is given: most of the work that a link costs,
and none of it needs the ledger. Many entries at once are spread over all cores.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock

from suyuan.keys import public

from .link import Link, accepted, parse
from .rules import Refused
from .workers import Worker, WorkerDied

AT_ONCE = 200  # entries from which on worker processes pay
_PART = 250
Entry = bytes | Link  # a link where its bytes were read before, so that they are read once
_KEYID = slice(-165, -101)  # before a signature of 64 bytes


@dataclass(slots=True)
class Offer:
    """A link whose form is good; `verified` is the key under which its signature was found valid.

    None where the key was not given, or the signature is not its.
    """

    link: Link
    verified: bytes | None


def keyid_in(entry: Entry) -> str:
    """The keyid that an entry names, seen without parsing it; "" where none is seen."""
    if isinstance(entry, Link):
        return entry.keyid
    found = entry[_KEYID].decode("ascii", "replace")
    return found if found.isalnum() else ""


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
        self._threads: ThreadPoolExecutor | None = None
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._lock = Lock()

    def check(self, entries: Sequence[Entry], spkis: Mapping[str, bytes]) -> list[Offer | Refused]:
        """What `check` says of each; a worker that dies costs time and nothing else."""
        if len(entries) < AT_ONCE or self._count < 2:
            return [check(entry, spkis) for entry in entries]
        every = [one.entry if isinstance(one, Link) else one for one in entries]
        parts = [every[at : at + _PART] for at in range(0, len(every), _PART)]
        found: list[Offer | Refused] = []
        asked = [self._submit(part, spkis) for part in parts]
        for part, future in zip(parts, asked, strict=True):
            answers = future.result()
            if answers is None:
                found.extend(check(entry, spkis) for entry in part)
            else:
                found.extend(_offers(part, answers, spkis))
        return found

    def _submit(
        self, part: Sequence[bytes], spkis: Mapping[str, bytes]
    ) -> "Future[list[_Answer] | None]":
        keyids = {keyid_in(entry) for entry in part}
        known = {keyid: spkis[keyid] for keyid in keyids if keyid in spkis}
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._count, "checking")
            return self._threads.submit(self._ask, list(part), known)

    def _ask(self, part: list[bytes], known: dict[str, bytes]) -> "list[_Answer] | None":
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = Worker(_CHECK)
        try:
            answers: list[_Answer] = worker.ask((part, known))
        except WorkerDied:
            worker.close()
            return None
        self._idle.put(worker)
        return answers

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=True)
        while not self._idle.empty():
            self._idle.get().close()


_Answer = tuple[str, bool] | Refused  # the link hash, and whether its signature was found valid
_CHECK = f"{__name__}:check_part"


def check_part(asked: tuple[list[bytes], dict[str, bytes]]) -> list[_Answer]:
    """In a worker: as little as possible goes back."""
    entries, spkis = asked
    return [
        (found.link.hash, found.verified is not None) if isinstance(found, Offer) else found
        for found in (check(entry, spkis) for entry in entries)
    ]


def _offers(
    entries: Sequence[bytes], answers: Sequence[_Answer], spkis: Mapping[str, bytes]
) -> list[Offer | Refused]:
    found: list[Offer | Refused] = []
    for entry, answer in zip(entries, answers, strict=True):
        if isinstance(answer, Refused):
            found.append(answer)
        else:
            link = accepted(entry, answer[0])
            found.append(Offer(link, spkis[link.keyid] if answer[1] else None))
    return found
