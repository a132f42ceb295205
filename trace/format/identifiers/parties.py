"""URIs of parties, by USCC or GLN or code of this ledger."""

import re

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from ..members import uri as is_uri
from . import codes
from .errors import IdentifierError
from .gs1 import ID, check_digit, has_check_digit

_GLN = re.compile(r"[0-9]{13}")
_PGLN = re.compile(r"urn:epc:id:pgln:([0-9]{6,12})\.([0-9]*)")
_GLN_LINK = re.compile(r"https?://[^/?#]+(?:/[^?#]*)?/417/([0-9]{13})", re.IGNORECASE)
_USCC = "urn:uscc:"


def uscc_uri(text: str) -> str:
    """`urn:uscc:` and the 18 characters of a unified social credit code (GB 32100-2015).

    Raises IdentifierError for a wrong length, character or check character.
    """
    try:
        return f"{_USCC}{uscc.validate(text)}"
    except ValidationError as error:
        raise IdentifierError(
            "USCC %s: %s It has 18 characters, the last a check character", repr(text[:40]), error
        ) from None


def gln_uri(text: str) -> str:
    """The URI of a party by its GLN; IdentifierError for a wrong length or check digit."""
    if not _GLN.fullmatch(text) or not has_check_digit(text):
        raise IdentifierError(
            "GLN %s must have 13 digits, the last its check digit", repr(text[:40])
        )
    return f"{ID}/417/{text}"


def alike(uri: str) -> str:
    """The one spelling of a party's URI: an EPC URN or any Digital Link of a GLN as ours is.

    Whatever else it is stays as it is.
    """
    if (urn := _PGLN.fullmatch(uri)) is not None and len(digits := urn[1] + urn[2]) == 12:
        return f"{ID}/417/{digits}{check_digit(digits)}"
    link = _GLN_LINK.fullmatch(uri)
    return uri if link is None else f"{ID}/417/{link[1]}"


def read(text: str, host: str) -> str:
    """The party's URI that a person gave: a URI, a USCC, a GLN or a code of this ledger.

    Spaces and hyphens in what is no URI are ignored, and a URI of one of our forms is held to its
    check character. Raises IdentifierError for what is none of these.
    """
    text = text.strip()
    if ":" in text:
        return _read_uri(text, host)
    bare = text.replace(" ", "").replace("-", "")
    if _GLN.fullmatch(bare):
        return gln_uri(bare)
    if len(bare) == 18:
        return uscc_uri(bare)
    return codes.uri_of(codes.read(bare), host, "party")


def _read_uri(text: str, host: str) -> str:
    if text[: len(_USCC)].lower() == _USCC:
        return uscc_uri(text[len(_USCC) :])
    if text.startswith(f"{ID}/417/"):
        return gln_uri(text.removeprefix(f"{ID}/417/"))
    if text.startswith(own := f"https://{host}/party/"):
        return codes.uri_of(codes.read(text.removeprefix(own)), host, "party")
    if not is_uri(text):
        raise IdentifierError("%s is no URI of at most 512 ASCII characters", repr(text[:80]))
    return text
