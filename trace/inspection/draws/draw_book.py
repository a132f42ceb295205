"""An office's draws as the ledger has them, and the file that shows one to anybody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from suyuan.trace.admission.state import Act
from suyuan.trace.evidence.closure import of_statements
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import AfterRef, Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.resolve import NotFound
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.recall.course import act_code, act_named
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.act_reader import cases as act_rows
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

from .draw import Change, Pick, nonce_digest, read_change
from .draw_check import ENDING, KIND, SAID
from .draw_file import DrawFile
from .draw_keeping import DrawsKept

SIBLINGS = 500  # draws of an office that are looked through for others like one
NEAR = 31 * 86_400_000_000  # microseconds between the commitments of two


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a draw: by whom, when it was recorded, and a replacement where it is kept.

    `stored` is the disclosure of that.
    """

    index: int
    at: datetime
    link: Link
    statement: Object
    change: Change | None = None
    stored: str | None = None

    @property
    def op(self) -> str:
        """Its op."""
        return str(self.statement["op"])


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw and its statements in order; `chains` are all links of those who stated them."""

    act: Act
    code: str
    steps: Sequence[Step]
    chains: Mapping[int, Link] = field(repr=False)

    @property
    def commit(self) -> Step:
        """Its commitment."""
        return self.steps[0]

    @property
    def ending(self) -> Step | None:
        """What ended it."""
        return next((step for step in self.steps if step.op in ENDING), None)

    @property
    def is_revealed(self) -> bool:
        """Whether its nonce is open, and so who is drawn."""
        return self.act.ending == "reveal"

    def after(self, actor: str) -> tuple[AfterRef, ...]:
        """What its end by an actor is to name: all that others stated before it."""
        others = (step for step in self.steps if step.link.actor != actor)
        return tuple(AfterRef(step.index, step.link.hash) for step in others)

    @property
    def opened(self) -> tuple[str, str] | None:
        """The value and the nonce that opened it, if it was."""
        ending = self.ending
        if ending is None or ending.op != "reveal":
            return None
        return str(ending.statement["value"]), str(ending.statement["nonce"])

    @property
    def is_bent(self) -> bool:
        """Whether its statements alone show that it is not what was committed to.

        Another nonce, a statement behind its end, or one that its end does not name; whoever
        recomputes it sees which, and what else is wrong.
        """
        end, opened = self.ending, self.opened
        if end is None:
            return False
        named = {ref.index for ref in end.link.after if ref.ledger is None}
        others = (one for one in self.steps if one.link.actor != end.link.actor)
        return (
            self.steps[-1].index > end.index
            or any(one.index not in named for one in others)
            or (opened is not None and nonce_digest(opened[1]) != self.commit.statement["nonce"])
        )

    @property
    def replacing(self) -> list[Step]:
        """Its replacements while it was open."""
        end = self.ending
        return [step for step in self.steps
                if step.op == "replace" and (end is None or step.index < end.index)]  # fmt: skip

    def changes(self) -> list[Change]:
        """Its replacements as far as they are kept here; LedgerError where one is not."""
        known = [step.change for step in self.replacing if step.change is not None]
        if len(known) < len(self.replacing):
            raise LedgerError("a replacement of this draw is not kept here")
        return known


def find(reader: Reader, host: str, text: str) -> Act:
    """The draw that a URI or its code names; IdentifierError, NotFound."""
    act = act_named(reader, host, text, KIND)
    if act is None or act.kind != KIND:
        raise NotFound("%s is no draw of this ledger", text[:200])
    return act


def read(reader: Reader, ledger: Ledger, act: Act) -> Draw:
    """A draw as its office, its people and the authority stated it; LedgerError where it is lost.

    Nobody else may state anything of it, so that no stranger's chain is read.
    """
    people = {act.actor}
    for office in {act.office, ledger.trust.genesis.authority} - {None}:
        people |= {str(office), *(party.uri for party in parts_of(reader, str(office)))}
    chains: dict[int, Link] = {}
    for actor in sorted(people):
        links = {row.index: link for row, link in reader.readable_chain(act.uri, actor)}
        if any((link.statement or {}).get("type") == KIND for link in links.values()):
            chains |= links
    times = ActBook(reader).times(sorted(chains))
    steps = [
        _step(reader, ledger, index, link, from_micros(times[index]))
        for index, link in sorted(chains.items())
        if index in times and (link.statement or {}).get("type") == KIND
    ]
    if not steps or steps[0].index != act.leaf:
        raise LedgerError("draw %s cannot be read: `suyuan audit` says why", act.uri)
    return Draw(act, act_code(act.uri, ledger.trust.host), steps, chains)


def _step(reader: Reader, ledger: Ledger, index: int, link: Link, at: datetime) -> Step:
    step = Step(index, at, link, link.statement or {})
    if step.op != "replace":
        return step
    for one in ledger.disclosures.of_link(reader, link):
        if one.field is not None and one.field.pointer == SAID:
            return replace(step, change=read_change(one.field.value), stored=one.stored)
    return step


def draws_of(reader: Reader, office: str | None = None, before: int | None = None) -> Iterator[Act]:
    """Draws, those that are over too, of one office or of all; the newest first."""
    return act_rows(reader, KIND, office=office, is_open=False, before=before)


def commitment(reader: Reader, act: Act) -> Object:
    """What a draw's commitment states; nothing where it cannot be read any more."""
    link = reader.parsed(act.leaf)
    return {} if link is None or link.statement is None else link.statement


