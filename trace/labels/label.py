"""A label: the URL that its symbol carries, and what stands beside the symbol in clear."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError

_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*")
_NETLOC = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A fact on a label: where there is no room, cut after `most` lines, or left out.

    One without `most` is never cut, one that `is_whole` never left out; `brief` is for narrow ones.
    """

    caption: str
    text: str
    brief: str = ""
    most: int | None = 2
    is_whole: bool = False

    def seen(self) -> "Line":
        """The line without characters that nobody sees."""
        caption, text, brief = map(visible, (self.caption, self.text, self.brief))
        return Line(caption, text, brief, self.most, self.is_whole)


@dataclass(frozen=True, slots=True)
class Label:
    """What one label carries and shows; `words` are captions of code, scale code and serial."""

    url: str
    host: str
    code: str
    serial: str
    product: str
    lines: tuple[Line, ...] = ()
    short: str | None = None
    words: tuple[str, str, str] = ("追溯码", "秤码", "标签")

    @property
    def face(self) -> tuple[object, ...]:
        """All that stands on it but its serial: equal for the labels of one batch."""
        return self.host, self.code, self.product, self.lines, self.short, self.words


def label_url(base_url: str, chain_code: str, serial: str) -> str:
    """The URL of one label of a chain: `<base URL>/t/<chain code>/<serial>`.

    In upper case but for a path of the base URL, so that the symbol is small. LedgerError for a
    base URL that is no site's, and for a code or serial that is none.
    """
    scheme, netloc, path = _base(base_url)
    try:
        code, number = codes.read(chain_code), codes.read_serial(serial)
    except IdentifierError as error:
        raise LedgerError("no label can be made: %s", error) from None
    return f"{scheme.upper()}://{netloc.upper()}{path}/T/{code}/{number}"


def label(
    base_url: str,
    chain_code: str,
    serial: str,
    product: str,
    lines: Iterable[Line] = (),
    *,
    short: str | None = None,
    words: tuple[str, str, str] = ("追溯码", "秤码", "标签"),
) -> Label:
    """The label of one serial; texts lose characters that nobody sees. Raises as label_url."""
    _, netloc, path = _base(base_url)
    return Label(
        url=label_url(base_url, chain_code, serial),
        host=netloc.lower() + path,
        code=codes.shown(codes.read(chain_code)),
        serial=codes.read_serial(serial),
        product=visible(product),
        lines=tuple(line.seen() for line in lines),
        short=short,
        words=words,
    )


def visible(text: str) -> str:
    """`text` on one line, what nobody sees as spaces, broken characters as U+FFFD."""
    return _BROKEN.sub("\ufffd", re.sub(r"\s+", " ", _UNSEEN.sub(" ", text))).strip()


def _base(base_url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(base_url)
    except ValueError:
        parts = urlsplit("")
    path = parts.path.rstrip("/")
    if (
        parts.scheme not in ("http", "https")
        or not _NETLOC.fullmatch(parts.netloc)
        or not _PATH.fullmatch(path)
        or parts.query
        or parts.fragment
    ):
        raise LedgerError(
            "base URL %s must be like https://trace.example, in ASCII, without user, "
            "query and fragment",
            repr(base_url[:80]),
        )
    return parts.scheme, parts.netloc, path
