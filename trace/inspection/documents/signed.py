"""Who signed a document, and whether the law's four conditions hold of each signature.

Article 13 of the Electronic Signature Law: the signer's own key; in its sole control when it
signed; a later change of the signature, and one of the content, is found. A signature is a
statement in the ledger over the hash of the unsealed PDF; only those of the document's own office
and of the party that it is about are read, whoever else signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.keys.validity import Mandate
from suyuan.trace.admission.offices import INSPECTORS
from suyuan.trace.format.statements import DOCUMENT_URN
from suyuan.trace.goods.party_report import second
from suyuan.trace.goods.verify_link import Checked, Verifier
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.office.documents import Drawn
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parts_of

from .forms import DocumentForm, forms

OFFICER, PARTY, WITHDRAWN = "officer", "party", "withdrawn"
_LATEST = 5  # links of a signer about a document that are looked at


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature under a document: by whom, as what, in which record."""

    actor: str
    capacity: str
    checked: Checked

    @property
    def index(self) -> int:
        """The index of its record."""
        return self.checked.index

    @property
    def at(self) -> datetime | None:
        """When it was recorded."""
        return self.checked.recorded

    @property
    def kept(self) -> str | None:
        """How its key is kept, as enrolled."""
        return None if self.checked.key is None else self.checked.key.kept

    @property
    def is_own(self) -> bool:
        """Whether the key was enrolled for the signer, who showed it, and was good then."""
        key = self.checked.key
        return self.checked.is_good and key is not None and key.party == self.actor

    @property
    def is_controlled(self) -> bool:
        """Whether the key is nobody's besides, and not reported lost as of then."""
        key = self.checked.key
        return (
            self.is_own and key is not None and not key.is_shared and not self.checked.is_lost_key
        )

    @property
    def is_unchanged(self) -> bool:
        """Whether the record stands as it was signed: its bytes, its signature, its place."""
        return self.checked.is_good

    @property
    def is_good(self) -> bool:
        """Whether it counts."""
        return self.is_controlled and self.is_unchanged


@dataclass(frozen=True, slots=True)
class Signed:
    """The signatures of a document that count: its officers', each once, and the party's newest."""

    form: DocumentForm
    officers: Sequence[Signing] = ()
    party: Signing | None = None

    @property
    def by_officers(self) -> bool:
        """Whether as many officers signed as its form asks."""
        return len(self.officers) >= self.form.officers

    @property
    def by_party(self) -> bool:
        """Whether the party signed, and took it back by no later signature."""
        return self.party is not None and self.party.capacity == PARTY

    @property
    def all(self) -> list[Signing]:
        """All of them, the officers' first."""
        return [*self.officers, *([] if self.party is None else [self.party])]

    def has(self, actor: str) -> bool:
        """Whether somebody's is among them."""
        return any(one.actor == actor for one in self.officers) or (
            self.by_party and self.party is not None and self.party.actor == actor
        )


def signed(reader: Reader, ledger: Ledger, document: Drawn) -> Signed:
    """Who signed a document, as the ledger has it now."""
    form = forms()[document.form]
    if document.sha256 is None:
        return Signed(form)
    subject = f"{DOCUMENT_URN}{document.sha256}"
    people = [
        one.uri for one in parts_of(reader, document.office) if set(one.roles) <= set(INSPECTORS)
    ]
    mandates = reader.mandates(document.office)
    heads = reader.heads([(subject, uri) for uri in (*people, document.party) if uri is not None])
    verifier = Verifier(reader, ledger.trust.genesis)
    officers: list[Signing] = []
    party = None
    for (_, actor), head in heads.items():
        if head is None:
            continue
        since = max(0, head.seq + 1 - _LATEST)
        rows = reader.chain_links(subject, actor, since=since)
        found = [_read(verifier.check(row), document) for _, row in rows if row is not None]
        good = [one for one in found if one is not None and one.is_good and one.actor == actor]
        if actor == document.party:
            party = next((one for one in reversed(good) if one.capacity != OFFICER), None)
            continue
        by_officer = (one for one in good if one.capacity == OFFICER and _may(mandates, one))
        officers += list(by_officer)[:1]
    return Signed(form, sorted(officers, key=lambda one: one.index), party)


def _read(checked: Checked, document: Drawn) -> Signing | None:
    """The signature that a link is of this document; None for one of anything else."""
    said = None if checked.link is None else checked.link.statement
    if checked.link is None or said is None or said["type"] != "signature":
        return None
    stated = said["sha256"], said["form"], said["number"]
    if stated != (document.sha256, document.form, document.number):
        return None
    return Signing(checked.link.actor, str(said["capacity"]), checked)


def _may(mandates: Sequence[Mandate], one: Signing) -> bool:
    """Whether the person inspected for the office then: its mandate ends with its certificate."""
    if one.at is None:
        return False
    when = second(one.at)
    return any(
        given.to == one.actor and given.covers(step, when, one.index)
        for given in mandates
        for step in given.steps[:1]
    )
