"""A draw's own file: the evidence of its statements, when it was committed to, its three files.

docs/format.md section 9 has the form. Nothing of it is verified here but that: `draw_check` does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.keys import base64, canonical
from suyuan.keys.errors import CanonicalError, EncodingError
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.bundle import Bundle, EvidenceError, NewerVersion, NoEvidence

from . import draw

VERSION = 1
MEDIA_TYPE = "application/vnd.suyuan.draw+json"
SUFFIX = ".draw"
MAX_BYTES = bundle.MAX_BYTES + 4 * draw.MAX_FILE + (1 << 20)
_MARKS = (b'"committed":"', b'"evidence":{')  # one damaged byte leaves one
_MEMBERS = frozenset({"v", "evidence", "committed", "files"})


@dataclass(frozen=True, slots=True)
class DrawFile:
    """What a draw's file holds.

    `committed` is the tlog-proof of the commitment under the first checkpoint that witnesses
    cosigned; `files` are pool, inspectors and parameters by SHA-256, none before they are shown.
    """

    evidence: Bundle
    committed: str
    files: Mapping[str, bytes]

    @property
    def uri(self) -> str:
        """The draw's URI."""
        return self.evidence.item

    def encode(self) -> bytes:
        """The file's bytes; EvidenceError where its evidence is larger than a file may be."""
        return canonical.dumps(
            {
                "v": VERSION,
                "evidence": canonical.parse(self.evidence.encode()),
                "committed": self.committed,
                "files": {name: base64.encode(data) for name, data in self.files.items()},
            }
        )


def parse(data: bytes) -> DrawFile:
    """The draw's file that `data` is.

    Raises NoEvidence for something else, NewerVersion for a later one, EvidenceError unless it is
    its own RFC 8785 form with these members, its files under their digests.
    """
    if not any(mark in data for mark in _MARKS):
        raise NoEvidence("this is no file of a draw: one is given by a draw's page")
    if len(data) > MAX_BYTES:
        raise EvidenceError("over %s bytes: no file of a draw is so large", f"{MAX_BYTES:,}")
    try:
        value = canonical.parse(data)
    except CanonicalError as error:
        raise EvidenceError("no file of a draw: %s", error) from None
    version = value.get("v") if isinstance(value, dict) else None
    if not isinstance(value, dict) or type(version) is not int or version < 1:
        raise EvidenceError("no file of a draw: it has no version")
    if version > VERSION:
        raise NewerVersion(
            "a draw's file of version %s, this program reads up to version %s", version, VERSION
        )
    if value.keys() != _MEMBERS or not isinstance(value["evidence"], dict):
        raise EvidenceError("a draw's file has v, evidence, committed and files, and nothing else")
    if not isinstance(value["committed"], str) or not isinstance(value["files"], dict):
        raise EvidenceError("committed is a text, files an object")
    try:
        evidence = bundle.parse(canonical.dumps(value["evidence"]))
    except NoEvidence as error:
        raise EvidenceError(error) from None
    return DrawFile(evidence, value["committed"], dict(map(_file, value["files"].items())))


def _file(row: tuple[str, object]) -> tuple[str, bytes]:
    name, text = row
    try:
        data = base64.decode(text) if isinstance(text, str) else None
    except EncodingError:
        data = None
    if data is None or hashlib.sha256(data).hexdigest() != name:
        raise EvidenceError("file %s is not the SHA-256 of its content", name[:80])
    return name, data
