"""The types of single values in the models: pydantic types whose refusals say what would be right.

Each check is stricter than, or the same as, what the EPCIS 2.0 JSON schema asks by `format` and
`pattern`, and looks at ASCII digits only. It raises `PydanticCustomError` with `reason` and `fix`;
prefixes in force are the validation context.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, ValidationInfo, WrapValidator
from pydantic_core import PydanticCustomError

from . import cbv
from .json_reading import shown
from .prefixes import EPCIS_PREFIXES, expanded, in_force, is_standard, is_uri, undeclared

REFUSED = "epcis"  # the pydantic error type of every refusal made here
MAX_CONTEXTS = 64
MAX_TERMS = 1000

_URI = "a URI in ASCII with its scheme, other characters percent-encoded"
_TIME = "a date-time with its zone, like 2026-01-31T08:00:00+08:00"
_DECLARE = "declare it in @context, or write the whole URI"
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]+))?(?:Z|([+-])(0[0-9]|1[0-4]):([0-5][0-9]))"
)
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_VERSION = re.compile(r"2(?:\.[0-9]+)*")

Instant = tuple[int, str]
"""Seconds of UTC since the first day of year 1, and the digits after the decimal point without
trailing zeros: so instants of any precision compare exactly."""


def instant(text: str) -> Instant:
    """The instant of an XML Schema dateTimeStamp (EPCIS context `xsd:dateTimeStamp`, RFC 3339).

    A zone is required, no further from UTC than 14:00; leap seconds and hour 24 do not exist.
    Raises ValueError, whose text says what is wrong.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("it is not a date-time with a zone")
    moment, fraction, sign, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(moment)
    except ValueError:
        raise ValueError("there is no such day") from None
    away = int(hours or 0) * 3600 + int(minutes or 0) * 60
    if away > 14 * 3600:
        raise ValueError("no zone is further than 14:00 from UTC")
    seconds = local.toordinal() * 86400 + local.hour * 3600 + local.minute * 60 + local.second
    return seconds + (away if sign == "-" else -away), (fraction or "").rstrip("0")


def refuse(reason: str, fix: str) -> NoReturn:
    """Raise a refusal that the caller's model reports at the place of the value."""
    raise PydanticCustomError(REFUSED, "{reason}", {"reason": reason, "fix": fix})


def _form(test: Callable[[str], object], form: str, fix: str) -> AfterValidator:
    def check(text: str) -> str:
        if not test(text):
            refuse(f"{shown(text)} is not {form}", fix)
        return text

    return AfterValidator(check)


def _time(text: str) -> str:
    try:
        instant(text)
    except ValueError as error:
        refuse(f"{shown(text)}: {error}", _TIME)
    return text


def _word_of(vocabulary: cbv.Vocabulary) -> AfterValidator:
    def check(text: str, info: ValidationInfo) -> str:
        prefixes, prefix = info.context or {}, vocabulary.prefix
        # What readers, who go by the spelling, would take for a word of GS1's.
        if text.startswith(f"{prefix}:") and not is_standard(prefix, prefixes):
            refuse(
                f"the prefix {prefix} of {shown(text)} means something else here", "the bare word"
            )
        if vocabulary.word(text) is None:
            _require_other_word(text, vocabulary, prefixes)
        return text

    return AfterValidator(check)


def _require_other_word(text: str, vocabulary: cbv.Vocabulary, prefixes: Mapping[str, str]) -> None:
    title = vocabulary.title
    if ":" not in text:
        if vocabulary.grows and _WORD.fullmatch(text):
            return
        refuse(f"{shown(text)} is no {title} of CBV 2.0", "a word of CBV, or a URI of your own")
    _require_uri(text)
    meaning = expanded(text, prefixes)
    if vocabulary.holds(meaning):
        word = next((w for w in vocabulary.words if meaning in _spellings(vocabulary, w)), None)
        if word is not None:
            refuse(f"{shown(text)} is not how JSON writes a {title} of CBV", f'write "{word}"')
        if vocabulary.grows and meaning != text:
            return
        refuse(f"{shown(text)} is in GS1's namespace and no {title} of CBV 2.0", "a word of CBV")
    if not vocabulary.sensor:
        _require_declared(text, prefixes)


def _require_declared(text: str, prefixes: Mapping[str, str] | None) -> None:
    prefix = undeclared(text, prefixes or {})
    if prefix is not None:
        refuse(f"the prefix {shown(prefix)} of {shown(text)} is not declared", _DECLARE)


def _spellings(vocabulary: cbv.Vocabulary, word: str) -> set[str]:
    web = vocabulary.uri or EPCIS_PREFIXES["gs1"]
    old = web.replace("://ref.", "://ns.").replace("://gs1.", "://www.gs1.")
    return {start + word for start in (web, old, vocabulary.urn)}


