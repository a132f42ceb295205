import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import uri as is_uri

HOST = "trace.food.example"
USCC = "11350200004138163G"
GLN = "9520123456788"
CODE = "7K3QX9M2V8TDC4NB"


def test_uscc_of_the_standard():
    assert parties.uscc_uri("91110000600037341L") == "urn:uscc:91110000600037341L"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (USCC, f"urn:uscc:{USCC}"), (USCC.lower(), f"urn:uscc:{USCC}"),
        (f" {USCC[:8]} {USCC[8:17]}-{USCC[17]}\n", f"urn:uscc:{USCC}"),
        (f"urn:uscc:{USCC}", f"urn:uscc:{USCC}"), (f"URN:USCC:{USCC.lower()}", f"urn:uscc:{USCC}"),
        (f"urn:uscc:{USCC[:8]} {USCC[8:]}", f"urn:uscc:{USCC}"),
        (GLN, f"https://id.gs1.org/417/{GLN}"),
        ("952 0123 45678-8", f"https://id.gs1.org/417/{GLN}"),
        (f"https://id.gs1.org/417/{GLN}", f"https://id.gs1.org/417/{GLN}"),
        (CODE, f"https://{HOST}/party/{CODE}"),
        ("7k3q-x9m2-v8td-c4nb", f"https://{HOST}/party/{CODE}"),
        ("7K3QX9M2-V8TDC4-NB", f"https://{HOST}/party/{CODE}"),  # 18 characters, no USCC
        (f"https://{HOST}/party/{CODE}", f"https://{HOST}/party/{CODE}"),
        (f"https://{HOST}/party/{CODE.lower()}", f"https://{HOST}/party/{CODE}"),
        ("https://other.example/party/1", "https://other.example/party/1"),
        ("urn:gdst:example.org:party:1", "urn:gdst:example.org:party:1"),
    ],
)  # fmt: skip
def test_every_form_of_a_party_is_read_to_one_uri(text, uri):
    assert parties.read(text, HOST) == uri
    assert parties.read(uri, HOST) == uri


@pytest.mark.parametrize(
    "text",
    [
        "", " ", USCC[:-1], USCC[:-1] + "H", "A1110000600037341L", USCC[:-1] + "I", "urn:uscc:",
        f"urn:uscc:{USCC[:-1]}H", f"Urn:Uscc:{USCC[:-1]}H", GLN[:-1] + "9",
        f"https://id.gs1.org/417/{GLN[:-1]}9", f"https://id.gs1.org/417/{GLN[1:]}",
        f"https://id.gs1.org/417/{GLN}/7040/1", CODE[:-1] + "C",
        f"https://{HOST}/party/{CODE[:-1]}C", f"https://{HOST}/party/", "https://a/ b",
        "https://a/店", "https://a/" + "x" * 503, "1:2", ":", "店",
    ],
)  # fmt: skip
def test_what_is_no_party_is_refused(text):
    with pytest.raises(IdentifierError):
        parties.read(text, HOST)


@settings(deadline=None, max_examples=200)
@given(
    st.text(st.characters())
    | st.text("0123456789ABCXYZ -", min_size=13, max_size=20)
    | st.sampled_from(["urn:uscc:", f"https://id.gs1.org/417/{GLN}"]).flatmap(
        lambda start: st.text(st.characters(), max_size=4).map(lambda rest: start + rest)
    )
    | st.integers(0, 17).flatmap(
        lambda at: st.characters().map(lambda letter: USCC[:at] + letter + USCC[at + 1 :])
    )
)
def test_any_text_is_read_to_a_uri_or_raises_identifier_error(text):
    try:
        uri = parties.read(text, HOST)
    except IdentifierError:
        return
    assert is_uri(uri)
    assert parties.read(uri, HOST) == uri
    if uri.startswith("urn:uscc:"):
        assert uri == f"urn:uscc:{USCC}" or parties.uscc_uri(uri[9:]) == uri
