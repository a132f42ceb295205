"""What was given of data shares: a row for each page, written before the page is."""

from dataclasses import dataclass

from sqlalchemy import select

from ...read.reader import Reader
from ..repository import Repository, value_of
from ..schema_beside import delivery


@dataclass(frozen=True, slots=True)
class Delivery:
    """A page of `count` lines, of links from `start` until before `stop`, and its SHA-256.

    It was given `at` this time in microseconds UTC, to who signed in with a key of this party.
    """

    key: str
    share: str
    party: str
    keyid: str
    at: int
    start: int
    stop: int
    count: int
    sha256: str


class DeliveryBook(Repository[Delivery]):
    """The deliveries of one ledger, to be written."""

    table, noun, value = delivery, "deliveries", staticmethod(value_of(Delivery))


def deliveries(reader: Reader, share: str, most: int) -> list[Delivery]:
    """The newest deliveries of a share, the newest first."""
    of_share = select(delivery).where(delivery.c.share == share)
    return DeliveryBook.of(reader, of_share.order_by(delivery.c.at.desc()).limit(most))
