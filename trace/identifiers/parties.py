"""URIs of parties, by USCC or GLN or code of this ledger."""

import re

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from ..members import uri as is_uri
from . import codes
from .errors import IdentifierError
from .gs1 import ID, has_check_digit

_GLN = re.compile(r"[0-9]{13}", re.ASCII)


def uscc_uri(text: str) -> str:
    """`urn:uscc:` and the 18 characters of a unified social credit code (GB 32100-2015).

    Raises IdentifierError for a wrong length, character or check character.
    """
    try:
        return f"urn:uscc:{uscc.validate(text)}"
    except ValidationError as error:
        raise IdentifierError(
            f"USCC {text[:40]!r}: {error} It has 18 characters, the last a check character"
        ) from None


def read(text: str, host: str) -> str:
    """The party's URI that a person gave: a URI, a USCC, a GLN or a code of this ledger.

    Raises IdentifierError for what is none of these.
    """
    text = text.strip()
    if text.startswith("urn:uscc:"):
        return uscc_uri(text.removeprefix("urn:uscc:"))
    if _GLN.fullmatch(text):
        if not has_check_digit(text):
            raise IdentifierError(f"GLN {text} has a wrong check digit")
        return f"{ID}/417/{text}"
    if ":" in text:
        if not is_uri(text):
            raise IdentifierError(f"{text[:80]!r} is no URI of at most 512 ASCII characters")
        return text
    if len(text) == 18:
        return uscc_uri(text)
    return codes.uri_of(codes.read(text), host, "party")
