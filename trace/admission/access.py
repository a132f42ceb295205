"""Who may see and do what: parties, mandates, registrars, inspectors in their remit, auditors.

Each rule stands here once. Pure over what it is given: what the ledger holds of parties and keys
(`Source`), and the trust file's `Genesis`. What a record or an act allows is the format's own
(`chain`, `scopes`); whether the caller is who it says to be is the front-end's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from suyuan.keys import validity
from suyuan.keys.validity import Mandate, Party, significant
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private.audience import Audience

from . import offices
from .state import Genesis, Source, State

_DIGITS = 12  # of the longest division


@dataclass(frozen=True, slots=True)
class Remit:
    """Divisions and places that an inspector looks after; with `is_all` every one there is."""

    parts: tuple[str, ...] = ()
    is_all: bool = False

    @property
    def divisions(self) -> tuple[str, ...]:
        """Its divisions, each by the digits that say something; none that another one covers."""
        digits = {significant(part) for part in self.parts if part.isdigit()}
        narrower = {code for code in digits for other in digits - {code} if code.startswith(other)}
        return tuple(sorted(digits - narrower))

    @property
    def has_places(self) -> bool:
        """Whether single places are in it, which no division finds."""
        return any(not part.isdigit() for part in self.parts)

    def covers(self, party: Party | None) -> bool:
        """Whether a party, one that has left too, lies in it."""
        return party is not None and self.includes(party.division, party.places)

    def includes(self, division: str, places: Sequence[str]) -> bool:
        """Whether a party of this division and these places would lie in it."""
        return self.is_all or validity.in_remit(self.parts, division, places)

    def covers_division(self, division: str) -> bool:
        """Whether a division and all below it lie in it."""
        return self.is_all or any(significant(division).startswith(code) for code in self.divisions)

    def within(self, division: str) -> "Remit":
        """One division of it and all below that."""
        return Remit((division,))

    def spans(self) -> tuple[tuple[str, str], ...]:
        """Divisions from one up to another, both included, among which all its parties' are.

        Compared as text. All there are where it has places: then `covers` decides.
        """
        if self.is_all or self.has_places:
            return (("0", "9" * _DIGITS),)
        return tuple((division, division.ljust(_DIGITS, "9")) for division in self.divisions)


EVERYBODY = Remit(is_all=True)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see and do what in a ledger, by what it holds of parties and keys now."""

    source: Source
    genesis: Genesis

    def is_officer(self, party: str) -> bool:
        """Whether a party is the authority, or an officer by the authority's own statement."""
        return offices.is_officer(self._state, party)

    def office_of(self, person: str) -> str | None:
        """The office for which a person inspects; None for any other party."""
        return offices.office_of(self._state, person)

    @property
    def _state(self) -> State:
        return State(self.genesis, self.source)

    def remit(self, viewer: str) -> Remit | None:
        """An inspector's remit; None for a party that inspects nobody.

        The authority's is everything. An office's, by the authority's own statement, is what it
        was appointed for, else its own division; a person's that of its office. A
        registrar that is no officer, a market say, admits parties and sees no more of them than
        others do; nor does one that a registrar calls an office.
        """
        viewer = self.office_of(viewer) or viewer
        if viewer == self.genesis.authority:
            return EVERYBODY
        office = self.source.party(viewer)
        if office is None or office.left is not None or not self.is_officer(viewer):
            return None
        return Remit(self.source.remit(viewer) or (office.division,))

    def inspects(self, viewer: str, party: str) -> bool:
        """Whether a party lies in the remit of an inspector; any URI lies in the authority's."""
        remit = self.remit(viewer)
        return remit is not None and (remit.is_all or remit.covers(self.source.party(party)))

    def records_for(self, viewer: str, party: str, size: int, now: str) -> bool:
        """Whether a party is the viewer itself, or one for which it may record something now."""
        return viewer == party or bool(in_force(self.source.mandates(party), viewer, size, now))

    def reads_entries(self, viewer: str | None, *, is_auditor: bool) -> bool:
        """Whether a private ledger's entries are for a viewer: for auditors and any inspector."""
        return is_auditor or (viewer is not None and self.remit(viewer) is not None)

    def reads_affairs(self, viewer: str, party: str, size: int, now: str) -> bool:
        """Whether what a private ledger holds of one party's trade is for a viewer."""
        return self.records_for(viewer, party, size, now) or self.inspects(viewer, party)

    def may_read_disclosure(
        self, link: Link, audience: Audience, viewer: str | None, is_along: Callable[[], bool]
    ) -> bool:
        """Whether a viewer, None for anybody, may read a hidden field of a link.

        `is_along` says whether the viewer stands along the chain of the link's goods; it is asked
        last, since it costs a walk.
        """
        if audience.kind == "public":
            return True
        if viewer is None:
            return False
        key = self.source.key(link.keyid)
        recorder = None if key is None else key.party
        if viewer in (link.actor, recorder, *audience.parties):
            return True
        return self.inspects(viewer, link.actor) or (audience.kind == "chain" and is_along())

    def may_erase(self, actor: str, owner: str) -> bool:
        """Whether it is the party, the authority, or a registrar in whose remit the party is."""
        return actor in (owner, self.genesis.authority) or not self._why_not_admit(actor, owner)

    def why_not_register(self, actor: str, party: str) -> Message | None:
        """Why a party may not enrol, change or revoke for another, in words; None where it may."""
        registered = self.source.party(party)
        if registered is None or registered.left is not None:
            return msg("%s is not admitted to this ledger: admit it first", party[:200])
        if actor in (party, self.genesis.authority):
            return None
        return self._why_not_admit(actor, party)

    def _why_not_admit(self, registrar: str, party: str) -> Message | None:
        """Why a party is not in a registrar's remit; None where it is."""
        remit, registered = self.source.remit(registrar), self.source.party(party)
        known = () if registered is None else (registered.roles, registered.part_of)
        office = offices.office_named(*known) if known else None
        if office == registrar and self.is_officer(registrar):
            return None
        if office is not None:
            return msg(
                "%s is an inspector of %s: that office or the authority does it", party, office
            )
        if remit is None:
            return msg(
                "only the authority and registrars invite others; a party invites its own devices"
            )
        if party == self.genesis.authority or self.source.remit(party) is not None:
            return msg("%s is the authority or a registrar: in no registrar's remit", party)
        if registered is None or not validity.in_remit(
            remit, registered.division, registered.places
        ):
            return msg("%s is not in the remit of %s", party, registrar)
        return None


def in_force(mandates: Sequence[Mandate], to: str, size: int, now: str) -> list[Mandate]:
    """The mandates to a party, of these, that cover what is signed at `now`, a UTC second."""
    return [
        mandate
        for mandate in mandates
        if mandate.to == to and mandate.given < size and mandate.state(now) == "in_force"
    ]
