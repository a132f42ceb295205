"""Whoever hands in a large file of nothing but brackets, or the like, is refused in seconds."""

import time

import pytest
from click.testing import CliRunner
from support.ledger.work import pace

from suyuan.keys import canonical
from suyuan.keys.errors import CanonicalError
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.cli.log.verify import verify
from suyuan.trace.evidence import receipt_check
from suyuan.trace.format.epcis.json_reading import EpcisError, read_json
from suyuan.trace.log.errors import LogError

pytestmark = pytest.mark.slow

SIZE = 20_000_000
PACE = 4_000_000  # bytes in a second of a machine of ours, where some 670,000 were read
DEEP, MANY = "64 deep", "over 4,000,000 values"


def _members(size):
    """More values than EPCIS may have, fewer than are refused unread."""
    return b"{" + b",".join(b'"%d":0' % number for number in range(size // 8)) + b"}"


HOSTILE = {
    "brackets": (lambda n: b"[" * n, DEEP),
    "objects": (lambda n: b'{"a":' * (n // 5), DEEP),
    "closed brackets": (lambda n: b"[]" * (n // 2), MANY),
    "late brackets": (lambda n: b"[0" + b" " * (n // 2) + b"[" * (n // 2), "deep|values"),
    "escapes": (lambda n: b'"' + b"\\" * n, "not JSON"),
    "escaped brackets": (lambda n: b'["' + b'\\"[' * (n // 3), MANY),
    "a number": (lambda n: b"[" + b"1" * n + b"]", "2\\^53"),
    "a fraction": (lambda n: b"[0." + b"1" * n + b"]", "RFC 8785"),
    "small values": (lambda n: b"[" + b"1," * (n // 2) + b"1]", MANY),
    "small objects": (lambda n: b"[" + b"{}," * (n // 3) + b"{}]", MANY),
    "members": (_members, "RFC 8785"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_reader_of_json_from_outside_takes_longer_than_seconds(name, small, tmp_path):
    make, why = HOSTILE[name]
    file, trust = tmp_path / "hostile.suyuan", tmp_path / "trust.json"
    file.write_bytes(b'{"entries":[' + (data := make(SIZE)))
    trust.write_text(small.trust.to_json())
    most, began = len(data) / PACE * pace(), time.thread_time()
    with pytest.raises(CanonicalError, match=why):
        canonical.parse(data)
    assert time.thread_time() - began < most
    result = CliRunner().invoke(
        verify, [str(file), "--trust", str(trust)], standalone_mode=False, catch_exceptions=False
    )
    assert result.return_value == 1
    assert "BROKEN: no evidence file" in result.output
    assert time.thread_time() - began < 3 * most
    began = time.thread_time()
    with pytest.raises(EpcisError):
        read_json(data)
    with pytest.raises(TrustError):
        Trust.from_json(data.decode())
    with pytest.raises(LogError):
        receipt_check.parse(data.decode(), None)
    assert time.thread_time() - began < 3 * most


@pytest.mark.parametrize("most", [64, 10_000])
def test_depth_is_counted_across_blocks_and_no_further_than_asked(most):
    data = b"[" + b"[]," * 50_000 + b"[" * 5_000 + b"]" * 5_001
    assert canonical.depth(data) == 5_001
    assert (canonical.depth(data, most) > most) == (most == 64)
