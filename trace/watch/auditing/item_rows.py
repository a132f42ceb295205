"""The rows about some items: made anew from the rows at their links, and compared.

What stands at the links, the parts check (`part`); from that follow the last place of each chain,
the codes, and all that the follower of lineage derives.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from suyuan.trace.findings.finding import Finding
from suyuan.trace.format.identifiers import codes
from suyuan.trace.store import schema as t
from suyuan.trace.store.projections.follow_lineage import OF_ITEMS, Lineage
from suyuan.trace.store.rebuild import rederive
from suyuan.trace.store.rebuild.compare import Difference, Row, differences
from suyuan.trace.store.rebuild.rederive import Claim, FindingRow

from .session import Frame, Session, look

_CHAINS = (
    "SELECT c.subject, c.actor, c.seq, c.head, last.seq, link.hash, first.leaf, first.role "
    "FROM chain c LEFT JOIN link_item first ON first.chain = c.id AND first.seq = 0 "
    "LEFT JOIN link_item last ON last.chain = c.id "
    "AND last.seq = (SELECT max(seq) FROM link_item WHERE chain = c.id) "
    "LEFT JOIN link ON link.leaf = last.leaf "
    "WHERE c.subject >= ? AND c.subject < ? ORDER BY c.subject, c.actor"
)
_SUBJECTS = "SELECT id, uri, code FROM subject WHERE id >= ? AND id < ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Items:
    """The items whose numbers are from `start` until before `stop`.

    Those whose rows have the digest `known` are as they were. Without `is_derived` only the rows
    of the append transaction are looked at, with `of_codes` only those of `code`, also such as
    nobody claims.
    """

    frame: Frame
    start: int
    stop: int
    known: bytes | None = None
    is_derived: bool = True
    of_codes: bool = False
    is_single: bool = False  # of one item, or of none


@dataclass(slots=True)
class ItemRows:
    """What is to say of the rows about some items; `codes` is how many rows of `code` are theirs.

    `clashes` are rows of `finding` that their codes give.
    """

    start: int
    stop: int
    differences: list[Difference] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    digest: bytes = b""
    codes: int = 0
    clashes: list[FindingRow] = field(default_factory=list)


def run(task: Items) -> ItemRows:
    """Compare the rows. StoreError where the database cannot be opened; all else is a finding.

    Of a run in which something cannot be read, each item is looked at by itself.
    """
    result = ItemRows(task.start, task.stop)
    is_read = look(task.frame, result.findings, lambda here: _Run(task, here, result).all())
    return result if is_read or task.is_single else _one_by_one(task)


def _one_by_one(task: Items) -> ItemRows:
    """The same with as many runs as there are items, unless none at all can be read."""
    result = ItemRows(task.start, task.stop)
    nothing = run(replace(task, stop=task.start, known=None, is_single=True))
    result.findings += nothing.findings
    cuts = {task.start, task.stop}

    def cut(here: Session) -> None:
        cuts.update(row[0] for row in here.rows(_SUBJECTS, task.start, task.stop))

    if nothing.findings or not look(task.frame, result.findings, cut):
        return result
    for start, stop in pairwise(sorted(cuts)):
        one = run(replace(task, start=start, stop=stop, known=None, is_single=True))
        result.differences += one.differences
        result.findings += one.findings
        result.codes += one.codes
        result.clashes += one.clashes
    return result


class _Run:
    def __init__(self, task: Items, here: Session, result: ItemRows) -> None:
        self._task, self._here, self._result = task, here, result
        self._reader = here.reader

    def all(self) -> None:
        task, here, result = self._task, self._here, self._result
        bounds = task.start, task.stop
        subjects = here.rows(_SUBJECTS, *bounds)
        chains = here.rows(_CHAINS, *bounds)
        host = task.frame.genesis.host
        self._codes = {number: codes.of_uri(uri, host) for number, uri, _ in subjects}
        claims = list(self._claims(subjects, chains)) if task.is_derived else []
        coded = self._coded(claims)
        derived = rederive.stored(self._reader, *bounds) if task.is_derived else {}
        result.digest = here.digest([subjects, chains, coded, *derived.values()])
        wanted = {
            (code, claim.subject, holder)
            for claim in claims
            for code, holder in claim.codes.items()
        }
        result.codes = len(wanted)
        if len(coded) != len(wanted) or not wanted.issuperset(coded):
            own, result.clashes, differing = rederive.clashing(self._reader, host, claims, coded)
            result.codes = len(own)
            result.differences += differing
        if task.of_codes or (task.known is not None and result.digest == task.known):
            return
        self._subjects(subjects, chains)
        self._heads(chains)
        if task.is_derived:
            at = here.cursors.get(Lineage.name, 0)
            given = rederive.given(self._reader, at, *bounds)
            for table in OF_ITEMS:
                if Counter(given[table]) != Counter(derived[table]):
                    sides = (
                        rederive.named(self._reader, table, side[table])
                        for side in (derived, given)
                    )
                    result.differences += differences(table, *sides)

    def _subjects(self, subjects: list[Row], chains: list[Row]) -> None:
        used = {row[0] for row in chains}
        derived = [
            (uri, self._codes[number])
            for number, uri, _ in subjects
            if number in used or number in self._here.standing
        ]
        stored = [(uri, code) for _, uri, code in subjects]
        self._result.differences += differences(t.subject, stored, derived)

    def _heads(self, chains: list[Row]) -> None:
        """The chains' rows against the last of their places; two of one chain are one too many."""
        is_doubled = len({row[:2] for row in chains}) < len(chains)
        wrong = [row for row in chains if is_doubled or row[2:4] != row[4:6]]
        uris = self._reader.uris({number for row in wrong for number in row[:2]})
        stored: list[Row] = []
        heads: dict[Row, Row] = {}
        for subject, actor, seq, head, last, digest, _, _ in wrong:
            pair = uris.get(subject), uris.get(actor)
            stored.append((*pair, seq, head))
            if last is not None and last > heads.get(pair, (-1,))[0]:
                heads[pair] = last, digest
        derived = [(*pair, *head) for pair, head in heads.items()]
        self._result.differences += differences(t.chain, stored, derived)

    def _claims(self, subjects: list[Row], chains: list[Row]) -> Iterator[Claim]:
        """What chains about these items claim as their codes."""
        cursor = self._here.cursors.get("codes", 0)
        items = {number: uri for number, uri, _ in subjects}
        actors = self._reader.uris({row[1] for row in chains})
        for subject, actor, _, _, _, _, leaf, role in chains:
            if leaf is None or leaf >= cursor or subject not in items or actor not in actors:
                continue
            if role == 0:  # of a statement, as of what names no items
                link = self._reader.parsed(leaf)
                if link is None or not rederive.claims_codes(link):
                    continue
            item = items[subject]
            chain = codes.of_chain(item, actors[actor])
            yield Claim(leaf, subject, actor, item, {self._codes[subject]: None, chain: actor})

    def _coded(self, claims: list[Claim]) -> list[Row]:
        """The rows of `code` with codes that are claimed, and of these items where asked for."""
        wanted = sorted({code for claim in claims for code in claim.codes})
        rows = [tuple(row) for row in self._reader.among(t.code.select(), t.code.c.code, wanted)]
        if self._task.of_codes:  # by no index
            query = "SELECT code, subject, actor FROM code WHERE subject >= ? AND subject < ?"
            every = self._here.rows(query, self._task.start, self._task.stop)
            rows += [row for row in every if row not in rows]
        return sorted(rows, key=repr)