def _extension_name(name: str, info: ValidationInfo) -> str:
    if ":" not in name:
        refuse(
            f"{shown(name)} is no member of EPCIS here and has no namespace",
            "prefix:name, its prefix declared in @context",
        )
    if not is_uri(name):
        refuse(f"{shown(name)} is not a URI, as the name of an extension must be", _URI)
    _require_declared(name, info.context)
    return name


def _event_type(text: str, info: ValidationInfo) -> str:
    if not is_uri(text):
        refuse(
            f"{shown(text)} is no event type of EPCIS 2.0",
            "ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, "
            "AssociationEvent, or a URI of your own",
        )
    if expanded(text, info.context or {}).startswith(EPCIS_PREFIXES["epcis"]):
        refuse(f"{shown(text)} is in the namespace of EPCIS", "the bare name of its event type")
    _require_declared(text, info.context)
    return text


def _one_or_many(check: Callable[[Any], Any]) -> WrapValidator:
    def either(value: Any, many: Callable[[Any], Any]) -> Any:
        return many(value) if isinstance(value, list) else check(value)

    return WrapValidator(either)


def _require_uri(value: Any) -> Any:
    if not isinstance(value, str) or not is_uri(value):
        refuse(f"{shown(value)} is not a URI", _URI)
    return value


def _context_entry(value: Any) -> Any:
    if not isinstance(value, dict):
        if not isinstance(value, str) or not is_uri(value):
            refuse(f"{shown(value)} is no JSON-LD context", "the URI of one, or an object of names")
        return value
    if len(value) > MAX_TERMS:
        refuse(f"the context defines {len(value)} names", f"at most {MAX_TERMS}")
    for name, definition in value.items():
        if not name.startswith("@") and not isinstance(definition, str | dict | None):
            refuse(f"{shown(name)} is defined as {shown(definition)}", "text, an object or null")
    if "suyuan" in value and not is_standard("suyuan", in_force(value)):
        refuse("the prefix suyuan means something else here than Suyuan says", "another prefix")
    return value


def _contexts(value: list[Any]) -> list[Any]:
    if len(value) > MAX_CONTEXTS:
        refuse(f"there are {len(value)} contexts", f"at most {MAX_CONTEXTS}")
    terms = sum(len(entry) for entry in value if isinstance(entry, dict))
    if terms > MAX_TERMS:
        refuse(f"the contexts define {terms} names", f"at most {MAX_TERMS}")
    return _unequal(value)


def _attribute(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | dict):
        refuse(f"{shown(value)} is no value of an attribute", "text, a number or an object")
    return value


def _unequal(value: list[Any]) -> list[Any]:
    if any(entry in value[:at] for at, entry in enumerate(value)):
        refuse("the same entry stands here twice", "each entry once")
    return value


def distinct(value: list[str]) -> list[str]:
    """The list, refused where a value repeats (schema: `uniqueItems`)."""
    if len(set(value)) < len(value):
        refuse("the same value stands here twice", "each value once")
    return value


Uri = Annotated[str, _form(is_uri, "a URI", _URI)]
Time = Annotated[str, AfterValidator(_time)]
Offset = Annotated[
    str, _form(_OFFSET.fullmatch, "an offset from UTC", "like +08:00, at most 14:00")
]
Unit = Annotated[
    str, _form(_UNIT.fullmatch, "a unit code", "a code of UN/ECE Recommendation 20, like KGM")
]
Hex = Annotated[str, _form(_HEX.fullmatch, "hexadecimal", "digits 0-9 and letters A-F")]
Version = Annotated[str, _form(_VERSION.fullmatch, "a version of EPCIS in JSON", '"2.0"')]

BizStep = Annotated[str, _word_of(cbv.BIZ_STEP)]
Disposition = Annotated[str, _word_of(cbv.DISPOSITION)]
TransactionType = Annotated[str, _word_of(cbv.TRANSACTION_TYPE)]
SourceDestinationType = Annotated[str, _word_of(cbv.SOURCE_DESTINATION_TYPE)]
ErrorReason = Annotated[str, _word_of(cbv.ERROR_REASON)]
Component = Annotated[str, _word_of(cbv.COMPONENT)]
MeasurementType = Annotated[str, _word_of(cbv.MEASUREMENT_TYPE)]
AlertType = Annotated[str, _word_of(cbv.ALERT_TYPE)]

EventType = Annotated[str, AfterValidator(_event_type)]
ExtensionName = Annotated[str, AfterValidator(_extension_name)]
UriSet = Annotated[list[Uri], AfterValidator(distinct)]
UriOrUris = Annotated[list[Uri], _one_or_many(_require_uri)]
AttributeValue = Annotated[Any, AfterValidator(_attribute)]
ContextEntry = Annotated[Any, AfterValidator(_context_entry)]
Context = Annotated[list[ContextEntry], AfterValidator(_contexts), _one_or_many(_context_entry)]
