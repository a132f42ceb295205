"""From what a person has in hand to the act that it names."""

from ..identifiers import codes
from ..identifiers.errors import IdentifierError
from ..resolve import NotFound
from ..state import Act
from ..store.read import Reader
from ..store.recalls import ActBook


def find_act(reader: Reader, host: str, text: str, kind: str | None = None) -> Act:
    """The act that a URI, or the trace code in one, names; of one kind where that is asked for.

    Raises IdentifierError where it is malformed, NotFound where it names no such act here.
    """
    text = text.strip()
    if ":" in text:
        uri = text
    else:
        try:
            uri = codes.uri_of(codes.read(text), host, "act")
        except IdentifierError as error:
            raise IdentifierError(f"no act: {error}") from None
    found = ActBook(reader).by_uri(uri) if uri.isascii() and len(uri) <= 512 else None
    if found is None:
        raise NotFound(
            f"{text[:200]} is no hold or recall of this ledger: `suyuan recall list` and "
            "`suyuan hold list` name them"
        )
    if kind is not None and found.kind != kind:
        raise NotFound(f"{found.uri} is a {found.kind}, no {kind}")
    return found
