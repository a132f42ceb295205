"""Master data that a document brings along: parties, places and products by their names.

Sources: JSON schema `vocabulary`, CBV 2.0 master data attributes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from suyuan.trace.epcis.cbv import MASTER_KINDS, MASTER_NAMES

Kind = Literal["party", "place", "product", "other"]


@dataclass(frozen=True)
class MasterItem:
    """What a document says of one party, place or product.

    `attributes` are keyed by the attribute's id as written; one that stands several times has
    the list of its values, one without a value None.
    """

    kind: Kind
    uri: str
    name: str | None
    attributes: dict[str, object]


def master_items(vocabularies: Iterable[Mapping[str, Any]]) -> Iterator[MasterItem]:
    """The items of a checked `vocabularyList`, in its order."""
    for vocabulary in vocabularies:
        kind = _kind(vocabulary["type"])
        for element in vocabulary.get("vocabularyElementList", ()):
            attributes = _attributes(element.get("attributes", ()))
            yield MasterItem(kind, element["id"], _name(attributes), attributes)


def _kind(vocabulary_type: str) -> Kind:
    last = vocabulary_type.replace("/", ":").replace("#", ":").rpartition(":")[2]
    return cast(Kind, MASTER_KINDS.get(last.lower(), "other"))


def _attributes(listed: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    values: dict[str, list[object]] = {}
    for attribute in listed:
        values.setdefault(attribute["id"], []).append(attribute.get("attribute"))
    return {uri: held[0] if len(held) == 1 else held for uri, held in values.items()}


def _name(attributes: Mapping[str, object]) -> str | None:
    by_local: dict[str, str] = {}
    for uri, value in attributes.items():
        text = _text(value)
        if text is not None:
            by_local.setdefault(_local(uri), text)
    return next((by_local[local] for local in MASTER_NAMES if local in by_local), None)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return next((text for text in map(_text, value) if text is not None), None)
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) and value.strip() else None


def _local(uri: str) -> str:
    """The name of a CBV master data attribute, "" where it is somebody else's attribute."""
    for start in ("urn:epcglobal:cbv:mda#", "urn:epcglobal:cbv:mda:", "cbvmda:"):
        if uri.startswith(start):
            return uri[len(start) :]
    return ""
