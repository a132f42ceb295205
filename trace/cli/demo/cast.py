"""The demo's parties and products: city.toml, with numbers derived from a seed.

Numbers have their real check digits; the division and the company prefixes are nobody's.
"""

import hashlib
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.cn import uscc as stdnum_uscc

from suyuan.keys import seeded
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes, gs1, parties
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import SHANGHAI

HOST = "demo.suyuan.invalid"
ORIGIN = f"{HOST}/log"
ED25519 = "Ed25519"  # the algorithm of a key where none is stated
CITY = "359900"  # no division of GB/T 2260 has this code
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@cache
def data_of(name: str) -> dict[str, Any]:
    """The content of a TOML file beside this module."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Party:
    """A party of the city: its URI, its place's, and the members of their statements."""

    uri: str
    place: str
    name: str
    role: str
    division: str
    premises: str = ""
    uscc: str = ""
    by_gln: bool = False
    gs1: str = ""
    part_of: str = ""
    alg: str = ED25519
    kept: str = "file"

    def admission(self, part_of: str | None) -> Object:
        """The statement that admits it; `part_of` is the URI of the party that it is a part of."""
        return acts.admit(
            self.uri,
            self.name,
            [self.role],
            self.division,
            places=[self.place],
            gs1=[self.gs1] if self.gs1 else [],
            part_of=part_of,
        )

    def of_place(self) -> Object:
        """Its statement of its place."""
        return acts.place(self.place, self.uri, self.premises, self.division)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of one party, its owner; `days` is its shelf life."""

    uri: str
    owner: str
    name: str
    category: str
    unit: str = "KGM"
    spec: str = ""
    days: int | None = None
    conversions: Mapping[str, str] = field(default_factory=dict)

    def stated(self) -> Object:
        """Its owner's statement of it."""
        more, days = dict(self.conversions) or None, self.days
        named = (self.uri, self.name, self.category, self.unit)
        return acts.product(*named, spec=self.spec or None, days=days, conversions=more)


