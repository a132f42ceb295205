import base64
import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.trace.log import merkle
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

FAST = settings(deadline=None, max_examples=60)
# RFC 6962's reference leaves, and the roots over the first n of them (certificate-transparency).
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(data):
    """RFC 6962 section 2.1 as it is written: MTH over the data itself."""
    if len(data) < 2:
        return hashlib.sha256(b"\0" + data[0] if data else b"").digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + naive_root(data[:k]) + naive_root(data[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference_leaves(size):
    data = [bytes.fromhex(leaf) for leaf in LEAVES[:size]]
    assert merkle.root(map(merkle.leaf_hash, data)).hex() == ROOTS[size]
    assert naive_root(data).hex() == ROOTS[size]


def test_root_of_every_small_size():
    edge, data = Edge(), []
    for number in range(130):
        assert edge.size == len(data)
        assert edge.root() == naive_root(data)
        assert len(edge.hashes) == edge.size.bit_count()
        data.append(str(number).encode())
        edge.append(merkle.leaf_hash(data[-1]))


@FAST
@given(st.lists(st.binary(max_size=3), max_size=300), st.integers(0, 300))
def test_edge_kept_and_read_again_goes_on_as_if_never_away(data, cut):
    edge = Edge()
    for leaf in data[:cut]:
        edge.append(merkle.leaf_hash(leaf))
    again = Edge.decode(edge.size, edge.encode())
    assert again == edge
    for leaf in data[cut:]:
        again.append(merkle.leaf_hash(leaf))
    assert again.root() == naive_root(data)


def test_edges_share_nothing():
    first, second = Edge(), Edge()
    first.append(bytes(32))
    assert second == Edge()
    assert second.root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize(
    ("size", "length"), [(-1, 0), (-1, 32), (0, 32), (1, 0), (1, 31), (1, 64), (3, 32), (7, 64)]
)
def test_edge_of_another_length_is_refused(size, length):
    with pytest.raises(LogError, match="does not fit"):
        Edge.decode(size, bytes(length))


@FAST
@given(st.integers(-(2**70), 2**70), st.binary(max_size=200))
def test_decode_of_any_bytes_gives_an_edge_or_log_error(size, data):
    with contextlib.suppress(LogError):
        assert Edge.decode(size, data).encode() == data


def test_root_of_texts_is_over_their_bytes_in_order():
    texts = ["\ue000", "b", "\U00010000", "a", "é"]
    ordered = ["a", "b", "é", "\ue000", "\U00010000"]
    assert merkle.root_of_texts(texts) == naive_root([text.encode() for text in ordered])
    assert merkle.root_of_texts([]) == hashlib.sha256(b"").digest()
    assert merkle.root_of_texts(["a", "a"]) == naive_root([b"a", b"a"])


def test_leaf_and_node_hashes_differ():
    assert merkle.leaf_hash(b"").hex() == hashlib.sha256(b"\0").hexdigest()
    left, right = bytes(32), bytes([1] * 32)
    assert merkle.node_hash(left, right) == hashlib.sha256(b"\1" + left + right).digest()
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


def test_known_root_of_70000_leaves():
    edge = Edge()
    for number in range(70_000):
        edge.append(merkle.leaf_hash(b'{"item":"%d","step":"harvest"}' % number))
    assert edge.root() == base64.b64decode("4v9xdav1ZVH2XEAek45LnjITa8tTAFUM8iQgpHmAPeg=")
