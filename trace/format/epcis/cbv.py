"""The vocabularies of CBV 2.0 as data: their words, and the spellings of each.

The lists are in `cbv.json`; sources are CBV 2.0 section 7 and, for sensors, the EPCIS 2.0 JSON
schema and the GS1 Web Vocabulary.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

CBV_WEB = "https://ref.gs1.org/cbv/"
"""The namespace of the prefix `cbv`."""

_GS1S = (
    "urn:epcglobal:cbv",
    *(f"{scheme}://{host}.gs1.org/cbv/" for scheme in ("http", "https") for host in ("ref", "ns")),
)
_GS1S_WEB_VOCABULARY = tuple(
    f"{scheme}://{host}gs1.org/voc/" for scheme in ("http", "https") for host in ("", "www.")
)

_DATA: dict[str, Any] = json.loads(files(__package__).joinpath("cbv.json").read_text("utf-8"))


@dataclass(frozen=True)
class Vocabulary:
    """One standard vocabulary.

    `curie` is what stands before a word in its compact form (`cbv:BizStep-`), `uri` before it in
    its web form, "" where the JSON schema allows none; `urn` before it in the form of EPCIS 1.x.
    `sensor` marks the vocabularies of sensor data, `grows` one that GS1 adds to between versions
    of the standard.
    """

    title: str
    words: frozenset[str]
    curie: str
    urn: str = ""
    sensor: bool = False
    grows: bool = False

    @cached_property
    def uri(self) -> str:
        """What stands before a word in its web form."""
        prefix, _, local = self.curie.partition(":")
        return CBV_WEB + local if prefix == "cbv" else ""

    def word(self, text: str) -> str | None:
        """The bare word of this vocabulary that an accepted spelling stands for, else None."""
        if text in self.words:
            return text
        for start in (self.curie, self.uri):
            if start and text.startswith(start) and text[len(start) :] in self.words:
                return text[len(start) :]
        return None

    def holds(self, uri: str) -> bool:
        """Whether a URI is in the namespaces that GS1 keeps for this vocabulary."""
        lower = uri.lower()
        return lower.startswith(_GS1S) or (
            self.curie == "gs1:" and lower.startswith(_GS1S_WEB_VOCABULARY)
        )

    @property
    def prefix(self) -> str:
        """The prefix of the compact form, by whose spelling a word is read."""
        return self.curie.partition(":")[0]


def _vocabulary(name: str) -> Vocabulary:
    entry = _DATA["vocabularies"][name]
    return Vocabulary(**entry | {"words": frozenset(entry["words"])})


BIZ_STEP = _vocabulary("bizStep")
DISPOSITION = _vocabulary("disposition")
TRANSACTION_TYPE = _vocabulary("bizTransactionType")
SOURCE_DESTINATION_TYPE = _vocabulary("sourceDestinationType")
ERROR_REASON = _vocabulary("errorReason")
COMPONENT = _vocabulary("component")
MEASUREMENT_TYPE = _vocabulary("measurementType")
ALERT_TYPE = _vocabulary("sensorAlertType")

UNITS: Mapping[str, frozenset[str]] = {
    kind: frozenset(codes) for kind, codes in _DATA["units"].items()
}
"""Unit codes (UN/ECE Recommendation 20) of a measurement type, where its kind is beyond doubt."""

_ALL_UNITS = frozenset[str]().union(*UNITS.values())

MASTER_KINDS: Mapping[str, str] = _DATA["masterData"]["kinds"]
MASTER_NAMES: tuple[str, ...] = tuple(_DATA["masterData"]["names"])


def bare(word_or_uri: str) -> str:
    """A business step or disposition without the prefixes that CBV's own terms may carry.

    Strips `https://ref.gs1.org/cbv/BizStep-`, `urn:epcglobal:cbv:bizstep:`, `cbv:BizStep-` and
    the same three for dispositions; all else, other people's URIs too, is returned as it is.
    """
    for vocabulary in (BIZ_STEP, DISPOSITION):
        for start in (vocabulary.curie, vocabulary.uri, vocabulary.urn):
            if word_or_uri.startswith(start):
                return word_or_uri[len(start) :]
    return word_or_uri


def unit_fits(measurement: str, unit: str) -> bool:
    """False only where the unit is known to measure something else than this type."""
    known = UNITS.get(measurement)
    return known is None or unit in known or unit not in _ALL_UNITS
