"""Section 3 of the format: identifiers. Part of the second verifier."""

import re

from conformance.reference.encoding import sha256
from conformance.reference.forms import EPCS, QUANTITIES, is_uri
from stdnum.iso7064 import mod_37_36

NO_ITEMS = ["sgln", "pgln", "grai", "giai", "gsrn", "gsrnp", "gdti", "sgcn"]
QUALIFIERS = {
    "414": ["254", "7040"], "417": ["7040"], "8003": [], "8004": ["7040"], "8018": ["8019"],
    "8017": ["8019"], "253": [], "255": [],
}  # fmt: skip
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_digit(digits):
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


def gs1_key(prefix, rest, length):
    """Prefix and the rest with its first digit moved to the front, and the check digit; or None."""
    if not re.fullmatch("[0-9]{6,12}", prefix) or not re.fullmatch("[0-9]+", rest):
        return None
    digits = rest[0] + prefix + rest[1:]
    return digits + check_digit(digits) if len(digits) == length - 1 else None


def recode(value):
    """Percent-decoded, then encoded; None for a wrong escape."""
    raw, at = value.encode("utf-8"), 0
    out = ""
    while at < len(raw):
        byte = raw[at]
        if byte == ord("%"):
            if not re.fullmatch(b"[0-9A-Fa-f]{2}", raw[at + 1 : at + 3]):
                return None
            byte = int(raw[at + 1 : at + 3], 16)
            at += 2
        at += 1
        plain = re.fullmatch("[-A-Za-z0-9._~]", chr(byte))
        out += chr(byte) if plain else f"%{byte:02X}"
    return out


def canonical(name):
    """The item's URI that an identifier stands for; None where it is no item."""
    found = spelled(name)
    return found if found is not None and is_uri(found) else None


def spelled(name):
    trade, unit = "https://id.gs1.org/01/", "https://id.gs1.org/00/"
    if name.startswith("urn:epc:idpat:"):
        return None
    if any(name.startswith(f"urn:epc:id:{kind}:") for kind in NO_ITEMS):
        return None
    for start, ai in (("urn:epc:class:lgtin:", "/10/"), ("urn:epc:id:sgtin:", "/21/")):
        if name.startswith(start):
            parts = name.removeprefix(start).split(".", 2)
            key = gs1_key(parts[0], parts[1], 14) if len(parts) == 3 and parts[2] else None
            value = recode(parts[2]) if key else None
            return name if value is None else trade + key + ai + value
    if name.startswith("urn:epc:id:sscc:"):
        parts = name.removeprefix("urn:epc:id:sscc:").split(".")
        key = gs1_key(parts[0], parts[1], 18) if len(parts) == 2 else None
        return name if key is None else unit + key
    scheme, mark, rest = name.partition("://")
    if mark == "" or scheme.lower() not in ("http", "https"):
        return name
    host, *path = rest.partition("#")[0].partition("?")[0].split("/")
    if host == "":
        return name
    if path[-2:-1] == ["00"] and re.fullmatch("[0-9]{18}", path[-1]):
        key = path[-1]
        return unit + key if check_digit(key[:-1]) == key[-1] else name
    values, left = {}, list(path)
    for ai in ("21", "10", "22"):
        if left[-2:-1] == [ai] and left[-1] != "":
            values[ai] = recode(left[-1])
            left = left[:-2]
    if left[-2:-1] == ["01"] and re.fullmatch("[0-9]{14}", left[-1]):
        key = left[-1]
        if check_digit(key[:-1]) != key[-1] or None in values.values():
            return name
        if "21" in values:
            return trade + key + "/21/" + values["21"]
        return trade + key + "/10/" + values["10"] if "10" in values else None
    if path[-2:-1] and path[-2] in QUALIFIERS and path[-1]:
        return None
    if len(path) >= 4 and path[-4] in QUALIFIERS and path[-3] and path[-1]:
        return None if path[-2] in QUALIFIERS[path[-4]] else name
    return name


def names_in(event, lists):
    for name in lists:
        for part in event.get(name, []):
            yield part if isinstance(part, str) else part["epcClass"]


PARTS = {
    "objects": ("epcList", "quantityList"),
    "children": ("childEPCs", "childQuantityList"),
    "inputs": ("inputEPCList", "inputQuantityList"),
    "outputs": ("outputEPCList", "outputQuantityList"),
}


def those(event, part):
    """The items in one part of an event."""
    return {canonical(name) for name in names_in(event, PARTS[part])} - {None}


def step_of(event):
    """The bare business step of an event, whatever it is."""
    step = event.get("bizStep")
    for start in ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-"):
        if isinstance(step, str) and step.startswith(start):
            return step[len(start) :]
    return step


def item_set(event):
    names = [*names_in(event, (*EPCS, *QUANTITIES))]
    if "parentID" in event:
        names.append(event["parentID"])
    return sorted({canonical(name) for name in names} - {None})


def is_code(text):
    return (
        len(text) == 16
        and all(letter in CROCKFORD for letter in text)
        and mod_37_36.is_valid(text, alphabet=CROCKFORD)
    )


def code_of(data):
    """The code of what has none of its own: from the first 75 bits of SHA-256."""
    bits = f"{int(sha256(data), 16):0256b}"[:75]
    body = "".join(CROCKFORD[int(bits[at : at + 5], 2)] for at in range(0, 75, 5))
    return body + mod_37_36.calc_check_digit(body, alphabet=CROCKFORD)


def code_of_uri(uri, host):
    start = f"https://{host}/t/"
    own = uri.startswith(start) and is_code(uri[len(start) :])
    return uri[len(start) :] if own else code_of(uri.encode())


def code_of_chain(item, actor):
    return code_of(item.encode() + b"\0" + actor.encode())


def read_code(typed):
    """The code that was typed, or None."""
    alike = {"I": "1", "L": "1", "O": "0", " ": "", "-": ""}
    plain = "".join(alike.get(letter, letter) for letter in typed.upper())
    return plain if typed.isascii() and is_code(plain) else None
