"""In the decoder: a PDF's objects, each looked at for what a reader would run, open or send."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .decoders import NotDecoded

_MOST = 400_000  # values in all objects
_ANEW = "print it anew to a PDF"
_LOST = b"startxref", b"startXref"  # of the same length: the table of objects cannot be found
_OF_OBJECT = re.compile(r"\bobject \d+ \d+(?!.*repairing)")  # which is then left out

# What runs, is sent, fetched or kept, by its name in ISO 32000-2 and Adobe's extensions to it.
_KEYS = frozenset(
    {"/JS", "/JavaScript", "/AA", "/XFA", "/EF", "/EmbeddedFiles", "/Collection"}
    | {"/RichMediaContent", "/RichMediaSettings"}
)
_VALUES: Mapping[str, frozenset[str]] = {
    "/S": frozenset(
        {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Hide"}
        | {"/SetOCGState", "/GoToR", "/GoToE", "/GoTo3DView", "/Rendition", "/Movie", "/Sound"}
        | {"/RichMediaExecute"}
    ),
    "/Subtype": frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment"}),
    "/Type": frozenset({"/EmbeddedFile"}),
}
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def require_quiet(data: bytes) -> None:
    """NotDecoded for a PDF that runs, sends, fetches or holds something, or cannot be read whole.

    It is looked at by its table of objects, and once more as a reader does that finds the table
    spoilt and looks for the objects itself: what only one of them finds is in it.
    """
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n \t\0"):
        raise NotDecoded(f"the PDF does not end where it says: {_ANEW}")
    _look(data, is_repaired=False)
    _look(data.replace(*_LOST), is_repaired=True)


def _look(data: bytes, *, is_repaired: bool) -> None:
    import pikepdf  # here, since pictures need it not

    try:
        with pikepdf.open(
            io.BytesIO(data),
            attempt_recovery=is_repaired,
            suppress_warnings=True,
            inherit_page_attributes=False,
        ) as found:
            if found.is_encrypted:
                raise NotDecoded(f"the PDF is encrypted: {_ANEW} without a password")
            for one in _dictionaries(found):
                _require_quiet(one)
            # What is left out with a warning, spoilt or too large, another reader may well see.
            for warning in found.get_warnings():
                if not is_repaired or _OF_OBJECT.search(str(warning)):
                    raise _damaged(warning)
    except pikepdf.PasswordError:
        raise NotDecoded(f"the PDF is encrypted: {_ANEW} without a password") from None
    except pikepdf.PdfError as error:
        raise _damaged(error) from None


def _damaged(why: object) -> NotDecoded:
    return NotDecoded(f"the PDF is damaged ({str(why).rpartition(': ')[2][:100]}): {_ANEW}")


def _dictionaries(found: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a PDF: the trailer, those of streams, and the ones inside others."""
    import pikepdf

    count = 0
    for whole in (found.trailer, *found.objects):
        waiting = [whole]
        while waiting:
            one, parts = waiting.pop(), list[Any]()
            if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
                members = dict(one.items())
                yield members
                parts.extend(members.values())
            elif isinstance(one, pikepdf.Array):
                parts.extend(one)
            count += 1 + len(parts)
            if count > _MOST:
                raise NotDecoded(f"the PDF has too many parts: {_ANEW}")
            # What is by itself comes by itself.
            objects = (part for part in parts if isinstance(part, pikepdf.Object))
            waiting += (part for part in objects if not part.is_indirect)


def _require_quiet(members: Mapping[str, Any]) -> None:
    """NotDecoded for a dictionary that makes a reader do something, or keeps a file."""
    import pikepdf

    loud = _KEYS.intersection(members)
    loud |= {name for key, names in _VALUES.items() if (name := _name(members.get(key))) in names}
    opening = members.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and _name(opening.get("/S")) != "/GoTo":
        loud |= {"/OpenAction"}
    address = members.get("/URI")
    if isinstance(address, pikepdf.String):
        scheme = _SCHEME.match(str(address))
        if scheme is not None and scheme[1].lower() not in _SCHEMES:
            loud |= {"/URI"}
    if loud:
        raise NotDecoded(f"the PDF has scripts, actions or files in it ({min(loud)}): {_ANEW}")


def _name(found: Any) -> str:
    import pikepdf

    return str(found) if isinstance(found, pikepdf.Name) else ""
