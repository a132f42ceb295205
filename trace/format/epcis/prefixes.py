"""URIs and their prefixes: which are always known, which a document declares, what a CURIE means.

Sources: the EPCIS 2.0 JSON-LD context and schema, JSON-LD 1.1
section 4.1 (the context) and 4.1.5 (compact IRIs).
"""

import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv6Address
from typing import Any

EPCIS_PREFIXES: Mapping[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes that the EPCIS context itself defines."""

OWN_PREFIX: Mapping[str, str] = {"suyuan": "urn:suyuan:"}
"""Our prefix, whose members are read by their spelling: it means nothing else anywhere."""

KNOWN_PREFIXES: Mapping[str, str] = {**EPCIS_PREFIXES, **OWN_PREFIX}
"""Prefixes that need no declaration: the EPCIS context's, and ours."""

_SCHEMES = frozenset(
    ("urn", "http", "https", "ni", "nih", "tag", "info", "did", "doi", "oid", "geo", "data", "ark")
)
_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_NAME = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_NAME}|:)*@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|{_NAME}*)(?::[0-9]*)?(?:/{_CHAR}*)*"
    rf"|/(?:{_CHAR}+(?:/{_CHAR}*)*)?|{_CHAR}+(?:/{_CHAR}*)*|)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?"
)
_EPCIS_CONTEXT = re.compile(
    r"https?://(?:ref\.gs1\.org|id\.gs1\.org|ns\.gs1\.org|gs1\.github\.io)/.*"
    r"epcis-context(?:\.jsonld)?"
)


def is_uri(text: str) -> bool:
    """Whether this is a URI by RFC 3986 (schema: `format: uri`); a CURIE has this form too."""
    match = _URI.fullmatch(text)
    if match is None:
        return False
    try:
        if match["six"] is not None:
            IPv6Address(match["six"])
    except AddressValueError:
        return False
    return True


def is_epcis_context(entry: object) -> bool:
    """Whether an entry of an `@context` is the address of the EPCIS context, of any version."""
    return isinstance(entry, str) and _EPCIS_CONTEXT.fullmatch(entry) is not None


def entries(context: object) -> list[Any]:
    """The entries of an `@context` in order, however it is written; none where there is none."""
    if context is None:
        return []
    return list(context) if isinstance(context, list | tuple) else [context]


def namespace(definition: object) -> str | None:
    """What a term definition of a context expands to, else None."""
    if isinstance(definition, Mapping):
        definition = definition.get("@id")
    return definition if isinstance(definition, str) and is_uri(definition) else None


def in_force(context: object, around: Mapping[str, str] = KNOWN_PREFIXES) -> dict[str, str]:
    """The prefixes that an `@context` declares, and those around it that it leaves alone.

    Of a name defined twice the later definition counts, even where it is null or no namespace,
    so that the name is no prefix any more (JSON-LD 1.1 section 4.1). The EPCIS context's address
    defines its prefixes, which a later entry may define otherwise; a difference of scheme,
    `www.` or the last character is none, since many documents have it.
    """
    prefixes = dict(around)
    for entry in entries(context):
        if is_epcis_context(entry):
            prefixes |= EPCIS_PREFIXES
        for name, definition in entry.items() if isinstance(entry, Mapping) else ():
            meaning = namespace(definition)
            if meaning is None:
                prefixes.pop(name, None)
            elif isinstance(name, str) and not name.startswith("@"):
                known = KNOWN_PREFIXES.get(name, meaning)
                prefixes[name] = known if _loosely(meaning) == _loosely(known) else meaning
    return prefixes


def is_standard(name: str, prefixes: Mapping[str, str]) -> bool:
    """Whether a prefix of the EPCIS context, or ours, has its own meaning under these prefixes."""
    return prefixes.get(name) == KNOWN_PREFIXES[name]


def expanded(text: str, prefixes: Mapping[str, str]) -> str:
    """The URI that a CURIE stands for under these prefixes, all other text unchanged."""
    prefix, colon, rest = text.partition(":")
    if colon and not rest.startswith("//") and prefix in prefixes:
        return prefixes[prefix] + rest
    return text


def undeclared(text: str, prefixes: Mapping[str, str]) -> str | None:
    """The prefix of what looks like a CURIE of an undeclared prefix, else None.

    A URI whose scheme is in common use, or with `//` after its scheme, is taken as absolute.
    """
    prefix, colon, rest = text.partition(":")
    if not colon or prefix in prefixes or rest.startswith("//") or prefix.lower() in _SCHEMES:
        return None
    return prefix


def _loosely(uri: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", uri).rstrip("/#:")
