"""Rows that the append transaction writes, made from links and from what they changed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.keys.validity import Key, Mandate, Party

from ..identifiers import codes
from ..link import Link
from ..projection import rows as item_rows
from ..state import Act, Changes
from . import schema as t

Row = dict[str, Any]
Values = tuple[Any, ...]  # in the order of the table's columns


def text(values: Sequence[str]) -> str:
    """A list of strings as the store keeps it."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class Numbers:
    """Numbers for URIs and chains, new ones included."""

    subjects: dict[str, int]
    chains: dict[tuple[str, str], int]
    next_subject: int
    next_chain: int
    host: str
    new_subjects: list[Values] = field(default_factory=list)
    new_chains: set[int] = field(default_factory=set)

    def subject(self, uri: str) -> int:
        """The number of a URI; a new one where it has none."""
        number = self.subjects.get(uri)
        if number is None:
            number = self.subjects[uri] = self.next_subject
            self.next_subject += 1
            code = codes.of_uri(uri, self.host)
            self.new_subjects.append((number, uri, code))
        return number

    def chain(self, item: str, actor: str) -> int:
        """The number of a chain; a new one where it has none."""
        number = self.chains.get((item, actor))
        if number is None:
            number = self.chains[item, actor] = self.next_chain
            self.next_chain += 1
            self.new_chains.add(number)
        return number


def named(changes: Changes) -> set[str]:
    """The URIs that the changed rows on who may sign refer to."""
    found = set(changes.parties) | set(changes.remits) | set(changes.mandates)
    for key in changes.keys.values():
        found |= {key.party, key.enrolled_by}
    for item, (actor, _) in changes.coders.items():
        found |= {item, actor}
    for act in changes.acts.values():
        found |= {act.uri, act.actor}
    return found


def links(accepted: Sequence[tuple[int, Link]]) -> list[Values]:
    """Values of `link`: leaf, hash, entry."""
    return [(index, bytes.fromhex(link.hash), link.entry) for index, link in accepted]


def link_items(accepted: Sequence[tuple[int, Link]], numbers: Numbers) -> list[Values]:
    """Values of `link_item` in order of leaf and item: chain, seq, leaf, role, quantity, unit."""
    found: list[Values] = []
    for index, link in accepted:
        for row in item_rows(link):
            amount = row.quantity
            micro, unit = (None, None) if amount is None else (amount.micro, amount.unit)
            chain = numbers.chain(row.item, link.actor)
            found.append((chain, row.seq, index, int(row.role), micro, unit))
    return found


def chains(changes: Changes, numbers: Numbers) -> tuple[list[Values], list[Values]]:
    """Values of `chain` for the chains that began, and seq, head, id of those that went on."""
    new: list[Values] = []
    moved: list[Values] = []
    for (item, actor), head in changes.heads.items():
        number, digest = numbers.chain(item, actor), bytes.fromhex(head.hash)
        if number in numbers.new_chains:
            subject, who = numbers.subject(item), numbers.subject(actor)
            new.append((number, subject, who, head.seq, digest))
        else:
            moved.append((head.seq, digest, number))
    return new, moved


def party(found: Party, subject: Callable[[str], Any]) -> Row:
    """The row of `party`."""
    return {
        "subject": subject(found.uri),
        "admitted": found.admitted,
        "stated": found.stated,
        "gone": found.left,
        "earlier": json.dumps(found.earlier, separators=(",", ":")),
        "name": found.name,
        "roles": text(found.roles),
        "division": found.division,
        "places": text(found.places),
        "gs1": text(found.gs1),
        "part_of": found.part_of,
    }


def key(found: Key, subject: Callable[[str], Any]) -> Row:
    """The row of `key`."""
    return {
        "enrolled": found.enrolled,
        "keyid": found.keyid,
        "party": subject(found.party),
        "alg": found.alg,
        "spki": found.spki,
        "kept": found.kept,
        "enrolled_by": subject(found.enrolled_by),
        "revoked": found.revoked,
        "compromised_since": found.compromised_since,
    }


def mandate(found: Mandate, subject: Callable[[str], Any]) -> Row:
    """The row of `mandate`."""
    return {
        "given": found.given,
        "giver": subject(found.giver),
        "recipient": found.to,
        "steps": text(found.steps),
        "start": found.start,
        "until": found.until,
        "withdrawn": found.withdrawn,
    }


def act(found: Act, subject: Callable[[str], Any]) -> Row:
    """The row of `act`."""
    return {
        "leaf": found.leaf,
        "subject": subject(found.uri),
        "actor": subject(found.actor),
        "kind": found.kind,
        "level": found.level,
        "drill": found.drill,
        "ended": found.ended,
        "ending": found.ending,
    }


def standing(changes: Changes, subject: Callable[[str], Any]) -> dict[Any, list[Row]]:
    """Rows of the tables on who may sign and on acts; each replaces the one of its primary key."""
    return {
        t.party: [party(found, subject) for found in changes.parties.values()],
        t.key: [key(found, subject) for found in changes.keys.values()],
        t.mandate: [
            mandate(found, subject) for given in changes.mandates.values() for found in given
        ],
        t.registrar: [
            {
                "subject": subject(uri),
                "remit": None if remit is None else text(remit),
                "stated": index,
            }
            for uri, (remit, index) in changes.remits.items()
        ],
        t.coder: [
            {"subject": subject(item), "actor": subject(actor), "leaf": leaf}
            for item, (actor, leaf) in changes.coders.items()
        ],
        t.act: [act(found, subject) for found in changes.acts.values()],
    }
