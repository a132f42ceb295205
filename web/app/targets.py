"""What a scanned or typed code stands for in this ledger."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from suyuan.keys.validity import Party
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers import codes, gs1, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.items import canonical
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.goods import history
from suyuan.trace.goods.history import History
from suyuan.trace.store.read.reader import Reader
from suyuan.web.text.filters import bare_code, item_path

from .access import viewer
from .mistakes import as_mistake
from .problems import ProblemError

LONGEST = 2_000  # of what is typed or scanned
# Of a decoded path: a lot or serial may hold a slash itself, so the values run to the next key.
# As a label's URL goes on, on whatever host; and what somebody may have mistyped of a code.
_OF_A_LEDGER = re.compile(r"/(?:t/(?=[0-9A-Za-z -]{8,40}(?:[/?#]|$))|01/|00/)[^?#]*", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"(?=\D*[0-9])[0-9A-Za-z\s\u2010-\u2015-]{4,40}|[0-9A-Za-z]{4,16}")
_TRADE = re.compile(r"([0-9]{14})(?:/22/(.+?))?(?:/10/(.+?))?(?:/21/(.+))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """An item; for a chain's code its holder; what else the label said.

    `lot_for` is the piece that was asked for where only its lot is in the ledger.
    """

    item: str
    actor: str | None
    code: str | None = None
    serial: str | None = None
    lot_for: str | None = None
    is_index_wrong: bool = False

    def history(self, reader: Reader, genesis: Genesis, *, size: int | None = None) -> History:
        """The path to the holder; without one, what is common to all holders.

        `size` is the ledger's where it is known already. A problem, 404, where entries are private
        and it is a party, an act or whatever else statements are about.
        """
        if self.actor is None:
            shown = history.common(reader, genesis, self.item, size=size)
        else:
            shown = history.path(reader, genesis, self.item, self.actor, size=size)
        if not viewer.reads_entries() and (reader.party(self.item) or _is_stated(shown)):
            raise ProblemError(404, "no code of this ledger")
        return shown

    @property
    def path(self) -> str:
        """The path of its page."""
        return item_path(self.item, self.actor, self.code, self.serial)


class NotOurs(ProblemError):
    """A code that names nothing here; `is_typo` where it cannot be any ledger's code.

    `foreign` says what it is where it is another system's.
    """

    def __init__(
        self,
        typed: str,
        *,
        is_typo: bool = False,
        is_product: bool = False,
        foreign: str | None = None,
    ) -> None:
        more = ": it was mistyped, or is no item's" if is_typo else ""
        super().__init__(404, f"no code of this ledger{more}")
        self.typed = typed
        self.is_typo = is_typo
        self.is_product = is_product
        self.foreign = foreign


def _is_stated(shown: History) -> bool:
    """Whether a history has statements alone, and none about labels."""
    links = [checked.link for checked in shown.links.values() if checked.link is not None]
    types = [link.statement["type"] for link in links if link.statement is not None]
    return bool(links) and len(types) == len(links) and "labels" not in types


def named(reader: Reader, host: str, text: str) -> Target:
    """The target that a code or a URI names."""
    return by_uri(reader, host, text) if ":" in text else by_code(reader, host, text)


def party(reader: Reader, host: str, text: str) -> Party:
    """The party that a URI, a USCC, a GLN or a code names; a problem where it is none here."""
    try:
        uri = parties.read(text, host)
    except IdentifierError as error:
        raise ProblemError(404, "no party: %s", error) from None
    party = reader.party(uri)
    if party is None:
        raise ProblemError(404, "%s was never admitted to this ledger", uri[:200])
    return party


def typed_party(text: str, host: str, field: str, mistake: str = "party") -> str:
    """The URI of a party as it was typed into a field; FieldError for what names none."""
    with as_mistake(field, mistake, IdentifierError):
        return parties.read(text, host)


def by_code(reader: Reader, host: str, typed: str, serial: str | None = None) -> Target:
    """The target of a trace code, with the serial of a label if there is one."""
    try:
        code = codes.read(typed)
        read = None if serial is None else codes.read_serial(serial)
    except IdentifierError:
        raise NotOurs(typed if serial is None else f"{typed}/{serial}", is_typo=True) from None
    row = reader.codes([code]).get(code)
    if row is None:
        # What follows the ledger may be a moment behind it; an item's own code needs no index.
        item = codes.uri_of(code, host)
        if not reader.chains(item):
            raise NotOurs(codes.shown(code))
        row = (item, None)
    item, actor = row
    return Target(item, actor, code, read, is_index_wrong=bare_code(item, actor) != code)


def by_trade(reader: Reader, rest: str) -> Target:
    """The target of a Digital Link's decoded path behind /01/."""
    match = _TRADE.fullmatch(rest)
    if match is None or not gs1.has_check_digit(match.group(1)):
        raise NotOurs(f"01/{rest}", is_typo=True)
    gtin, _, lot, serial = match.groups()
    if lot is None and serial is None:
        raise NotOurs(f"01/{rest}", is_product=True)
    lot_uri = None if lot is None else f"{gs1.ID}/01/{gtin}/10/{gs1.encode(lot)}"
    piece = None if serial is None else f"{gs1.ID}/01/{gtin}/21/{gs1.encode(serial)}"
    for item in (piece, lot_uri):
        if item is not None and is_uri(item) and reader.chains(item):
            return Target(item, None, lot_for=piece if item == lot_uri else None)
    raise NotOurs(f"01/{rest}")


