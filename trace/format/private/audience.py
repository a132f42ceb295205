"""Audiences of disclosures, and the fields of an event that our tools hide by default.

An audience is the record's own party, named parties, those along the chain, or everyone. Hidden by
default are names of persons, prices and free text (docs/format.md section 7); what a reason must
be for a refusal or a loss to be understood (`suyuan:reason`) is no free text: it stays open.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..members import Object, objects_in, text_in, uri
from ..steps import SUPPLIER
from .pointers import OPEN, PrivateError

KINDS = ("own", "named", "chain", "public")
MAX_NAMED = 50


@dataclass(frozen=True, slots=True)
class Audience:
    """One of the four, each with all that the ones before it may see but `named`.

    `own` is the party whose record it is, and who recorded it for that party; `named` these and
    the `parties`; `chain` all who handed the goods to each other up to here and from here on;
    `public` everyone. An inspector sees what the remit covers, whatever the audience is.
    """

    kind: str
    parties: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise PrivateError for a kind that is none, and for names that are no URIs."""
        if self.kind not in KINDS:
            raise PrivateError(
                "%s is no audience: %s are", ascii(str(self.kind)[:80]), ", ".join(KINDS)
            )
        if bool(self.parties) != (self.kind == "named"):
            raise PrivateError("parties are named by URI in the audience `named`, in no other")
        if len(self.parties) > MAX_NAMED or not all(uri(party) for party in self.parties):
            raise PrivateError("an audience names at most %s parties, by URI", MAX_NAMED)

    @classmethod
    def of(cls, *parties: str) -> "Audience":
        """These parties, beside the record's own; the own alone where none is named."""
        return cls("named", tuple(sorted(set(parties)))) if parties else OWN

    @classmethod
    def read(cls, value: object) -> "Audience":
        """The audience that JSON gives: `own`, `chain` or `public`, or a list of parties' URIs.

        Raises PrivateError for anything else.
        """
        if isinstance(value, str) and value != "named":
            return cls(value)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return cls.of(*value)
        raise PrivateError("an audience is own, chain, public, or a list of parties' URIs")

    def to_json(self) -> str | list[str]:
        """The JSON value that `read` takes."""
        return list(self.parties) if self.kind == "named" else self.kind

    def dumps(self) -> str:
        """The same as text, for the store."""
        return json.dumps(self.to_json(), ensure_ascii=True)

    @classmethod
    def loads(cls, text: str) -> "Audience":
        """The audience in the store's text; the own party alone where the text was changed."""
        try:
            return cls.read(json.loads(text))
        except (ValueError, RecursionError, PrivateError):
            return OWN


OWN = Audience("own")
CHAIN = Audience("chain")
PUBLIC = Audience("public")


@dataclass(frozen=True, slots=True)
class Default:
    """A field by its name, in whatever object of the event it stands, and its audience.

    None stands for the two sides of the trade that the event records.
    """

    name: str
    audience: Audience | None

    def of(self, event: Object) -> Audience:
        """The field's audience in this event."""
        return trade(event) if self.audience is None else self.audience


DEFAULTS: tuple[Default, ...] = (
    Default("suyuan:person", OWN),  # who did it, by name
    Default("suyuan:driver", OWN),  # the driver's name
    Default("suyuan:vehicle", OWN),  # the vehicle's number plate
    Default("suyuan:contact", OWN),  # how to reach somebody
    Default("suyuan:buyer", OWN),  # a person who buys, by name
    Default("suyuan:price", None),  # the price of a unit
    Default("suyuan:amount", None),  # the sum of a trade
    Default("suyuan:note", CHAIN),  # free text
    Default("suyuan:remark", CHAIN),  # free text
)
_BY_NAME: Mapping[str, Default] = {default.name: default for default in DEFAULTS}
_SELLER = (f"/{SUPPLIER}/name", f"/{SUPPLIER}/address", f"/{SUPPLIER}/contact")


def hidden_by_default(event: Object) -> dict[str, Audience]:
    """The fields of an event that are hidden by default, by their pointers, with the audience.

    Of a supplier the contact, and of one without a business number, who is a person, name and
    address too.
    """
    hideable = {name: value for name, value in event.items() if name not in OPEN}
    audiences = {pointer: default.of(event) for pointer, default in _named(hideable, "")}
    supplier = event.get(SUPPLIER)
    if isinstance(supplier, dict):
        for pointer in _SELLER if supplier.get("uscc") is None else _SELLER[2:]:
            if pointer.rsplit("/", 1)[1] in supplier:
                audiences[pointer] = OWN
    return audiences


def default_audience(pointer: str, event: Object) -> Audience:
    """The audience of a hidden field where none is chosen: by the table, else its own party."""
    default = _BY_NAME.get(pointer.rsplit("/", 1)[-1])
    return OWN if default is None else default.of(event)


def _named(value: object, where: str) -> Iterator[tuple[str, Default]]:
    if isinstance(value, dict):
        for name, part in value.items():
            at = f"{where}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in _BY_NAME:
                yield at, _BY_NAME[name]
            else:
                yield from _named(part, at)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _named(part, f"{where}/{number}")


def trade(event: Object) -> Audience:
    """The two sides of the trade that an event records; its own party where there is none."""
    ends = (text_in(part, side) for side in ("source", "destination")
            for part in objects_in(event, f"{side}List"))  # fmt: skip
    return Audience.of(*(end for end in ends if end is not None and uri(end)))
