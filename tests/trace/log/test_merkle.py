import pytest
from conformance.reference import log
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suyuan.trace.log import merkle
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

FAST = settings(deadline=None, max_examples=60)


def test_root_of_every_small_size():
    edge, data = Edge(), []
    for number in range(130):
        assert edge.size == len(data)
        assert edge.root() == log.root(data)
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
    assert again.root() == log.root(data)


@FAST
@given(st.integers(-(2**70), 2**70) | st.integers(-1, 7), st.binary(max_size=200))
@example(-1, b"")
@example(3, bytes(32))
@example(0, bytes(32))
@example(1, bytes(31))
def test_decode_of_any_bytes_gives_an_edge_or_log_error(size, data):
    if size >= 0 and len(data) == 32 * size.bit_count():
        assert Edge.decode(size, data).encode() == data
    else:
        with pytest.raises(LogError, match="does not fit"):
            Edge.decode(size, data)


def test_root_of_texts_is_over_their_bytes_in_order():
    texts = ["\ue000", "b", "\U00010000", "a", "é"]
    ordered = ["a", "b", "é", "\ue000", "\U00010000"]
    assert merkle.root_of_texts(texts) == log.root([text.encode() for text in ordered])
    assert merkle.root_of_texts([]) == merkle.EMPTY_ROOT
    assert merkle.root_of_texts(["a", "a"]) == log.root([b"a", b"a"])