def by_unit(reader: Reader, rest: str) -> Target:
    """The target of a Digital Link's decoded path behind /00/."""
    if not re.fullmatch("[0-9]{18}", rest, re.ASCII) or not gs1.has_check_digit(rest):
        raise NotOurs(f"00/{rest}", is_typo=True)
    item = f"{gs1.ID}/00/{rest}"
    if not reader.chains(item):
        raise NotOurs(f"00/{rest}")
    return Target(item, None)


def by_uri(reader: Reader, host: str, text: str) -> Target:
    """The target of an item's URI: canonical, an EPC URN, a Digital Link, or this ledger's own."""
    item = gs1.canonical(text)
    if item is None or not is_uri(item):
        raise NotOurs(text, is_typo=True)
    if not reader.chains(item):
        raise NotOurs(text)
    return Target(item, None, codes.in_uri(item, host))


def item_uri(text: str) -> str:
    """An item's canonical URI; what is none stays as it is, and is none of any slip or label."""
    return canonical(text) or text


def code_path(text: str) -> str:
    """The page of a code's text, never of another site; of a foreign one the page that says so."""
    return own_path(text) or f"/find?{urlencode({'code': text.strip()[:LONGEST]})}"


def own_path(text: str) -> str | None:
    """The path of the page that a scanned, typed or pasted code asks for: a bare GTIN's product's.

    None where it is `foreign`.
    """
    text = text.strip()[:LONGEST]
    if re.fullmatch("[0-9]{8}|[0-9]{12,14}", text, re.ASCII):
        try:
            return f"/01/{gs1.gtin14(text)}"
        except IdentifierError:
            pass
    if "://" in text and (match := _OF_A_LEDGER.search(text)) is not None:
        return quote(match[0], safe="/%")
    if text.startswith("urn:epc:") and (item := gs1.canonical(text)) is not None:
        return item.removeprefix(gs1.ID) if gs1.is_canonical(item) else f"/t/{quote(text, safe='')}"
    return None if foreign(text) else f"/t/{quote(text, safe='')}"


def is_whole(text: str) -> bool:
    """Whether a typed text names one thing by itself: a code, right or mistyped, a URL, a GTIN."""
    bare = text.translate(codes.LOOK_ALIKES)
    return ":" in text or "/" in text or len(bare) == 16 or code_path(text).startswith("/01/")


def foreign(text: str) -> str | None:
    """What a text is that is no ledger's code: `address`, `barcode` or `text`; None for others."""
    if re.match(r"[a-z][a-z0-9+.-]*:|//|www\.", text, re.IGNORECASE):
        return "address"
    if re.fullmatch("[0-9]{6,15}", text, re.ASCII):
        return "barcode"
    return None if _LIKE_A_CODE.fullmatch(text) else "text"
