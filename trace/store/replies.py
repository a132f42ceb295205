"""Who answers what was sent, as links say it: for what the store derives of items."""

from collections.abc import Callable, Mapping

from .. import joins
from ..joins import REFUSE, destinations
from ..lineage.model import ItemEvent
from ..lineage.stock import is_receipt, is_refusal
from ..link import Link
from ..projection import id_key
from .facts import Facts


class Replies:
    """Questions about dispatches and refusals, and the links that name them.

    `recipients` has the party that a dispatch went to by its leaf, as the columns say.
    """

    def __init__(
        self,
        link: Callable[[int], Link | None],
        facts: Facts,
        recipients: Mapping[int, str | None],
    ) -> None:
        self._link = link
        self._facts = facts
        self._recipients = recipients

    def answerers(self, leaf: int) -> set[str]:
        """Who may answer a dispatch or a refusal, as `may_answer` has it."""
        link = self._link(leaf)
        if link is None or (link.event or {}).get("bizStep") != REFUSE:
            return set() if link is None else destinations(link)
        before = [self._link(ref.index) for ref in link.after if ref.ledger is None]
        return {one.actor for one in before if one is not None}

    def may_answer(self, sent: ItemEvent, actor: str) -> bool:
        """Only whom it was sent to; a refusal is answered by who sent what was refused."""
        if is_refusal(sent):
            before = [link for n in sent.after if (link := self._link(n)) is not None]
            return any(link.actor == actor for link in before)
        if self._recipients.get(sent.leaf) == id_key(actor):
            return True
        link = self._link(sent.leaf)
        return link is not None and actor in destinations(link)

    def is_for_all(self, sent: ItemEvent, answer: Link) -> bool:
        """Whether a receipt names none of a dispatch's items, and so confirms all of it."""
        dispatch = self._link(sent.leaf)
        step = None if answer.event is None else answer.event.get("bizStep")
        if dispatch is None or not isinstance(step, str) or not step.endswith("receiving"):
            return False
        return {ref.item for ref in answer.items}.isdisjoint(ref.item for ref in dispatch.items)

    def is_misdirected(self, receipt: ItemEvent) -> bool:
        """Whether a receipt names what was sent, and none of it to its actor or its firm."""
        if not receipt.after or not is_receipt(receipt) or receipt.is_received:
            return False
        named = [link for leaf in receipt.after if (link := self._link(leaf)) is not None]
        sent = [link for link in named if joins.is_dispatch(link) or joins.is_refusal(link)]

        def firm(actor: str) -> str | None:
            found = self._facts.registration(actor, receipt.leaf)
            return None if found is None else found.part_of

        return bool(sent) and not any(
            joins.is_addressed(link, receipt.actor, firm) for link in sent
        )

    def sent_to(self, link: Link) -> set[str]:
        """Whom a link sends its items to: a refusal, back to who sent them."""
        step = str((link.event or {}).get("bizStep"))
        if step.endswith("shipping"):
            return destinations(link)
        if step != REFUSE:
            return set()
        sent = [self._link(ref.index) for ref in link.after if ref.ledger is None]
        return {one.actor for one in sent if one is not None and link.actor in destinations(one)}
