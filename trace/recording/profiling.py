"""Profiles from what was typed: of whose things a party tells, the statement, and what it hides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.format.members import Object, is_decimal
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.format.statements import is_coordinates, is_day
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import places_of

from .imports.batches import RowProblem
from .supplies import products_of

PERSONAL = ("person", "phone", "address")
TEXTS = ("names", "description", "ingredients", "storage")
UNITS: Mapping[str, tuple[str, int]] = {  # as typed: the base unit, and how many make one of it
    "g": ("kg", 1000), "kg": ("kg", 1), "ml": ("L", 1000), "L": ("L", 1), "m": ("m", 1),
    "1": ("1", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that a party may tell of: itself, a place or a product of its own."""

    uri: str
    kind: str  # `party`, `place` or `product`
    name: str | None


def subjects(reader: Reader, party: Party) -> list[Subject]:
    """What a party may tell of, itself first."""
    places = (Subject(uri, "place", name) for uri, name in places_of(reader, party))
    products = (Subject(one.uri, "product", one.name) for one in products_of(reader, party.uri))
    return [Subject(party.uri, "party", party.name), *places, *products]


def statement(typed: Mapping[str, Any]) -> tuple[Object, list[RowProblem]]:
    """The statement of what was typed, personal members in clear; and what is wrong with that.

    `typed` has the members of a profile; texts that are empty are left out, `net` has its value in
    one of UNITS, `coordinates` are text: `24.47, 118.09`.
    """
    form = _Form(typed)
    return form.read(), form.problems


def hide(stated: Object, actor: str) -> tuple[Object, list[Kept]]:
    """The statement without its personal members, and their disclosures, the actor's own."""
    body, stored = leave_out(stated, [f"/{name}" for name in PERSONAL if name in stated])
    return body, [Kept(text, actor) for text in stored]


@dataclass(slots=True)
class _Form:
    typed: Mapping[str, Any]
    problems: list[RowProblem] = field(default_factory=list)

    def read(self) -> Object:
        typed = self.typed
        texts = {name: self._texts(name) for name in TEXTS}
        plain = {name: str(typed.get(name) or "").strip() for name in ("standard", *PERSONAL)}
        members = texts | plain | {
            "photos": typed.get("photos"),
            "allergens": typed.get("allergens"),
            "coordinates": self._coordinates(),
            "net": self._net(),
            "licences": self._licences(),
        }  # fmt: skip
        return acts.profile(typed["uri"], **{name: part or None for name, part in members.items()})

    def _texts(self, name: str) -> Object:
        stated = {tag: text.strip() for tag, text in (self.typed.get(name) or {}).items()}
        return {tag: text for tag, text in stated.items() if text}

    def _coordinates(self) -> Object | None:
        text = str(self.typed.get("coordinates") or "").strip()
        if not text:
            return None
        latitude, _, longitude = text.replace("，", ",").partition(",")
        stated = {"latitude": latitude.strip(), "longitude": longitude.strip()}
        if not is_coordinates(stated):
            what = msg("%(text)s is no place on a map", text=text[:60])
            self._wrong("coordinates", what, msg("give degrees north and east: 24.4798, 118.0894"))
        return stated

    def _net(self) -> Object | None:
        stated = self.typed.get("net") or {}
        value = str(stated.get("value") or "").strip()
        if not value:
            return None
        if not is_decimal(value) or not Decimal(value):
            what = msg("%(text)s is no amount", text=value[:60])
            self._wrong("net", what, msg("give a number, as 500"))
            return None
        base, parts = UNITS[stated["unit"]]
        return {"value": f"{(Decimal(value) / parts).normalize():f}", "unit": base}

    def _licences(self) -> list[Object]:
        licences = []
        for typed in self.typed.get("licences") or ():
            number, day = typed["number"].strip(), typed["expires"].strip()
            if not number and not day:
                continue
            if not number:
                self._wrong("licences", msg("a licence has no number"), msg("give its number"))
            if day and not is_day(day):
                what = msg("%(text)s is no day", text=day[:60])
                self._wrong("licences", what, msg("give the last day, as 2028-06-30"))
            last = {"expires": day} if day else {}
            licences.append({"kind": typed["kind"], "number": number} | last)
        return licences

    def _wrong(self, column: str, what: Message, fix: Message) -> None:
        self.problems.append(RowProblem(1, column, what, fix))
