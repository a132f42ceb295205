"""Which fields of an event our tools hide unless they are told otherwise, and from whom.

Names of persons, prices and free text (docs/format.md section 7). What a reason must be for a
refusal or a loss to be understood (`suyuan:reason`) is no free text: it stays open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..members import Object, uri
from ..steps import SUPPLIER
from .audience import CHAIN, OWN, Audience
from .pointers import OPEN


@dataclass(frozen=True, slots=True)
class Default:
    """A field by its name, in whatever object of the event it stands, and whom it is shown.

    Without an audience: the two sides of the trade that the event tells of.
    """

    name: str
    what: str
    audience: Audience | None

    def of(self, event: Object) -> Audience:
        """Whom the field is shown in this event."""
        return trade(event) if self.audience is None else self.audience


DEFAULTS: tuple[Default, ...] = (
    Default("suyuan:person", "who did it, by name", OWN),
    Default("suyuan:driver", "the driver's name", OWN),
    Default("suyuan:vehicle", "the vehicle's number plate", OWN),
    Default("suyuan:contact", "how to reach somebody", OWN),
    Default("suyuan:buyer", "a person who buys, by name", OWN),
    Default("suyuan:price", "the price of a unit", None),
    Default("suyuan:amount", "the sum of a trade", None),
    Default("suyuan:note", "free text", CHAIN),
    Default("suyuan:remark", "free text", CHAIN),
)
_BY_NAME: Mapping[str, Default] = {one.name: one for one in DEFAULTS}
_SELLER = (f"/{SUPPLIER}/name", f"/{SUPPLIER}/address", f"/{SUPPLIER}/contact")


def hidden(event: Object) -> dict[str, Audience]:
    """The fields of an event that are hidden by default, by their pointers, with the audience.

    Of a supplier the contact, and of one without a business number, who is a person, name and
    address too.
    """
    able = {name: value for name, value in event.items() if name not in OPEN}
    found = {pointer: one.of(event) for pointer, one in _named(able, "")}
    supplier = event.get(SUPPLIER)
    if isinstance(supplier, dict):
        for pointer in _SELLER if supplier.get("uscc") is None else _SELLER[2:]:
            if pointer.rsplit("/", 1)[1] in supplier:
                found[pointer] = OWN
    return found


def audience(pointer: str, event: Object) -> Audience:
    """Whom a hidden field is shown where nothing is said: by the table, else its own party."""
    found = _BY_NAME.get(pointer.rsplit("/", 1)[-1])
    return OWN if found is None else found.of(event)


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
    """The two sides of the trade that an event tells of; its own party where there is none."""
    sides = set(_ends(event, "source")) | set(_ends(event, "destination"))
    return Audience.of(*(side for side in sides if uri(side)))


def _ends(event: Object, side: str) -> Iterator[str]:
    found = event.get(f"{side}List")
    for part in found if isinstance(found, list) else ():
        if isinstance(part, dict) and isinstance(part.get(side), str):
            yield part[side]
