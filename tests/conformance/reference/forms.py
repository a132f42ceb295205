"""Sections 2 and 4 of the format: members and their forms. Part of the second verifier."""

import calendar
import re

from conformance.reference.encoding import from_base64, from_base64url


class No(Exception):
    """The rule that refuses."""

    def __init__(self, rule):
        super().__init__(rule)
        self.rule = rule


def demand(condition, rule):
    if not condition:
        raise No(rule)


def matches(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def each(check):
    return lambda value: isinstance(value, list) and all(check(part) for part in value)


def among(text):
    return lambda value: isinstance(value, str) and value in text.split()


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_positive(value):
    return is_whole(value) and value >= 1


def is_object(value):
    return isinstance(value, dict)


def is_text(value):
    return isinstance(value, str)


def is_words(value):
    return isinstance(value, str) and value != ""


def is_uri(value):
    return is_absolute(value) and len(value) <= 512


is_digest = matches("[0-9a-f]{64}")
is_absolute = matches("[A-Za-z][-+.A-Za-z0-9]*:[!-~]+")
is_division = matches("[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
is_decimal = matches("(0|[1-9][0-9]*)([.][0-9]+)?")


def is_second(value):
    if not matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")(value):
        return False
    year, month, day, hour, minute, second = (int(n) for n in re.findall("[0-9]+", value))
    return (
        year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
        and hour < 24 and minute < 60 and second < 60
    )  # fmt: skip


def is_conversions(value):
    return is_object(value) and all(
        unit != "" and is_decimal(value[unit]) and re.search("[1-9]", value[unit]) for unit in value
    )


def is_private(value):
    if not is_object(value) or list(value) != ["_sd"] or not each(is_text)(value["_sd"]):
        return False
    raw = [from_base64url(part) for part in value["_sd"]]
    return (
        raw != [] and len(raw) % 8 == 0 and all(r is not None and len(r) == 32 for r in raw)
        and all(a < b for a, b in zip(value["_sd"], value["_sd"][1:], strict=False))
    )  # fmt: skip


def is_salted(value):
    if not each(is_text)(value) or value != sorted(set(value)):
        return False
    raw = [from_base64url(part) for part in value]
    return raw != [] and all(r is not None and len(r) == 32 for r in raw)


def has(value, shape):
    """Exactly these members; a name that ends in ? may be absent."""
    demand(is_object(value), "members")
    for name in value:
        check = None if name.endswith("?") else shape.get(name) or shape.get(name + "?")
        demand(check is not None and check(value[name]), "members")
    for name in shape:
        demand(name.endswith("?") or name in value, "members")


PARTY = {
    "party": is_uri, "name": is_words, "division": is_division, "places": each(is_uri),
    "roles": each(among("authority office producer processor wholesaler retailer market stall "
                        "inspector caterer laboratory gateway")),
    "gs1": each(matches("[0-9]{4,12}")), "part_of?": is_uri,
}  # fmt: skip


def is_amount(*more):
    """Item, value and unit, exactly, and `kind` where it is asked for."""

    def check(value):
        return (
            is_object(value) and set(value) == {"item", "value", "unit", *more}
            and is_uri(value["item"]) and is_decimal(value["value"])
            and among("kg L m 1")(value["unit"])
            and ("kind" not in more or among("recovered sold destroyed remaining")(value["kind"]))
        )  # fmt: skip

    return check


LIST = {"uri": is_uri, "count": is_positive, "root": is_digest, "list": is_digest}
ACTS = {
    "hold place": LIST | {"reason": is_words},
    "hold release": {"uri": is_uri, "reason?": is_words},
    "recall order": LIST | {
        "level": lambda value: is_whole(value) and 1 <= value <= 3,
        "drill": lambda value: isinstance(value, bool), "known": is_second, "reason": is_words,
    },
    "recall plan": {"uri": is_uri, "planned": is_second},
    "recall extend": LIST | {"reason?": is_words},
    "recall clear": LIST | {"reason": is_words},
    "recall acknowledge": {"uri": is_uri},
    "recall report": {
        "uri": is_uri, "files?": each(is_digest),
        "quantities": lambda value: each(is_amount("kind"))(value) and len(value) <= 400,
    },
    "recall close": {"uri": is_uri, "missing": each(is_amount()), "reason?": is_words},
    "recall withdraw": {"uri": is_uri, "reason": is_words},
}  # fmt: skip


def is_files(value):
    """Objects of exactly name and sha256, in the order of names without repeats, at least one."""
    is_name = matches("[A-Za-z0-9][-A-Za-z0-9._]{0,99}")
    if not each(lambda one: is_object(one) and set(one) == {"name", "sha256"})(value):
        return False
    if not all(is_name(one["name"]) and is_digest(one["sha256"]) for one in value):
        return False
    names = [one["name"] for one in value]
    return names == sorted(set(names)) != []


def is_owned(value):
    """A URI, and of a company prefix 7 to 12 digits."""
    start = "urn:suyuan:prefix:"
    if not is_uri(value):
        return False
    return not value.startswith(start) or matches("[0-9]{7,12}")(value[len(start) :])


def is_of(**shape):
    """An object of exactly these members; what stands in `maybe` may be absent."""
    maybe = shape.pop("maybe", {})

    def check(value):
        return (
            is_object(value) and set(shape) <= set(value) <= set(shape) | set(maybe)
            and all((shape | maybe)[name](value[name]) for name in value)
        )  # fmt: skip

    return check


def is_translations(value):
    """Texts by the tags of their languages."""
    is_language = matches("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
    return is_object(value) and all(is_language(key) and is_words(value[key]) for key in value)


def in_degrees(most):
    """A decimal string of degrees, of at most seven places, up to so many either way."""

    def check(value):
        if not matches("-?(0|[1-9][0-9]*)([.][0-9]{1,7})?")(value):
            return False
        whole, _, rest = value.removeprefix("-").partition(".")
        return len(whole) <= 3 and int(whole) * 10**7 + int(rest.ljust(7, "0")) <= most * 10**7

    return check


def is_nonce(value):
    """16 to 64 bytes."""
    raw = from_base64url(value) if is_text(value) else None
    return raw is not None and 16 <= len(raw) <= 64


def is_day(value):
    return is_text(value) and is_second(value + "T00:00:00Z")


PROFILE = {
    "uri": is_uri, "names?": is_translations, "description?": is_translations,
    "ingredients?": is_translations, "storage?": is_translations, "standard?": is_words,
    "photos?": lambda value: len(value) <= 8 and each(is_of(
        sha256=is_digest, size=lambda n: is_positive(n) and n <= 7340032,
        type=among("image/jpeg image/png image/webp"),
    ))(value) if isinstance(value, list) else False,
    "coordinates?": is_of(latitude=in_degrees(90), longitude=in_degrees(180)),
    "allergens?": each(among("gluten crustaceans fish eggs peanuts soy milk nuts sesame molluscs "
                             "celery mustard lupin sulphites")),
    "net?": is_of(value=is_decimal, unit=among("kg L m 1")),
    "licences?": each(is_of(
        kind=among("production business filing small animal slaughter qualification enforcement "
                   "health organic green geographical other"),
        number=is_words, maybe={"expires": is_day},
    )),
    # Of persons: hidden fields, or nothing.
    "person?": lambda _: False, "phone?": lambda _: False, "address?": lambda _: False,
}  # fmt: skip
is_token = matches("[a-z]([-a-z0-9]{0,30}[a-z0-9])?")
RECORD = {"index": is_whole, "hash": is_digest}
CASES = {
    "case open": {
        "uri": is_uri, "kind": is_token, "party?": is_uri, "of?": each(is_of(**RECORD)),
        "until?": is_day, "files?": each(is_digest), "said?": lambda _: False,
    },
    "case record": {
        "uri": is_uri, "stage": is_token, "of?": each(is_of(**RECORD)), "until?": is_day,
        "shows?": each(is_of(**RECORD, digests=is_salted)), "files?": each(is_digest),
        "said?": lambda _: False,
    },
    "case assign": {"uri": is_uri, "to": is_uri, "said?": lambda _: False},
    "case answer": {
        "uri": is_uri, "stage": is_token, "files?": each(is_digest), "said?": lambda _: False,
    },
    "case close": {
        "uri": is_uri, "of?": each(is_of(**RECORD)), "files?": each(is_digest),
        "said?": lambda _: False,
    },
    "draw commit": {
        "uri": is_uri, "pool": is_digest, "inspectors": is_digest, "parameters": is_digest,
        "nonce": is_digest, "beacon": is_words, "round": is_words, "from": is_second,
    },
    "draw replace": {"uri": is_uri, "reason": is_words, "said?": lambda _: False},
    "draw reveal": {"uri": is_uri, "value": is_words, "nonce": is_nonce},
    "draw abort": {"uri": is_uri, "reason": is_words},
}  # fmt: skip
LABELS = {"count": is_positive, "root": is_digest}
STATEMENTS = {
    "party admit": PARTY,
    "party change": PARTY,
    "party leave": {"party": is_uri, "reason?": is_words},
    "registrar appoint": {
        "party": is_uri,
        "remit": each(lambda part: is_division(part) or is_uri(part)),
    },
    "registrar dismiss": {"party": is_uri},
    "key enrol": {
        "party": is_uri, "keyid": is_digest, "alg": among("Ed25519 ECDSA-P256"),
        "spki": lambda value: is_text(value) and from_base64(value) is not None,
        "kept": among("browser file hardware terminal"), "possession": is_text,
        "revokes?": each(is_digest),
    },
    "key revoke": {
        "party": is_uri, "keyid": is_digest, "compromised_since?": is_whole, "reason?": is_words,
    },
    "mandate give": {
        "party": is_uri, "to": is_uri, "steps": each(is_words), "from": is_second,
        "until": is_second, "paper?": is_digest,
    },
    "mandate withdraw": {"party": is_uri, "to": is_uri},
    "product": {
        "uri": is_uri, "name": is_words, "spec?": is_words, "category": is_words,
        "unit": is_words, "conversions?": is_conversions, "shelf_life_days?": is_whole,
    },
    "place": {"uri": is_uri, "party": is_uri, "name": is_words, "division": is_division},
    "profile": PROFILE,
    "labels issue": LABELS,
    "labels void": LABELS,
    "document": {"sha256": is_digest, "size": is_whole, "links": is_positive},
    "erasure": {
        "index": is_whole, "hash": is_digest, "digests": is_salted, "reason?": is_words,
    },
    "scripts": {"release": matches("[0-9a-f]{16}"), "files": is_files},
    "ownership assign": {"uri": is_owned, "party": is_uri},
    "ownership dispute": {"uri": is_owned, "reason": is_words},
    "ownership end": {"uri": is_owned, "reason?": is_words},
    "origin": {"party": is_uri, "ledger": is_words, "log": is_text, "checkpoint": is_text},
    "signature": {
        "sha256": is_digest, "form": is_token, "number": is_words, "capacity": is_token,
        "of?": is_uri,
    },
} | ACTS | CASES  # fmt: skip


def is_unknown(said):
    """Whether a statement is of a type or op that stands in no table here."""
    kind, op = (said.get("type"), said.get("op")) if is_object(said) else (None, None)
    if not is_text(kind) or not (op is None or is_text(op)):
        return False
    return " " in kind or " ".join([kind] if op is None else [kind, op]) not in STATEMENTS


def check_statement(said):
    words = [said[name] for name in ("type", "op") if name in said]
    demand(all(is_text(word) for word in words), "members")
    demand("type" in said and " ".join(words) in STATEMENTS, "members")
    shape = dict(STATEMENTS[" ".join(words)]) | dict.fromkeys(("type", "op")[: len(words)], is_text)
    demand(len(words) == 1 or " " not in said["type"], "members")
    shape["suyuan:private?"] = is_private
    for name in ("name", "reason"):
        if "suyuan:private" in said and name in shape:
            shape[name + "?"] = shape.pop(name)
    has(said, shape)


EPCS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def check_event(event):
    for name in ("type", "eventTime", "eventTimeZoneOffset"):
        demand(is_text(event.get(name)), "members")
    demand(is_text(event.get("parentID", "")), "members")
    for name in EPCS:
        demand(each(is_text)(event.get(name, [])), "members")
    for name in QUANTITIES:
        classes = each(lambda part: is_object(part) and is_text(part.get("epcClass")))
        demand(classes(event.get(name, [])), "members")


def check_members(link, *, may_be_newer=False):
    """All forms; of a statement that a later page may know, its own are not looked at."""
    has(link, {
        "v": lambda value: is_whole(value) and value == 1, "ledger": is_words, "actor": is_uri,
        "signed_at": is_second, "items": each(is_object), "after": each(is_object),
        "document?": is_object, "event?": is_object, "event_ref?": is_object,
        "statement?": is_object,
    })  # fmt: skip
    demand(len({"event", "event_ref", "statement"} & set(link)) == 1, "members")
    demand(link["items"] != [], "members")
    for part in link["items"]:
        is_prev = lambda value: value is None or is_digest(value)  # noqa: E731
        has(part, {"item": is_text, "seq": is_whole, "prev": is_prev})
    for part in link["after"]:
        has(part, {"index": is_whole, "hash": is_digest, "ledger?": is_words})
    file = {"sha256": is_digest, "size": is_whole, "type": is_words}
    if "document" in link:
        has(link["document"], file | {"as": among("own received")})
    if "event_ref" in link:
        has(link["event_ref"], file)
    if "event" in link:
        check_event(link["event"])
    if "statement" in link and not (may_be_newer and is_unknown(link["statement"])):
        check_statement(link["statement"])