class Cast:
    """The parties, products and items that stories name, by a seed and the day of their end.

    `parties` by key; `products` by key, `product_of` by the key of a lot or piece; `items` has the
    URIs of lots, pieces and logistic units by key.
    """

    def __init__(self, seed: str, today: date) -> None:
        self.seed = seed
        self.today = today
        self.parties: dict[str, Party] = {}
        self.products: dict[str, Product] = {}
        self.product_of: dict[str, Product] = {}
        self.items: dict[str, str] = {}
        city = data_of("city")
        for key, stated in city["parties"].items():
            self.parties[key] = self._party(key, stated)
        for key, stated in city["products"].items():
            self._add_product(key, **stated)
        for key, numbered in city["units"].items():
            owner, number = numbered.split()
            self.items[key] = unit(self.parties[owner].gs1, int(number))

    def _party(self, key: str, stated: Mapping[str, Any]) -> Party:
        place = self.coded("place", key)
        if "gs1" in stated:
            place = f"{gs1.ID}/414/{gtin13(stated['gs1'], 101)}"
        if "uscc" in stated:
            return Party(parties.uscc_uri(uscc(stated["uscc"])), place, **stated)
        if "by_gln" in stated:
            return Party(parties.gln_uri(gtin13(stated["gs1"], 1)), place, **stated)
        return Party(self.coded("party", key), place, **stated)

    def _add_product(
        self,
        key: str,
        owner: str,
        gtin: int = 0,
        lots: Mapping[str, int] | None = None,
        pieces: tuple[str, ...] = (),
        **stated: Any,
    ) -> None:
        number = gs1.gtin14(gtin13(self.parties[owner].gs1, gtin)) if gtin else ""
        uri = f"{gs1.ID}/01/{number}" if number else self.coded("product", key)
        product = self.products[key] = Product(uri, owner, **stated)
        for ending, days in (lots or {}).items():
            lot = f"{key}-{ending}"
            self.product_of[lot] = product
            dated = f"{self.today - timedelta(days=days):%Y%m%d}A"
            self.items[lot] = gs1.lot_uri(number, dated) if number else self.coded("item", lot)
        for place, serial in enumerate(pieces, 1):
            self.product_of[f"{key}-{place}"] = product
            self.items[f"{key}-{place}"] = gs1.piece_uri(number, serial)

    def coded(self, kind: str, key: str) -> str:
        """The URI of a kind of the ledger's own that stories name by a key."""
        bits = int.from_bytes(self.draw(f"code:{kind}:{key}", 10), "big") >> 5
        return codes.uri_of(codes.from_bits(bits), HOST, "t" if kind == "item" else kind)

    def draw(self, name: str, length: int) -> bytes:
        """Bytes that the seed and a name give, always the same."""
        return seeded.derive(self.seed, name, length)

    def event_id(self, number: int) -> str:
        """The id of the demo's event of this number; one hash, since there are many of them."""
        digest = hashlib.sha256(f"suyuan demo:{self.seed}:event:{number}".encode()).digest()
        return f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"

    def supplier(self, key: str) -> tuple[dict[str, str], str]:
        """A supplier outside the ledger: its members in a receipt, and its contact."""
        stated = dict(data_of("city")["suppliers"][key])
        contact = stated.pop("contact")
        return stated | {"uscc": uscc(stated["uscc"])}, contact

    def serials(self, issuer: str, lot: str) -> list[str]:
        """The serials of the labels that a party issues for a lot, in byte order."""
        count: int = data_of("city")["labels"][issuer][lot]
        serials: set[str] = set()
        block = 0
        while len(serials) < count:
            name = f"serials:{issuer}/{lot}:{block}"
            data = self.draw(name, codes.SERIAL_LENGTH * count)
            letters = "".join(codes.ALPHABET[byte & 31] for byte in data)
            starts = range(0, len(letters), codes.SERIAL_LENGTH)
            serials.update(letters[at : at + codes.SERIAL_LENGTH] for at in starts)
            block += 1
        return sorted(serials)[:count]

    def label(self, issuer: str, lot: str) -> str:
        """The trace code on a party's label for a lot."""
        return codes.of_chain(self.items[lot], self.parties[issuer].uri)

    def day(self, text: str) -> date:
        """The day of `D-6`, six days before the story's end."""
        return self.today + timedelta(days=int(text.removeprefix("D")))

    def moment(self, text: str) -> datetime:
        """The moment of `D-6 07:10`, on Shanghai's clocks."""
        day, clock = text.split()
        return datetime.combine(self.day(day), time.fromisoformat(clock), SHANGHAI)


def algorithms() -> dict[str, str]:
    """The algorithm of each key of the demo, by its name."""
    city = data_of("city")
    first = {key: stated.get("alg", ED25519) for key, stated in city["parties"].items()}
    return {**first, **city["keys"]}


def signers(seed: str) -> dict[str, LocalSigner]:
    """All keys of the demo by name, derived in memory; none is ever stored."""
    return {name: seeded.signer(seed, name, alg) for name, alg in algorithms().items()}


def uscc(text: str) -> str:
    """The unified social credit code (GB 32100-2015) of `91 30518842`.

    First come the registering office and the type of entity. The organisation code after the
    division has its own check character (GB 11714-1997).
    """
    kind, number = text.split()
    body = number.zfill(8)
    total = sum(
        int(digit) * weight for digit, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    front = f"{kind}{CITY}{body}{'0123456789X0'[11 - total % 11]}"
    return front + stdnum_uscc.calc_check_digit(front)


def gtin13(prefix: str, number: int) -> str:
    """The GTIN-13, or the GLN, which is formed alike, of this number under a company prefix."""
    body = prefix + f"{number:0{12 - len(prefix)}d}"
    return body + gs1.check_digit(body)


def unit(prefix: str, number: int) -> str:
    """The URI of a logistic unit, by its SSCC with extension digit 3."""
    body = f"3{prefix}" + f"{number:0{16 - len(prefix)}d}"
    return gs1.unit_uri(body + gs1.check_digit(body))
