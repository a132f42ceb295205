"""Master data that a document brings along: parties, places and products by their names.

Sources: JSON schema `vocabulary`, CBV 2.0 master data attributes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from suyuan.trace.epcis.cbv import MASTER_KINDS, MASTER_NAMES
from suyuan.trace.epcis.prefixes import is_standard

Kind = Literal["party", "place", "product", "other"]
_NAMESPACES = ("urn:epcglobal:cbv:mda#", "urn:epcglobal:cbv:mda:")


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


def master_items(
    vocabularies: Iterable[Mapping[str, Any]], prefixes: Mapping[str, str]
) -> Iterator[MasterItem]:
    """The items of a checked `vocabularyList`, in its order, under the document's prefixes."""
    starts = (*_NAMESPACES, "cbvmda:") if is_standard("cbvmda", prefixes) else _NAMESPACES
    for vocabulary in vocabularies:
        kind = _kind(vocabulary["type"])
        for element in vocabulary.get("vocabularyElementList", ()):
            attributes = _attributes(element.get("attributes", ()))
            yield MasterItem(kind, element["id"], _name(attributes, starts), attributes)


def _kind(vocabulary_type: str) -> Kind:
    last = vocabulary_type.replace("/", ":").replace("#", ":").rpartition(":")[2]
    return cast(Kind, MASTER_KINDS.get(last.lower(), "other"))


def _attributes(listed: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    values: dict[str, list[object]] = {}
    for attribute in listed:
        values.setdefault(attribute["id"], []).append(attribute.get("attribute"))
    return {uri: held[0] if len(held) == 1 else held for uri, held in values.items()}


def _name(attributes: Mapping[str, object], starts: Iterable[str]) -> str | None:
    by_local: dict[str, str] = {}
    for uri, value in attributes.items():
        text = _text(value)
        if text is not None:
            by_local.setdefault(_local(uri, starts), text)
    return next((by_local[local] for local in MASTER_NAMES if local in by_local), None)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return next((text for text in map(_text, value) if text is not None), None)
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) and value.strip() else None


def _local(uri: str, starts: Iterable[str]) -> str:
    """The name of a CBV master data attribute, "" where it is somebody else's attribute."""
    for start in starts:
        if uri.startswith(start):
            return uri[len(start) :]
    return ""