def siblings(reader: Reader, act: Act) -> list[Act]:
    """Other draws of the same office: within NEAR, from the same list, or by the same public value.

    Whoever draws again until the result pleases has made such, be it with one more on the list and
    the next value; so has who draws often.
    """
    own, found = commitment(reader, act), list[Act]()
    at = ActBook(reader).times([act.leaf]).get(act.leaf, 0)
    first, behind = reader.first_since(at - NEAR), reader.first_since(at + NEAR)
    for number, other in enumerate(draws_of(reader, act.office)):
        if number == SIBLINGS:
            break
        stated = commitment(reader, other) if other.uri != act.uri else {}
        is_same_value = all(stated.get(name) == own.get(name) for name in ("beacon", "round"))
        is_like = is_same_value or stated.get("pool") == own.get("pool")
        if stated and (is_like or first <= other.leaf < behind):
            found.append(other)
    return found


def export(reader: Reader, ledger: Ledger, draw: Draw) -> DrawFile:
    """The draw's file: what it hides is in it once the draw is revealed, and not before.

    LedgerError, Tampered where no evidence can be given.
    """
    evidence = of_statements(reader, draw.act.uri, draw.chains, ledger.attachments.get)
    files: Mapping[str, bytes] = {}
    if draw.is_revealed:
        shown = {step.stored for step in draw.replacing if step.stored is not None}
        evidence = replace(evidence, disclosures=tuple(sorted(shown)))
        kept = DrawsKept(ledger.home).find(draw.code)
        files = {} if kept is None else kept.by_digest()
    return DrawFile(evidence, _committed(reader, draw.commit.index), files)


def _committed(reader: Reader, index: int) -> str:
    """The proof of a commitment under the first checkpoint that witnesses cosigned, if any did."""
    checkpoint = reader.kept(index) or reader.checkpoint()
    assert checkpoint is not None  # it covers a link that was acknowledged
    path = proofs.inclusion(index, checkpoint.size, reader.hashes())
    return tlog_proof.encode(index, path, checkpoint.note)


def picks_now(ledger: Ledger, draw: Draw) -> Sequence[Pick]:
    """Who is drawn now, as far as this home can say: only where its lists are kept."""
    try:
        return DrawsKept(ledger.home).picks(draw.code, draw.changes(), draw.opened)
    except LedgerError:
        return ()
