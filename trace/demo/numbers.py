"""Numbers with their real check digits, of a division and company prefixes that nobody has."""

from dataclasses import dataclass

from stdnum.cn import uscc as stdnum_uscc

from ..identifiers import gs1, parties

CITY = "359900"  # no division of GB/T 2260 has this code
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(kind: str, number: int) -> str:
    """The URI of a party by its unified social credit code (GB 32100-2015).

    `kind` is the registering office and the type of entity: 11 an office, 12 an institution,
    91 an enterprise, 93 a cooperative. The organisation code in it has its own check character
    (GB 11714-1997).
    """
    body = f"{number:08d}"
    total = sum(
        int(digit) * weight for digit, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    organisation = body + "0123456789X0"[11 - total % 11]
    front = f"{kind}{CITY}{organisation}"
    return parties.uscc_uri(front + stdnum_uscc.calc_check_digit(front))


@dataclass(frozen=True, slots=True)
class Supplier:
    """An enterprise outside the ledger; how it is reached is nothing that a receipt shows."""

    name: str
    number: int
    address: str
    contact: str

    def told(self) -> dict[str, str]:
        """What a receipt names of it."""
        code = uscc("91", self.number).removeprefix("urn:uscc:")
        return {"name": self.name, "uscc": code, "address": self.address}


def gtin(prefix: str, number: int) -> str:
    """The GTIN-13 of this number under a company prefix."""
    body = prefix + f"{number:0{12 - len(prefix)}d}"
    return body + gs1.check_digit(body)


def gln(prefix: str, number: int) -> str:
    """The GLN of this number under a company prefix; formed as a GTIN-13 is."""
    return gtin(prefix, number)


def unit(prefix: str, number: int) -> str:
    """The URI of a logistic unit, by its SSCC with extension digit 3."""
    body = f"3{prefix}" + f"{number:0{16 - len(prefix)}d}"
    return gs1.unit_uri(body + gs1.check_digit(body))
