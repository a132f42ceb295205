import json
import re
from functools import partial
from urllib.parse import quote, unquote

import pytest
from conformance.reference import vectors
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.ledger.work import seconds
from support.ledger.world import SHARED

from suyuan.trace.format.identifiers import gs1
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.identifiers.gs1 import canonical

FAST = settings(deadline=None, max_examples=150)
DATA = SHARED / "gs1-digital-link"
G = "09520123456788"
LOT = f"https://id.gs1.org/01/{G}/10/"
SSCC = "006141411234567890"
UNIT = f"https://id.gs1.org/00/{SSCC}"


def test_only_what_a_vector_makes_of_an_identifier_is_canonical():
    for case in vectors.load("identifiers")["cases"]:
        written, item = case["identifier"], case["item"]
        uri = canonical(written)
        assert item in (uri, None)  # what is no URI, or too long, is items' to refuse
        for text in filter(None, (written, uri)):
            is_ours = text.startswith(("https://id.gs1.org/00/", "https://id.gs1.org/01/"))
            assert gs1.is_canonical(text) == (is_ours and text == canonical(text))
    for other in (f"https://id.gs1.org/01/{G[:-1]}9/10/L1", f"{LOT}%41", "", f"/01/{G}/10/L1"):
        assert not gs1.is_canonical(other)


VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
PIECES = [
    "01", "00", "10", "21", "22", "414", "254", G, G[:-1] + "0", SSCC, "", "%41", "%", "x", "é",
]  # fmt: skip
PARTS = st.lists(st.sampled_from(PIECES), max_size=8)


@settings(deadline=None, max_examples=400)
@given(PARTS, st.sampled_from(["", "?x", "#y"]), VALUES | st.just(""))
def test_canonical_is_idempotent(parts, tail, value):
    for written in (
        "https://a/" + "/".join(parts) + tail, f"https://a/01/{G}/10/{value}",
        f"urn:epc:id:sgtin:9520123.045678.{value}", value,
    ):  # fmt: skip
        uri = canonical(written)
        assert uri is None or canonical(uri) == uri
        assert gs1.is_canonical(uri or "") <= (uri is not None and uri.isascii())


@FAST
@given(st.text(min_size=1, max_size=20), st.integers(0, 10**13 - 1))
@example("\ud800", 0)
def test_urn_and_link_of_the_same_lot_meet(lot, number):
    body = f"{number:013}"
    gtin = body + gs1.check_digit(body)
    escaped = "".join(f"%{byte:02x}" for byte in lot.encode("utf-8", "surrogatepass"))
    uri = canonical(f"https://a/01/{gtin}/10/{escaped}")
    assert uri == canonical(f"urn:epc:class:lgtin:{body[1:8]}.{body[0]}{body[8:]}.{escaped}")
    assert uri == f"https://id.gs1.org/01/{gtin}/10/{gs1.encode(lot)}"
    quoted = quote(lot.encode("utf-8", "surrogatepass"), safe="")
    assert uri == f"https://id.gs1.org/01/{gtin}/10/{quoted}"


@pytest.mark.parametrize(
    "written",
    [
        "https://a/" + "/" * 60_000, "https://a/" + "a/" * 30_000 + "00/1",
        "https://a" + "/01" * 20_000, f"https://a{f'/01/{G}' * 3_000}/x",
        f"https://a{f'/00/{SSCC}' * 2_800}/", f"https://a{f'/01/{G}/22/22/10/10/21/21' * 1_500}/",
        f"https://a/01/{G}/10/{'%41' * 20_000}%",
        f"https://a/01/{G}/22/{'a' * 20_000}/10/{'b' * 20_000}/21/{'c' * 20_000}/",
        "https://" + "?" * 60_000, "https://" + "#" * 60_000 + "\n",
        "urn:epc:class:lgtin:" + "1" * 60_000, "urn:epc:id:sgtin:9520123.045678." + "%41" * 20_000,
    ],
    ids=range(12),
)  # fmt: skip
def test_long_input_takes_no_time_and_is_not_kept_in_memory(written):
    before = gs1._canonical_kept.cache_info().currsize
    assert seconds(lambda: canonical(written)) < 1
    assert gs1._canonical_kept.cache_info().currsize == before


@FAST
@given(st.text("0123456789", min_size=1, max_size=18))
def test_check_digits_agree_with_a_plain_sum_and_with_biip(digits):
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    assert gs1.check_digit(digits) == str(-total % 10)
    assert sum(gs1.has_check_digit(f"{digits}{last}") for last in range(10)) == 1
    checksums = pytest.importorskip("biip.checksums", reason="biip is not installed")
    assert gs1.check_digit(digits) == str(checksums.gs1_standard_check_digit(digits))


