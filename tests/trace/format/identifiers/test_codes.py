import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.codes import ALPHABET
from suyuan.trace.format.identifiers.errors import IdentifierError

FAST = settings(deadline=None, max_examples=150)
HOST = "trace.food.example"
CODE = "7K3QX9M2V8TDC4NB"  # a party of the format's small ledger
NUMBERS = st.integers(0, 2**75 - 1)


def iso_7064_check(body):
    """ISO 7064's hybrid recursion over 32 characters, written from the standard."""
    product = 32
    for letter in body:
        total = (product + ALPHABET.index(letter)) % 32 or 32
        product = total * 2 % 33
    return ALPHABET[(1 - product) % 32]


@FAST
@given(NUMBERS)
@example(0)
@example(1)
@example(2**75 - 1)
def test_code_of_a_number(number):
    code = codes.from_bits(number)
    assert sum(ALPHABET.index(c) << 5 * (14 - at) for at, c in enumerate(code[:15])) == number
    assert code[15] == iso_7064_check(code[:15])
    assert codes.is_code(code)
    assert codes.read(code) == code


def test_new_codes_are_codes_and_differ():
    made = {codes.new() for _ in range(50)}
    assert len(made) == 50 and all(map(codes.is_code, made))


@settings(deadline=None, max_examples=15)
@given(NUMBERS)
def test_every_single_wrong_character_is_caught(number):
    code = codes.from_bits(number)
    for at in range(16):
        for letter in ALPHABET.replace(code[at], ""):
            assert not codes.is_code(code[:at] + letter + code[at + 1 :])


def test_nearly_all_swapped_neighbours_are_caught():
    swaps = missed = 0
    for number in range(0, 2**75, 2**75 // 3001):
        code = codes.from_bits(number)
        for at in range(15):
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
            swaps += swapped != code
            missed += swapped != code and codes.is_code(swapped)
    assert swaps > 30_000
    assert missed / swaps < 0.005


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "16 letters and digits"), (CODE[:-1], "16 letters and digits"),
        (CODE + "0", "16 letters and digits"), (CODE[:-1] + "U", "without U"),
        (CODE[:-1] + "C", "wrong check character"), ("KC" + CODE[2:], "wrong check character"),
        (CODE + "\n", "16 letters and digits"), ("７" + CODE[1:], "16 letters and digits"),
        ("ß" * 8, "16 letters and digits"), ("ſ" + CODE[1:], "16 letters and digits"),
        ("ı" + CODE[1:], "16 letters and digits"), ("\ud800" * 16, "16 letters and digits"),
    ],
)  # fmt: skip
def test_read_refuses(typed, why):
    with pytest.raises(IdentifierError, match=why):
        codes.read(typed)


@FAST
@given(st.text(st.characters()) | st.text(ALPHABET + "iloILO -", max_size=20))
def test_read_of_any_text_gives_a_code_or_identifier_error(typed):
    try:
        assert codes.is_code(codes.read(typed))
    except IdentifierError:
        assert not codes.is_code(typed)
    try:
        serial = codes.read_serial(typed)
        assert codes.read_serial(serial) == serial
    except IdentifierError:
        pass


@pytest.mark.parametrize(
    "text", ["", CODE.lower(), codes.shown(CODE), CODE + "\n", "I" * 16, "é" * 16]
)
def test_is_code_takes_the_stored_form_only(text):
    assert not codes.is_code(text)


def test_code_in_a_uri_of_this_ledger():
    assert codes.is_code(CODE) and ALPHABET == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert codes.in_uri(f"https://{HOST}/t/{CODE}", HOST) == CODE
    assert codes.of_uri(f"https://{HOST}/t/{CODE}", HOST) == CODE
    assert codes.uri_of(CODE, HOST) == f"https://{HOST}/t/{CODE}"
    assert codes.uri_of(CODE, HOST, "party") == f"https://{HOST}/party/{CODE}"


def test_serials():
    serial = codes.new_serial()
    assert len(serial) == 13
    assert set(serial) <= set(ALPHABET)
    assert codes.read_serial(f" {serial[:6].lower()}-{serial[6:]}") == serial
    assert codes.read_serial("oiLl" + "A" * 9) == "0111" + "A" * 9
    for typed in ("", "A" * 12, "A" * 14, "U" * 13, "ß" + "A" * 11, "Ａ" * 13):
        with pytest.raises(IdentifierError, match="13 characters"):
            codes.read_serial(typed)
