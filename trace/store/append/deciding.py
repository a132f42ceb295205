"""The links of one transaction, decided one after the other, request by request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from suyuan.keys import dsse
from suyuan.keys.errors import EncodingError
from suyuan.keys.records import record
from suyuan.trace.admission import chain, signing_time
from suyuan.trace.admission.scopes import Listed
from suyuan.trace.admission.state import State
from suyuan.trace.format.link import PAYLOAD_TYPE, Link, parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import ACTS

from ..errors import StoreError
from . import entry_rules
from .checking import Entry, Offer
from .receipts import Covering
from .scoping import Scoping
from .source import StoreSource

_ENDING = ("revoke", "withdraw", "leave", "dismiss")


@record
class Placed:
    """Where an accepted link stands."""

    hash: str
    index: int
    is_new: bool


Decided = Placed | Refused | None


@dataclass(eq=False)
class Request:
    """What one caller offers at once; `atomic` for all or none.

    `offers` are the entries once they were checked. `lists` are those of its holds and recalls, by
    the link's hash, as read before the lock; with `is_paced`, as of what comes from outside, what
    its actors did not begin comes no faster than a server takes it, and names no entries that are
    not for them. It `asks_wishes` where nobody has looked yet whether one of its actors wants what
    overdraws refused.
    """

    entries: Sequence[Entry]
    atomic: bool
    is_paced: bool = False
    asks_wishes: bool = False
    offers: Sequence[Offer | Refused] | None = None
    lists: Mapping[str, Listed] = field(default_factory=dict)
    outcomes: list[Decided] = field(default_factory=list)
    covering: Covering | None = None
    error: BaseException | None = None

    def comes_first(self, authority: str) -> bool:
        """Whether it ends somebody's standing, is an act or the regulator's: such go first."""
        return any(
            isinstance(offer, Offer)
            and offer.verified is not None
            and offer.link.statement is not None
            and (
                offer.link.actor == authority
                or offer.link.statement.get("op") in _ENDING
                or offer.link.statement["type"] in ACTS
            )
            for offer in self.offers or ()
        )


@dataclass(eq=False)
class Batch:
    """Decides requests against the ledger's state, each link seeing the ones before it.

    `now` is the server's clock; links older than `max_age` are not taken. `committed` is the
    transaction's time, in microseconds; `is_private` says that entries are.
    """

    state: State
    source: StoreSource
    scoping: Scoping
    now: datetime
    max_age: timedelta
    committed: int
    is_private: bool
    accepted: list[tuple[int, Link]] = field(default_factory=list)
    verified: dict[str, bytes] = field(default_factory=dict)
    _met: dict[tuple[str, str, int], tuple[int, Link]] = field(default_factory=dict)
    _before: list[tuple[int, Link]] = field(default_factory=list)

    def take(self, request: Request) -> None:
        """Decide a request's links in order, and note the outcomes in it.

        Of an atomic one with a refusal nothing stays, and what was not refused has no outcome.
        """
        assert request.offers is not None
        if request.atomic and len(request.offers) > 1:
            trial = replace(
                self,
                state=State(self.state.genesis, self.state, self.state.size),
                scoping=self.scoping.trial(),
                accepted=[],
                verified={},
                _met=dict(self._met),
                _before=self.accepted,
            )
            request.outcomes = [trial._decide(o, request) for o in request.offers]
            if any(isinstance(outcome, Refused) for outcome in request.outcomes):
                request.outcomes = [o if isinstance(o, Refused) else None for o in request.outcomes]
                return
            self.verified |= trial.verified
            for _, link in trial.accepted:
                self._apply(link, request.lists)
            return
        request.outcomes = [self._decide(offer, request) for offer in request.offers]

    def _decide(self, offer: Offer | Refused, request: Request) -> Placed | Refused:
        if isinstance(offer, Refused):
            return offer
        link = offer.link
        try:
            chain.ledger(link, self.state)
            placed = self._resent(link)
            if placed is not None:
                return placed
            chain.decide(link, self.state, time=self._time, verified=offer.verified)
            self.scoping.check(link, self.state, self._met, request.lists)
            entry_rules.check_erasure(link, self._at)
            if request.is_paced and self.is_private:
                entry_rules.check_after(link, self.state, self._at)
            if request.is_paced:
                entry_rules.check_pace(link, self.state, self.source, self._met, self.committed)
        except Refused as refused:
            return refused
        if offer.verified is None:
            self.verified[link.keyid] = chain.key(link, self.state)
        return Placed(link.hash, self._apply(link, request.lists), True)

    def _time(self, link: Link, state: State) -> None:
        signing_time.check(link, state, self.now, self.max_age)

    def _apply(self, link: Link, lists: Mapping[str, Listed]) -> int:
        index = self.state.apply(link)
        self.scoping.apply(index, link, self.state, lists)
        self.accepted.append((index, link))
        for ref in link.items:
            self._met[ref.item, link.actor, ref.seq] = (index, link)
        return index

    def _at(self, index: int) -> Link | None:
        """The link at an index, also one of this transaction; None where there is none to read."""
        new = [*self._before, *self.accepted]
        if new and index >= new[0][0]:
            return new[index - new[0][0]][1]
        return self.source.parsed(index)

    def _resent(self, link: Link) -> Placed | None:
        """The link of the same payload and keyid that is there already, if there is one."""
        ref = link.items[0]
        met = self._met.get((ref.item, link.actor, ref.seq))
        if met is not None:
            index, same = met
            is_same = same.envelope.payload == link.envelope.payload and same.keyid == link.keyid
            return Placed(same.hash, index, False) if is_same else None
        head = self.state.head(ref.item, link.actor)
        if head is None or ref.seq > head.seq:
            return None
        stored = self.source.in_chain(ref.item, link.actor, ref.seq)
        if stored is None:
            return None
        try:
            envelope = dsse.decode(stored.entry, PAYLOAD_TYPE)
        except EncodingError as error:
            raise StoreError(
                "the stored link at index %s is damaged (%s): run `suyuan audit`",
                stored.index,
                error,
            ) from None
        if envelope.payload != link.envelope.payload or envelope.keyid != link.keyid:
            return None
        return Placed(parse(stored.entry).hash, stored.index, False)
