"""The library that sums points: right where it is installed, and not used where it errs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.points import EIGHTH, NEUTRAL, in_python, installed, plus, times

from suyuan.keys import batch, ed25519, verification
from suyuan.keys.batch import LEAST, all_valid
from suyuan.keys.ed25519 import BASE, NOT_CANONICAL, SMALL_ORDER, L
from suyuan.keys.signer import LocalSigner

SIGNER = LocalSigner.from_seed(bytes([1]) * 32)


@pytest.fixture(autouse=True)
def wanted(monkeypatch):
    monkeypatch.delenv("SUYUAN_LIB25519", raising=False)


def test_points():
    """The constants, worked out anew."""
    assert len(SMALL_ORDER) == 8
    assert {times(8, point) for point in SMALL_ORDER} == {NEUTRAL}
    assert times(4, EIGHTH) != NEUTRAL
    assert {times(n, EIGHTH) for n in range(8)} == SMALL_ORDER
    assert times(L, BASE) == NEUTRAL
    assert len(NOT_CANONICAL) == 40
    assert [point for point in NOT_CANONICAL if ed25519._decode(point) is not None] == []


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.integers(0, L - 1) | st.integers(0, 2**128 - 1) | st.sampled_from([0, 1, L - 1]),
            st.integers(0, L - 1),
            st.sampled_from(sorted(SMALL_ORDER)),
        ),
        max_size=6,
    )
)
def test_library_sums_as_python_does(drawn):
    terms = [(scalar, plus(times(of, BASE), small)) for scalar, of, small in drawn]
    assert installed()(terms) == in_python(terms)


@pytest.mark.parametrize("scalar", [L, L + 1, 2**253, 2**256 - 1])
def test_library_refuses_scalars_from_the_order_on(scalar):
    assert installed()([(1, BASE), (scalar, BASE)]) is None


@pytest.mark.parametrize(
    "point", [*sorted(NOT_CANONICAL), (2).to_bytes(32, "little"), b"", BASE[1:]]
)
def test_library_refuses_what_is_no_encoding(point):
    assert installed()([(1, BASE), (5, point)]) is None
    assert installed()([(0, point), (1, BASE)]) is None


@pytest.mark.parametrize("name", ["libthatisnotthere.so.1", "libc.so.6"])
def test_no_library_or_one_without_the_function_is_no_error(name, monkeypatch):
    monkeypatch.setattr(verification, "_SONAME", name)
    monkeypatch.setattr(verification, "find_library", lambda name: None)
    assert batch.load_library.__wrapped__() is None
    monkeypatch.setattr(batch, "load_library", lambda: None)
    assert batch._tried.__wrapped__() is None
    monkeypatch.setattr(batch, "_tried", lambda: None)
    good = [(SIGNER.public, b"%d" % number, SIGNER.sign(b"%d" % number)) for number in range(20)]
    assert all_valid(good)
    assert not all_valid([*good, (SIGNER.public, b"", bytes(64))])


def test_library_found_by_its_name_passes_its_trial(monkeypatch):
    installed()
    monkeypatch.setattr(verification, "find_library", lambda name: f"lib{name}.so.1")
    monkeypatch.setattr(verification, "_SONAME", "libthatisnotthere.so.1")
    assert batch.is_right(batch.load_library.__wrapped__())
    assert batch.library() is batch.load_library()


# A library that errs is not used.

WRONG = {
    "says yes to everything": lambda terms: NEUTRAL,
    "says no to everything": lambda terms: None,
    "forgets the base point": lambda terms: in_python(terms[:-1]),
    "forgets the first signature": lambda terms: in_python(terms[1:]) and NEUTRAL,
    "reads half of each factor": lambda terms: in_python([(s % 2**64, p) for s, p in terms]),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_library_is_not_used(wrong, monkeypatch):
    assert not batch.is_right(wrong)
    monkeypatch.setattr(batch, "load_library", lambda: wrong)
    assert batch._tried.__wrapped__() is None


@pytest.mark.slow
@pytest.mark.parametrize("deaf", range(LEAST))
def test_library_that_never_looks_at_one_signature_is_not_used(deaf):
    """It takes whatever stands at one place for good."""
    signers = [LocalSigner.from_seed(bytes([number]) * 32) for number in range(3)]
    message = b"message %d" % deaf
    good = signers[deaf % 3].sign(message)[:32]
    function = installed()

    def wrong(terms):
        point = terms[deaf][1]
        return function(terms) if point == good else NEUTRAL

    assert function([(1, good)]) == good
    assert not batch.is_right(wrong)
