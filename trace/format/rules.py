"""The rules that refuse a link, in their order (docs/format.md section 5)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Any

from suyuan.keys.records import record

from .messages import message_of, msg


class Rule(StrEnum):
    """A rule by the name that code, answers and findings use; `status` is the HTTP status of it."""

    status: int

    def __new__(cls, name: str, status: int = 0) -> "Rule":
        rule = str.__new__(cls, name)
        rule._value_, rule.status = name, status
        return rule

    SIZE = "size", 413
    ENCODING = "encoding", 400
    PAYLOAD = "payload", 400
    MEMBERS = "members", 400
    LEDGER = "ledger", 422
    TIME = "time", 422
    KEY = "key", 403
    SIGNATURE = "signature", 403
    CHAIN = "chain", 409
    ITEMS = "items", 422
    AFTER = "after", 422
    AUTHORITY = "authority", 403
    STATEMENT = "statement", 422
    CODING = "coding", 422
    HOLD = "hold", 409
    STOCK = "stock", 409
    PACE = "pace", 429


@record
class Head:
    """The last link of a chain: its number and its link hash in hex."""

    seq: int
    hash: str


class Refused(Exception):
    """A link that breaks a rule: the first that it breaks, where, and what to do.

    `reason` is for whoever finds the link in a ledger, `why` also tells its signer what to do, both
    in English; `message` is `why` in every language.

    `heads` is filled for `chain`: the present head of each chain of the link, by subject, None
    for a chain that is not there yet. `retry_after`, in seconds, for `pace`.
    """

    def __init__(
        self,
        rule: Rule,
        reason: object,
        heads: Mapping[str, Head | None] | None = None,
        *,
        fix: object | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = (
            message_of(reason)
            if fix is None
            else msg("%(what)s: %(fix)s", what=message_of(reason), fix=message_of(fix))
        )
        self.why = str(self.message)
        super().__init__(f"{rule}: {self.why}")
        self.rule = rule
        self.reason = str(reason)
        self._again = partial(Refused, rule, reason, heads, fix=fix, retry_after=retry_after)
        self.heads: Mapping[str, Head | None] = heads or {}
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """Makes it again in another process, a worker's."""
        return self._again, ()

    @property
    def status(self) -> int:
        """The HTTP status that answers it."""
        return self.rule.status


def statement_refused(reason: object, *places: object, fix: object | None = None) -> Refused:
    """The refusal of a statement that breaks section 4 of the format."""
    return Refused(Rule.STATEMENT, message_of(reason, *places), fix=fix)
