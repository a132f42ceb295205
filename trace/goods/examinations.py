"""Results of tests that bear on a history, found by the chains of those who examine."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from suyuan.trace.admission.chain import step
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.lineage.joins import EXAMINING, Parties
from suyuan.trace.store.read.examining import examined_chains
from suyuan.trace.store.read.reader import Reader

from .verdicts import is_failure

_MOST = 1_000  # links of one chain that are looked at
_PARTIES = 200  # whose records of an item are looked through for its tests


def tests_of(reader: Reader, items: Sequence[str]) -> list[tuple[datetime, Link]]:
    """The tests that were recorded of these items, by whomever, and when; the newest first."""
    tests = []
    for item in items:
        for head in reader.chains(item)[:_PARTIES]:
            for _, link in reader.readable_chain(item, head.actor):
                if link.event is None or step(link) not in EXAMINING:
                    continue
                when = parse_time(link.event.get("eventTime"))
                if when is not None and link.event.get("type") != "TransformationEvent":
                    tests.append((when, link))
    return sorted(tests, key=lambda pair: pair[0], reverse=True)


class Examinations:
    """The chains of examiners and markets about a history's items, each read once."""

    def __init__(self, reader: Reader, parties: Parties, authority: str) -> None:
        self._reader = reader
        self._authority = authority
        self._parties = parties
        self._chains: dict[tuple[str, str], list[tuple[int, Link]]] = {}
        self._looked: set[str] = set()

    def of(
        self, known: Mapping[int, str], items: Iterable[str], actors: Iterable[str]
    ) -> tuple[list[Link], list[int]]:
        """The results that name one of these links by its hash, and are not among them.

        First those whose chains name nothing beside what is known and are about these items alone;
        then the indexes of other failures, and of results that name those.
        """
        own = set(items)
        firms = (self._parties.part_of(actor) for actor in actors)
        self._read(own, {firm for firm in firms if firm is not None})
        ends = {pair: self._end(chain, known, own) for pair, chain in self._chains.items()}
        every = {index: link for chain in self._chains.values() for index, link in chain}
        failed = {index for index, link in every.items() if _failed(link)}
        results = {(link.actor, _event_id(link)) for index, link in every.items()
                   if _examines(link) and (index in known or _names(link, known))}  # fmt: skip
        inside: dict[int, Link] = {}
        outside: list[int] = []
        for index, link in every.items():
            is_withdrawn = _declares(link) and (link.actor, _event_id(link)) in results
            if index in known or not (is_withdrawn or (_examines(link) and _names(link, known))):
                continue
            if all(ref.seq < ends.get((ref.item, link.actor), -1) for ref in link.items):
                inside[index] = link
            elif self._parties.is_examiner(link.actor):
                bears = _failed(link) or any(ref.index in failed for ref in link.after)
                outside += [index] if bears or is_withdrawn else []
        return [inside[index] for index in sorted(inside)], sorted(outside)

    def _read(self, items: set[str], markets: Iterable[str]) -> None:
        new = items - self._looked
        self._looked |= new
        pairs = set(examined_chains(self._reader, new, self._authority)) if new else set()
        pairs |= {(item, market) for item in items for market in markets}
        for pair in sorted(pairs - self._chains.keys()):
            links = self._reader.readable_chain(*pair, _MOST)
            self._chains[pair] = [(stored.index, link) for stored, link in links]

    def _end(self, chain: list[tuple[int, Link]], known: Mapping[int, str], items: set[str]) -> int:
        """The number from which on a chain is about more than this history."""
        for seq, (_, link) in enumerate(chain):
            if any(ref.item not in items for ref in link.items):
                return seq
            if any(ref.ledger is None and ref.index not in known for ref in link.after):
                return seq
        return len(chain)


def _names(link: Link, known: Mapping[int, str]) -> bool:
    return any(ref.ledger is None and known.get(ref.index) == ref.hash for ref in link.after)


def _examines(link: Link) -> bool:
    return step(link) in EXAMINING and not _declares(link)


def _declares(link: Link) -> bool:
    return "errorDeclaration" in (link.event or {})


def _event_id(link: Link) -> str:
    return str((link.event or {}).get("eventID"))


def _failed(link: Link) -> bool:
    result = (link.event or {}).get("suyuan:result")
    return isinstance(result, str) and is_failure(result)
