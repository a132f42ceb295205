"""Trace codes: 15 characters of Crockford base32 and a check character (ISO 7064)."""

import hashlib
import secrets
from functools import lru_cache

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from ..messages import msg, quoted
from .errors import IdentifierError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})
SERIAL_LENGTH = 13


def from_bits(number: int) -> str:
    """The code of a 75-bit number, most significant bits first."""
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(70, -1, -5))
    return body + mod_37_36.calc_check_digit(body, alphabet=ALPHABET)


def new() -> str:
    """A random code, as new items of a ledger get them."""
    return from_bits(secrets.randbits(75))


def of_uri(uri: str, host: str) -> str:
    """The code of an item: the one in `https://<host>/t/<code>`, else from SHA-256 of the URI."""
    own = in_uri(uri, host)
    return own if own is not None else _of_digest(uri.encode())


def of_chain(item: str, actor: str) -> str:
    """The code of one actor's chain of an item, which its labels carry."""
    return _of_digest(item.encode() + b"\0" + actor.encode())


def in_uri(uri: str, host: str) -> str | None:
    """The code in a URI `https://<host>/t/<code>` of this ledger; None for any other URI."""
    start = f"https://{host}/t/"
    code = uri[len(start) :]
    return code if uri.startswith(start) and is_code(code) else None


def uri_of(code: str, host: str, kind: str = "t") -> str:
    """The URI of a new item (`t`), party, place or product with this code."""
    return f"https://{host}/{kind}/{code}"


@lru_cache(maxsize=65536)
def is_code(text: str) -> bool:
    """Whether `text` is a code exactly as stored: upper case, no spaces, check character right."""
    try:
        return len(text) == 16 and mod_37_36.validate(text, alphabet=ALPHABET) == text
    except ValidationError:
        return False


def read(typed: str) -> str:
    """The code that a person typed, in any case, I and L for 1, O for 0, spaces and hyphens.

    Raises IdentifierError where the length, a character or the check character is wrong.
    """
    code = _letters(typed, 16)
    if code is None:
        reason = msg(
            "'%(value)s' is no trace code: it must have 16 letters and digits, without U",
            value=quoted(typed[:40]),
        )
        raise IdentifierError(reason)
    if not is_code(code):
        reason = msg(
            "trace code %(value)s has a wrong check character: look at each letter again",
            value=shown(code),
        )
        raise IdentifierError(reason)
    return code


def part(typed: str, least: int) -> str | None:
    """The part of a code or a serial that a person typed, in its one form; None for what is none.

    It has `least` characters or more, and fewer than a code has.
    """
    bare = typed.upper().translate(LOOK_ALIKES)
    return _letters(bare, len(bare)) if least <= len(bare) < 16 else None


def shown(code: str) -> str:
    """The code as printed: 4-4-4-4."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def new_serial() -> str:
    """A label's serial: 13 random Crockford characters (65 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SERIAL_LENGTH))


def read_serial(typed: str) -> str:
    """The serial that a person typed or a code carried; IdentifierError for anything else."""
    serial = _letters(typed, SERIAL_LENGTH)
    if serial is None:
        typed = quoted(typed[:40])
        reason = msg("'%(value)s' is no label serial: it must have 13 characters", value=typed)
        raise IdentifierError(reason)
    return serial


def _letters(typed: str, length: int) -> str | None:
    """The letters that were typed, in their one form; None for others, or not so many."""
    text = typed.upper().translate(LOOK_ALIKES)
    is_right = typed.isascii() and len(text) == length and set(text) <= set(ALPHABET)
    return text if is_right else None


def _of_digest(data: bytes) -> str:
    return from_bits(int.from_bytes(hashlib.sha256(data).digest()[:10], "big") >> 5)
