"""Data shares: what another agency is given of an office's divisions, page by page.

The grant is a case of the kind `share`, signed by the office; closing it revokes it. What lies in
its scope is decided anew at each page, by what the ledger holds then. Whole records are given only
where all their members are of those that may be: a new one stays out until somebody has looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache

from suyuan.keys.validity import Party, significant
from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.admission.chain import step
from suyuan.trace.admission.state import State
from suyuan.trace.findings.food_catalogue import category_named
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import Json
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import text_in
from suyuan.trace.format.statements import PRIVATE, is_day, is_private
from suyuan.trace.format.times import micros, zone
from suyuan.trace.format.vocabulary import roles_of, step_named
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.case_kinds import shared_members
from suyuan.trace.inspection.cases import Case
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.model import Lot
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import of_role

LOOKED = 1_000  # links that one page looks at
_AGENCIES = frozenset(roles_of("stockless")) - frozenset(roles_of("person"))
_TRADERS = frozenset(roles_of("trades"))


class NotShared(LedgerError):
    """Why nothing is given of a share."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whom, of which food and steps records are given, since when; whole ones if `is_whole`."""

    remit: Remit
    divisions: Sequence[str]
    food: Sequence[str]
    steps: Sequence[str]
    since: date
    is_whole: bool

    def covers(self, party: Party | None) -> bool:
        """Whether it is an operator of these divisions, as far as the office has them."""
        if party is None or not self.remit.covers(party) or _TRADERS.isdisjoint(party.roles):
            return False
        return any(significant(party.division).startswith(code) for code in self.divisions)

    def line(self, link: Link, lots: dict[str, Lot]) -> Json | None:
        """What is given of a record; None where nothing of it is in the scope."""
        event = link.event or {}
        known = step_named(step(link) or "", text_in(event, "disposition") or "")
        every = ((ref.item, lots.get(ref.item)) for ref in link.items)
        about = [
            {"item": item, "name": lot and lot.name, "category": food}
            for item, lot in every
            if (food := category_named(lot.category if lot else None)) in self.food
        ]
        if known is None or known.name not in self.steps or not about:
            return None
        is_whole = self.is_whole and len(about) == len(link.items) and _is_open(event)
        more = {"corrects": "errorDeclaration" in event, "entry": is_whole, "lots": about}
        return {"party": link.actor, "step": known.name, "when": event["eventTime"]} | more


def agencies(reader: Reader, ledger: Ledger, *asked: str) -> list[str]:
    """Who may be given a share, of all or those asked for: who by the authority trades nothing."""
    genesis = ledger.trust.genesis
    state = State(genesis, reader, reader.size())
    every = (party for role in _AGENCIES for party in of_role(reader, role))
    known = {party for party in (map(reader.party, asked) if asked else every) if party is not None}
    return sorted(
        one.uri for one in known
        if one.left is None and (granted := set(state.granted(one.uri, genesis.authority)))
        and granted.union(one.roles) <= _AGENCIES
    )  # fmt: skip


def scope_of(reader: Reader, ledger: Ledger, case: Case, now: datetime) -> Scope:
    """What a share grants now; NotShared where it grants nothing (any more)."""
    opening, genesis = case.stages[0], ledger.trust.genesis
    if case.is_closed:
        raise NotShared("this share was revoked")
    if case.stage("assigned"):
        raise NotShared("this share was handed to another office, which has not granted it")
    if opening.until is None or opening.until < now.astimezone(zone()).date():
        raise NotShared("this share ended on %s", opening.until)
    remit = Access(reader, genesis).remit(case.act.office or "")
    granted, stored = opening.said, reader.link(case.act.leaf)
    is_good = stored is not None and Verifier(reader, genesis).check(stored).is_good
    is_theirs = remit is not None and agencies(reader, ledger, case.party or "")
    if remit is None or not is_theirs or not is_good or not is_day(granted.get("since")):
        raise NotShared("what it grants cannot be read, or its office or agency is one no more")
    names = "divisions", "categories", "steps"
    parts, food, steps = (str(granted.get(name, "")) for name in names)
    codes, since = list(filter(str.isdigit, parts.split(","))), date.fromisoformat(granted["since"])
    is_whole = granted.get("gives") == "records"
    return Scope(remit, codes, food.split(), steps.split(), since, is_whole)


def page(reader: Reader, scope: Scope, after: str, most: int) -> tuple[Json, list[Json]]:
    """The next records behind a cursor, at most LOOKED links on, and from where to where that is.

    Each is a receipt, which shows by itself that it is in the log. NotShared for no cursor.
    """
    newest, hashes, party = reader.published(), reader.hashes(), cache(reader.party)
    size = 0 if newest is None else newest.size
    end = min(size, reader.cursors().get("lineage", 0))
    since = micros(datetime.combine(scope.since, time(), zone()))
    start = max(_index(reader, after), reader.first_since(since))
    stop = max(start, min(end, start + LOOKED))
    covered = {
        index: link
        for index, link in reader.parsed_links(start, stop)
        if link.event and not link.is_received and scope.covers(party(link.actor))
    }
    items = {ref.item for link in covered.values() for ref in link.items}
    lots, lines = Lineage(reader).lots(sorted(items)), list[Json]()
    for index, link in covered.items():
        line, stored = scope.line(link, lots), reader.link(index)
        if line is None or stored is None or newest is None:
            continue
        if len(lines) == most:
            stop = index
            break
        line["entry"] = stored.entry.decode() if line["entry"] else None
        proof = tlog_proof.encode(index, proofs.inclusion(index, size, hashes), newest.note)
        lines.append({"index": index, "hash": link.hash, "proof": proof} | line)
    at = {"start": start, "stop": stop, "cursor": _cursor(reader, stop)}
    return at | {"is_more": stop < end}, lines


def _is_open(value: object) -> bool:
    if isinstance(value, dict):
        names = {name.removeprefix("suyuan:") for name in value} - shared_members()
        return not names and all(
            is_private(part) if name == PRIVATE else _is_open(part) for name, part in value.items()
        )
    return not isinstance(value, list) or all(map(_is_open, value))


def _cursor(reader: Reader, index: int) -> str:
    """Where to go on: the index, and a part of the hash of the link before it."""
    before = reader.link(index - 1)
    return "" if before is None else f"{index}-{before.hash[:16]}"


def _index(reader: Reader, cursor: str) -> int:
    digits = cursor.partition("-")[0]
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 16
    if cursor and not (is_number and _cursor(reader, int(digits)) == cursor):
        raise NotShared("after is no cursor of this ledger: leave it out, and begin anew")
    return int(digits or 0)
