"""What an office signs of a draw: to commit, to replace, to reveal, to abort."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from suyuan.keys import canonical
from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.goods.party_report import second
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import LOOKED, Search

from ..grading.grade_facts import is_graded, of_party
from ..grading.grade_table import given
from . import draw
from .draw import Change, DrawError, Files
from .draw_book import Draw
from .draw_check import KIND, SAID
from .draw_keeping import KeptDraw

MAX_REASON = 500
LEFT_OUT = {*roles_of("officer"), *roles_of("person")}
Stratum = Callable[[Party], str | None]  # of a party; None for one that nobody draws


class DrawOver(LedgerError):
    """A draw of which nothing can be stated any more."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """A public value: of whom, which one, and from when on it exists where no rule says so."""

    name: str
    round: str
    since: datetime | None = None

    def exists(self) -> datetime:
        """From when on it exists; LedgerError where neither a rule nor the office says."""
        known = draw.exists_from(self.name, self.round)
        if known is not None:
            return datetime.fromtimestamp(known, UTC)
        if self.since is None:
            raise LedgerError("say from when on the value of %s exists", self.name)
        return self.since.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Committed:
    """A commitment to sign, and what is kept of it before it is."""

    draft: Draft
    code: str
    kept: KeptDraw


def commit(files: Files, beacon: Beacon, host: str, now: datetime) -> Committed:
    """The commitment to a new draw; LedgerError where its value may exist already."""
    exists = beacon.exists()
    if exists <= now:
        raise LedgerError(
            "the value exists from %s: name one that does not exist yet", second(exists)
        )
    code = codes.new()
    kept = KeptDraw.new(codes.uri_of(code, host, KIND), files)
    digests = files.digests
    stated = acts.draw_commit(
        kept.uri, digests["pool"], digests["inspectors"], digests["parameters"],
        draw.nonce_digest(kept.nonce), beacon.name, beacon.round, second(exists),
    )  # fmt: skip
    return Committed(Draft(statement=stated), code, kept)


def replacing(
    found: Draw, kept: KeptDraw, of: str, *, at: str | None, reason: str, actor: str
) -> tuple[Draft, list[Kept], Change]:
    """The replacement of one drawn, or of an inspector of the one drawn `at`, by the next rank.

    DrawOver, DrawError for one that is not drawn, CannotDecide without the public value.
    """
    _require_open(found)
    ranking, changes = kept.ranking(), found.changes()
    used = [one.of for one in changes if one.at == at]
    to = ranking.next(ranking.replaced(changes), used, of, at)
    change = Change(of, to, at)
    stated = acts.draw_replace(found.act.uri, _words(reason))
    body, stored = leave_out({**stated, "said": change.said()}, [SAID])
    readers = {uri for uri in (found.act.office, actor) if uri is not None}
    hidden = [Kept(text, actor, Audience.of(*readers)) for text in stored]
    return Draft(statement=body), hidden, change


def reveal(found: Draw, kept: KeptDraw, actor: str) -> Draft:
    """What opens a draw by its public value; DrawOver, DrawError, CannotDecide without the value.

    DrawError where its own replacements do not follow from it: another value was typed.
    """
    _require_open(found)
    kept.ranking().replaced(found.changes())
    stated = acts.draw_reveal(found.act.uri, kept.value, kept.nonce)
    return Draft(statement=stated, after=found.after(actor))


def abort(found: Draw, reason: str, actor: str) -> Draft:
    """What ends a draw without a result, for a reason."""
    _require_open(found)
    stated = acts.draw_abort(found.act.uri, _words(reason))
    return Draft(statement=stated, after=found.after(actor))


def _require_open(found: Draw) -> None:
    if found.act.ended is not None:
        raise DrawOver("draw %s is over: make a new one", found.code)


def _words(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable():
        raise LedgerError("a reason of 1 to %s characters in one line is needed", MAX_REASON)
    return reason


def by_role(party: Party) -> str | None:
    """The stratum of an operator by its first role; None for an office, a person, who has left."""
    is_operator = party.left is None and party.roles and not LEFT_OUT & set(party.roles)
    return party.roles[0] if is_operator else None


def by_grade(reader: Reader, ledger: Ledger, on: date) -> tuple[Stratum, dict[str, str]]:
    """The strata of a draw by the grade of a day, and what its files say of that.

    The day, and the SHA-256 of the table: who may see a grade makes it again.
    """
    table = canonical.dumps(given().table.model_dump(mode="json"))
    about = {"graded": str(on), "grades": hashlib.sha256(table).hexdigest()}

    def stratum(party: Party) -> str | None:
        if by_role(party) is None or not is_graded(party):
            return None
        return of_party(reader, ledger, party, on).grade.rule.name

    return stratum, about


def pool_of(
    reader: Reader, remit: Remit, stratum: Stratum = by_role,
    most: int = draw.MAX_POOL,
) -> dict[str, str]:  # fmt: skip
    """The parties of a remit that have a stratum, by URI; DrawError where these are over `most`.

    Only parties of its divisions are read.
    """
    search, pool, after = Search(reader, remit.spans(), remit.covers), dict[str, str](), ""
    while True:
        page = search.all(LOOKED, after)
        for party in page.found:
            if (name := stratum(party)) is not None:
                pool[party.uri] = name
                if len(pool) > most:
                    raise DrawError("over %s to draw among: the command takes more, and a table "
                                    "of one's own (`suyuan draw commit`)", f"{most:,}")  # fmt: skip
        if page.after is None:
            return pool
        after = page.after


def files_of(
    pool: Mapping[str, str], people: Mapping[str, Sequence[str]], counts: Mapping[str, int],
    team: int, about: Mapping[str, str],
) -> Files:  # fmt: skip
    """The files of a draw; strata of which none is to be drawn may be left out of `counts`."""
    every = dict.fromkeys(sorted(set(pool.values())), 0) | dict(counts)
    return draw.write(pool, people, every, team, {n: text for n, text in about.items() if text})