@pytest.mark.parametrize(
    ("make", "text", "why"),
    [
        *((gs1.gtin14, text, "8, 12, 13 or 14 digits") for text in (
            "", "2345673", "123456789012345", "690123456789２", "6901234567892 ",
        )),
        (gs1.gtin14, "6901234567893", "2 would be right"),
        *((gs1.unit_uri, text, "18 digits") for text in (
            "", SSCC[1:], SSCC + "0", SSCC[:-1] + "1", SSCC[:-1] + "０",
        )),
        *((partial(make, G), lot, "1 to 20") for make in (gs1.lot_uri, gs1.piece_uri)
          for lot in ("", "x" * 21, "批次", "a\n")),
    ],
)  # fmt: skip
def test_what_is_refused(make, text, why):
    with pytest.raises(IdentifierError, match=why):
        make(text)


def test_lots_and_pieces_of_a_gtin():
    for text, gtin in (
        ("02345673", "00000002345673"), ("416000336108", "00416000336108"),
        ("6901234567892", "06901234567892"), ("09520123456788", G),
    ):  # fmt: skip
        assert gs1.gtin14(text) == gtin
    base = "https://id.gs1.org/01/06901234567892"
    assert gs1.lot_uri("6901234567892", "A/1%") == f"{base}/10/A%2F1%25"
    assert gs1.lot_uri("6901234567892", "x" * 20) == f"{base}/10/{'x' * 20}"
    assert gs1.piece_uri("6901234567892", "/10/") == f"{base}/21/%2F10%2F"
    assert gs1.unit_uri(SSCC) == UNIT


SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def test_lots_have_the_characters_of_set_82_only():
    assert len(SET_82) == 82
    for letter in map(chr, range(0x180)):
        if letter in SET_82:
            uri = gs1.lot_uri(G, letter)
            assert canonical(uri) == uri
            assert unquote(uri.rpartition("/")[2]) == letter
        else:
            with pytest.raises(IdentifierError):
                gs1.lot_uri(G, letter)


def _vectors(name):
    if not DATA.is_dir():
        return []
    return json.loads((DATA / f"gs1_dl_{name}_vectors.json").read_text())


needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"GS1's own vectors are not at {DATA}")


@needs_data
def test_vectors_of_gs1_to_parse():
    """GS1's reading of a link, where it bears on 00, 01, 10 and 21, is ours."""
    checked = 0
    for vector in _vectors("parse"):
        uri, expected = vector["uri"], vector["expected_element_string"]
        ours = canonical(uri)
        trade = re.search(
            r"/01/(\d{14})(?:/22/[^/?#]+)?(/10/[^/?#]+)?(/21/[^/?#]+)?(?:[?#]|$)", uri
        )
        if vector["valid"] and expected.startswith("^00"):
            assert ours == f"https://id.gs1.org/00/{expected[3:21]}"
        elif vector["valid"] and trade:
            gtin, lot, serial = trade.groups()
            assert expected.startswith(f"^01{gtin}")
            qualifier = serial or lot
            assert ours == (qualifier and f"https://id.gs1.org/01/{gtin}{qualifier}")
        elif vector["valid"] and re.search(r"/(253|414|8004|8018)/", uri):
            assert ours is None
        elif vector["valid"]:
            assert ours == uri  # names, other lengths, and keys that the format leaves alone
        elif not re.search(r"HtTp|[?]", uri):
            # Refused by GS1 too; upper-case schemes and queries we read or drop.
            assert ours == uri
        else:
            continue
        checked += 1
    assert checked > 45


@needs_data
def test_vectors_of_gs1_to_generate():
    for vector in _vectors("generate"):
        elements = dict(re.findall(r"\((\d+)\)([^(]*)", vector["element_string"]))
        if not vector["uri"] or "/01/" not in vector["uri"].partition("?")[0]:
            continue
        gtin = elements["01"]
        if "21" in elements:
            assert canonical(vector["uri"]) == gs1.piece_uri(gtin, elements["21"])
        else:
            assert canonical(vector["uri"]) == gs1.lot_uri(gtin, elements["10"])


@needs_data
def test_qualifiers_are_those_of_gs1s_own_table():
    table = (DATA / "gs1-syntax-dictionary.txt").read_text()
    keys = dict(re.findall(r"^(\d{2,4})\s.*\bdlpkey(=[\d,|]+)?", table, re.MULTILINE))
    assert keys["01"] == "=22,10,21|235"
    assert keys["00"] == ""
    for key, qualifiers in gs1._OTHER_KEYS.items():
        assert "|".join(qualifiers) == keys[key].removeprefix("=")
