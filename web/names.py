"""What parties, places and products are called on a page."""

import re
from collections.abc import Iterator

from suyuan.keys.standing import Party
from suyuan.trace.identifiers.gs1 import ID
from suyuan.trace.members import Object
from suyuan.trace.store.read import Reader

from . import divisions, shown

_GDST_LOT = re.compile(r"(urn:gdst:[^:]+):product:lot:class:([^.]+\.[^.]+)\..+")


class Names:
    """Names by URI over one reader, each asked for once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._names: dict[str, str | None] = {}
        self._parties: dict[str, Party | None] = {}

    def known(self, uri: str) -> str | None:
        """The name of a party as admitted, else as stated or reported; None where none is."""
        if uri not in self._names:
            party = self.party(uri)
            name = party.name if party is not None else None
            self._names[uri] = name or self._reader.name(uri)
        found = self._names[uri]
        return None if found is None else shown.cut(found)

    def of(self, uri: str) -> str:
        """The name, or the URI in short."""
        return self.known(uri) or shown.uri(uri)

    def product(self, item: str) -> str | None:
        """What the product is called that an item's own URI names, a GS1 or a GDST one."""
        gtin = shown.gs1_values(item).get("01")
        if gtin is not None:
            return self.known(f"{ID}/01/{gtin}") or next(filter(None, self._patterns(gtin)), None)
        gdst = _GDST_LOT.fullmatch(item)
        return None if gdst is None else self.known(f"{gdst[1]}:product:class:{gdst[2]}")

    def _patterns(self, gtin: str) -> Iterator[str | None]:
        """The names of the EPC patterns by which imported master data name a GTIN."""
        digits = gtin[1:13]
        for length in range(6, 13):
            prefix, rest = digits[:length], gtin[0] + digits[length:]
            yield self.known(f"urn:epc:idpat:sgtin:{prefix}.{rest}.*")

    def item(self, item: str) -> str:
        """An item of which no more is known here than its URI."""
        name = self.product(item)
        return f"{name} ({shown.uri(item)})" if name else shown.uri(item)

    def party(self, uri: str) -> Party | None:
        """The party with this URI, if one was ever admitted."""
        if uri not in self._parties:
            self._parties[uri] = self._reader.party(uri)
        return self._parties[uri]

    def division(self, uri: str) -> str | None:
        """The division of a party, with its province's name."""
        party = self.party(uri)
        return None if party is None else divisions.shown(party.division)

    def place(self, event: Object) -> str | None:
        """Where an event was: its business location, else where it was read."""
        for member in ("bizLocation", "readPoint"):
            found = event.get(member)
            if isinstance(found, dict) and isinstance(found.get("id"), str):
                return self.of(found["id"])
        return None

    def ends(self, event: Object, member: str, kind: str) -> str | None:
        """The owning, else possessing party or the place at an end of a delivery."""
        found = event.get(member)
        parts = [part for part in (found if isinstance(found, list) else ()) if _is_end(part, kind)]
        parts.sort(key=lambda part: _RANK.get(str(part.get("type")).rsplit("-", 1)[-1], 9))
        return self.of(parts[0][kind]) if parts else None


_RANK = {"owning_party": 0, "possessing_party": 1, "location": 2}


def _is_end(part: object, kind: str) -> bool:
    return isinstance(part, dict) and isinstance(part.get(kind), str)
