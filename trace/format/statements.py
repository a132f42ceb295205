"""Statements of version 1: their members, their forms and their subjects (section 4)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.keys.public import ALGORITHMS

from . import vocabulary
from .members import (
    DIGEST,
    POSITIVE,
    SECOND,
    TEXT,
    URI,
    WHOLE,
    WORDS,
    Check,
    Member,
    Object,
    is_decimal,
    list_of,
    mapping,
    matching,
    one_of,
    optional,
    positive,
    require,
    texts,
    uri,
    words,
)
from .messages import msg
from .rules import Refused, Rule
from .vocabulary import ALLERGENS, BASES, FATES, KEPT, LICENCES, ROLES

EXAMINERS = vocabulary.roles_of("examines")
# Roles that one is admitted with by registrars: all but the authority's, and a person's.
ADMITTED = tuple(name for name in ROLES if name not in vocabulary.roles_of("founds", "person"))
ACTS = ("hold", "recall")  # statements about many items, under an act's own URI
OFFICIAL = ("case", "draw")  # statements of an office's work, each under a URI of its own
UNDER_URI = (*ACTS, *OFFICIAL)  # what is begun under a URI once, and ended once
ANSWER = "answer"  # the op of a case that is anybody's
WITHDRAWN = "withdrawn"  # the stage of a case by which what was shown is taken back
BEGINNING = ("place", "order", "open", "commit")
ENDING = ("release", "close", "withdraw", "reveal", "abort")
MOVING = ("assign",)
MAX_QUANTITIES = 400
PRIVATE = "suyuan:private"
DOCUMENT_URN = "urn:suyuan:document:"
LINK_URN = "urn:suyuan:link:"  # before a link's hash: what an erasure is about

SCRIPTS_URN = "urn:suyuan:scripts:"  # before a release
PREFIX_URN = "urn:suyuan:prefix:"  # before a GS1 company prefix

_is_fate = one_of(*FATES)
_FILE_NAME = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OWNED_PREFIX = matching(r"[0-9]{7,12}")

# 2, 4, 6, 9 or 12 digits (GB/T 2260 and its extensions).
is_division = matching(r"[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?")
# A GS1 company prefix.
is_prefix = matching(r"[0-9]{4,12}")


def _conversions(value: object) -> bool:
    return isinstance(value, dict) and all(
        unit and is_decimal(amount) and amount.strip("0.") for unit, amount in value.items()
    )


def _amounts(*more: str) -> Check:
    """Objects of exactly item, value, unit and these; `kind`, where it is there, among FATES."""
    names = {"item", "value", "unit", *more}

    def is_amount(part: object) -> bool:
        return (
            isinstance(part, dict)
            and set(part) == names
            and uri(part["item"])
            and is_decimal(part["value"])
            and part["unit"] in BASES
            and ("kind" not in more or _is_fate(part["kind"]))
        )

    return list_of(is_amount)


def _quantities(value: object) -> bool:
    return _amounts("kind")(value) and len(value) <= MAX_QUANTITIES  # type: ignore[arg-type]


def is_owned(value: object) -> bool:
    """The URI of a thing with an owner: a prefix of 7 to 12 digits, a place, a product."""
    if not uri(value):
        return False
    digits = str(value).removeprefix(PREFIX_URN)
    return digits == value or _OWNED_PREFIX(digits)


def _is_file(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"name", "sha256"}
        and _FILE_NAME(value["name"])
        and DIGEST.check(value["sha256"])
    )


def _files(value: object) -> bool:
    """Objects of exactly name and sha256, in the order of names, each once; at least one."""
    if not isinstance(value, list) or not value or not all(map(_is_file, value)):
        return False
    names = [part["name"] for part in value]
    return names == sorted(set(names))


def release_of(files: Iterable[tuple[str, str]]) -> str:
    """The release of scripts: the first 16 hex digits of SHA-256 over `<name> <SHA-256>` lines.

    `files` are names and digests in the order of names.
    """
    lines = "".join(f"{name} {sha256}\n" for name, sha256 in files)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _base64(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        base64.decode(value)
    except EncodingError:
        return False
    return True


def is_private(value: object) -> bool:
    """Whether `value` is `{"_sd": […]}`: sorted digests, a multiple of 8 (section 7)."""
    if not isinstance(value, dict) or set(value) != {"_sd"}:
        return False
    return is_salted(value["_sd"]) and len(value["_sd"]) % 8 == 0


def is_salted(value: object) -> bool:
    """Whether `value` is a list of salted digests: sorted, each once, at least one."""
    if not texts(value):
        return False
    assert isinstance(value, list)
    try:
        sizes = {len(base64.decode_url(part)) for part in value}
    except EncodingError:
        return False
    return sizes == {32} and value == sorted(set(value))


PICTURES = ("image/jpeg", "image/png", "image/webp")
MAX_PHOTOS = 8
MAX_PHOTO = 7 << 20  # bytes
_NONCE = range(16, 65)  # bytes

_is_language = matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_is_day = matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_is_latitude = matching(r"-?(90(\.0{1,7})?|[1-8]?[0-9](\.[0-9]{1,7})?)")
_is_longitude = matching(r"-?(180(\.0{1,7})?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,7})?)")


def is_day(value: object) -> bool:
    """A day that the calendar has, YYYY-MM-DD."""
    if not isinstance(value, str) or not _is_day(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _exactly(optional: tuple[str, ...] = (), **members: Check) -> Check:
    """An object of exactly these members, of which some may be absent."""

    def is_such(value: object) -> bool:
        return (
            isinstance(value, dict)
            and {*members} - {*optional} <= value.keys() <= {*members}
            and all(members[name](part) for name, part in value.items())
        )

    return is_such


def _translations(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_language(language) and words(text) for language, text in value.items()
    )


def _is_size(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_PHOTO


def _is_nonce(value: object) -> bool:
    try:
        return isinstance(value, str) and len(base64.decode_url(value)) in _NONCE
    except EncodingError:
        return False


_is_record = _exactly(index=WHOLE.check, hash=DIGEST.check)
_is_shown = _exactly(index=WHOLE.check, hash=DIGEST.check, digests=is_salted)
is_coordinates = _exactly(latitude=_is_latitude, longitude=_is_longitude)
_is_photo = _exactly(sha256=DIGEST.check, size=_is_size, type=one_of(*PICTURES))
_is_licence = _exactly(("expires",), kind=one_of(*LICENCES), number=words, expires=is_day)


def _photos(value: object) -> bool:
    return list_of(_is_photo)(value) and len(value) <= MAX_PHOTOS  # type: ignore[arg-type]


_AMOUNTS = f"objects of item (a URI), value (a decimal string) and unit ({', '.join(BASES)})"
_FORMS: Mapping[str, Member] = {
    "uri": URI,
    "digest": DIGEST,
    "whole": WHOLE,
    "count": POSITIVE,
    "items": Member(positive, "an integer from 1: an act about no item is none"),
    "second": SECOND,
    "text": TEXT,
    "words": WORDS,
    "steps": Member(list_of(words), "a list of steps"),
    "uris": Member(list_of(uri), "a list of URIs"),
    "keyids": Member(list_of(DIGEST.check), "a list of key ids"),
    "digests": Member(list_of(DIGEST.check), "a list of SHA-256 digests"),
    "salted": Member(is_salted, "a list of salted digests, sorted, each once"),
    "base64": Member(_base64, "the key's DER SubjectPublicKeyInfo in base64"),
    "boolean": Member(lambda value: isinstance(value, bool), "true or false"),
    "level": Member(lambda value: type(value) is int and 1 <= value <= 3, "an integer from 1 to 3"),
    "roles": Member(list_of(one_of(*ROLES)), f"a list of roles among {', '.join(ROLES)}"),
    "division": Member(is_division, "a division of 2, 4, 6, 9 or 12 digits"),
    "remit": Member(
        list_of(lambda part: is_division(part) or uri(part)), "a list of divisions and places"
    ),
    "prefixes": Member(list_of(is_prefix), "a list of GS1 company prefixes, 4 to 12 digits each"),
    "owned": Member(is_owned, f"a URI, or {PREFIX_URN} and 7 to 12 digits"),
    "algorithm": Member(one_of(*ALGORITHMS), f"one of {', '.join(ALGORITHMS)}"),
    "kept": Member(one_of(*KEPT), f"one of {', '.join(KEPT)}"),
    "conversions": Member(_conversions, "an object of units and decimal strings over 0"),
    "release": Member(matching(r"[0-9a-f]{16}"), "16 lower-case hex digits"),
    "files": Member(_files, "a list of {name, sha256} in the order of names, each once"),
    "amounts": Member(_amounts(), f"a list of {_AMOUNTS}"),
    "fates": Member(
        _quantities,
        f"a list of at most {MAX_QUANTITIES} {_AMOUNTS}, and kind ({', '.join(FATES)})",
    ),
    "translations": Member(_translations, "an object of texts, not empty, by their language"),
    "photos": Member(
        _photos,
        f"a list of at most {MAX_PHOTOS} {{sha256, size, type}}, the type {', '.join(PICTURES)}",
    ),
    "coordinates": Member(
        is_coordinates,
        "an object of latitude and longitude, decimal strings of degrees, at most 7 places",
    ),
    "allergens": Member(list_of(one_of(*ALLERGENS)), f"a list among {', '.join(ALLERGENS)}"),
    "net": Member(
        _exactly(value=is_decimal, unit=one_of(*BASES)),
        f"an object of value, a decimal string, and unit ({', '.join(BASES)})",
    ),
    "licences": Member(
        list_of(_is_licence),
        f"a list of {{kind, number, expires?}}: kind among {', '.join(LICENCES)}; expires a day",
    ),
    "token": Member(
        matching(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?"),
        "1 to 32 lower-case letters, digits and hyphens",
    ),
    "day": Member(is_day, "a day that the calendar has, YYYY-MM-DD"),
    "nonce": Member(_is_nonce, "16 to 64 bytes in base64url without padding"),
    "records": Member(
        list_of(_is_record), "a list of {index, hash}: records of this ledger before this one"
    ),
    "shown": Member(
        list_of(_is_shown), "a list of {index, hash, digests}: salted digests, sorted, each once"
    ),
    "hidden": Member(lambda _: False, "hidden: it is personal, and never stands in clear"),
}


def _member(name: str, form: str) -> tuple[str, Member]:
    bare = name.removesuffix("?")
    is_hideable = bare in vocabulary.HIDEABLE
    return bare, replace(_FORMS[form], optional=name != bare, hideable=is_hideable)


def _kind(name: str) -> tuple[str, str | None]:
    kind, _, op = name.partition(" ")
    return kind, op or None


SPECS: Mapping[tuple[str, str | None], Mapping[str, Member]] = {
    _kind(name): dict(_member(*member) for member in statement.members.items())
    for name, statement in vocabulary.STATEMENTS.items()
}
_SUBJECTS = {_kind(name)[0]: statement.subject for name, statement in vocabulary.STATEMENTS.items()}
_WITH_OP = frozenset(kind for kind, op in SPECS if op is not None)


def check(value: object, where: str = "/statement") -> None:
    """Raise Refused(members) unless `value` is a statement of version 1 in form."""
    if not mapping(value):
        raise Refused(Rule.MEMBERS, msg("%s must be an object", where))
    assert isinstance(value, dict)
    kind, op = value.get("type"), value.get("op")
    if not isinstance(kind, str) or not isinstance(op, str | None):
        raise Refused(Rule.MEMBERS, msg("%s/type and /op must be strings", where))
    spec = SPECS.get((kind, op))
    if spec is None:
        known = ", ".join(" ".join(part for part in key if part) for key in SPECS)
        raise Refused(Rule.MEMBERS, msg("%s is of no type known here: one of %s", where, known))
    members = {"type": TEXT} | ({"op": TEXT} if kind in _WITH_OP else {}) | dict(spec)
    if PRIVATE in value:
        members[PRIVATE] = Member(is_private, '{"_sd": […]}: sorted digests, a multiple of 8')
        for name, member in spec.items():
            if member.hideable:
                members[name] = optional(member)
    require(value, members, where)


def is_newer(value: object) -> bool:
    """Whether `value` is a statement of a type, or an op of one, that is not known here."""
    if not isinstance(value, dict):
        return False
    kind, op = value.get("type"), value.get("op")
    return isinstance(kind, str) and isinstance(op, str | None) and (kind, op) not in SPECS


def subject(statement: Object) -> str | None:
    """The URI of what the statement is about; None for `labels`, whose subject is its item."""
    subject = _SUBJECTS.get(statement["type"])
    return None if subject is None else subject.format_map(statement)
