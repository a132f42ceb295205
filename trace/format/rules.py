"""The rules that refuse a link, in their order (docs/format.md section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .messages import Message, as_message, msg


class Rule(StrEnum):
    """A rule by the name that code, answers and findings use."""

    SIZE = "size"
    ENCODING = "encoding"
    PAYLOAD = "payload"
    MEMBERS = "members"
    LEDGER = "ledger"
    TIME = "time"
    KEY = "key"
    SIGNATURE = "signature"
    CHAIN = "chain"
    ITEMS = "items"
    AFTER = "after"
    AUTHORITY = "authority"
    STATEMENT = "statement"
    CODING = "coding"
    HOLD = "hold"
    STOCK = "stock"
    PACE = "pace"


HTTP_STATUS: Mapping[Rule, int] = {
    Rule.SIZE: 413,
    Rule.ENCODING: 400,
    Rule.PAYLOAD: 400,
    Rule.MEMBERS: 400,
    Rule.LEDGER: 422,
    Rule.TIME: 422,
    Rule.KEY: 403,
    Rule.SIGNATURE: 403,
    Rule.CHAIN: 409,
    Rule.ITEMS: 422,
    Rule.AFTER: 422,
    Rule.AUTHORITY: 403,
    Rule.STATEMENT: 422,
    Rule.CODING: 422,
    Rule.HOLD: 409,
    Rule.STOCK: 409,
    Rule.PACE: 429,
}


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain: its number and its link hash in hex."""

    seq: int
    hash: str


class Refused(Exception):
    """A link that breaks a rule: the first that it breaks, where, and what to do.

    `what` is for whoever finds the link in a ledger, `why` also tells its signer what to do, both
    in English; `message` is what `why` says.

    `heads` is filled for `chain`: the present head of each chain of the link, by subject, None
    for a chain that is not there yet. `retry_after`, in seconds, for `pace`.
    """

    def __init__(
        self,
        rule: Rule,
        what: str | Message,
        heads: Mapping[str, Head | None] | None = None,
        *,
        fix: str | Message | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = (
            as_message(what) if fix is None else msg("%(what)s: %(fix)s", what=what, fix=fix)
        )
        self.why = str(self.message)
        super().__init__(f"{rule}: {self.why}")
        self.rule = rule
        self.what = str(what)
        self._made_of = (rule, what, heads, fix, retry_after)
        self.heads: Mapping[str, Head | None] = heads or {}
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """So that a worker process can hand one over."""
        return _again, self._made_of

    @property
    def status(self) -> int:
        """The HTTP status that answers it."""
        return HTTP_STATUS[self.rule]


def _again(
    rule: Rule,
    what: str | Message,
    heads: Mapping[str, Head | None] | None,
    fix: str | Message | None,
    retry_after: int | None,
) -> Refused:
    return Refused(rule, what, heads, fix=fix, retry_after=retry_after)
