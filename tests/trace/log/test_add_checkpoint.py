import base64
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.trace.log import tlog_witness
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.tlog_witness import Request

# The example of C2SP tlog-witness.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501
NOTE = EXAMPLE.partition("\n\n")[2]
STEP = base64.b64encode(bytes(32)).decode()


def test_the_example_of_the_specification():
    found = tlog_witness.parse_request(EXAMPLE.encode())
    assert found.old == 20852014
    assert [step[:3].hex() for step in found.proof] == ["3e544d", "8eb259", "e7ea4a", "ffa595"]
    assert found.note == NOTE
    assert tlog_witness.encode_request(found.old, found.proof, found.note) == EXAMPLE.encode()


def test_nothing_cosigned_yet_and_nothing_to_prove():
    assert tlog_witness.parse_request(b"old 0\n\nnote\n") == Request(0, [], "note\n")
    assert tlog_witness.encode_request(0, [], "note\n") == b"old 0\n\nnote\n"
    assert tlog_witness.parse_request(b"old 9223372036854775807\n\nn\n").old == 2**63 - 1


def test_63_proof_lines_and_no_more():
    body = tlog_witness.encode_request(1, [bytes(32)] * 63, NOTE)
    assert len(tlog_witness.parse_request(body).proof) == 63
    with pytest.raises(LogError, match="over 63 lines"):
        tlog_witness.encode_request(1, [bytes(32)] * 64, NOTE)


HEADS = [
    "old", "old ", "old  0", "old 00", "old 01", "old -1", "old +1", "old 1_0", "old 1 ", "old 0x1",
    "old \u0661", "Old 0", " old 0", "\nold 0", "old 9223372036854775808", "old " + "9" * 60_000,
    *(f"old 1\n{line}" for line in (
        STEP + "=", STEP[:-1], STEP + " ", STEP + "\r", STEP.replace("A=", "B="),  # unused bits
        base64.b64encode(bytes(31)).decode(), "AA==",
    )),
]  # fmt: skip
BODIES = [
    *(f"{head}\n\nnote\n".encode() for head in HEADS),
    b"", b"\n", b"\n\n", b"old 0", b"old 0\n", b"old 0\nnote\n", b"old 1\r\n\r\nnote\n",
    b"old 1\n" + STEP.encode() + b"\n" + b"\xff" * 44 + b"\n\nnote\n",
    b"old 1\n\n\xff\n", b"old 1\n\n\xed\xa0\x80\n", b"old 0\n\n" + b"a" * tlog_witness.MAX_BODY,
    b"old 1\n" + (STEP + "\n").encode() * 10_000 + b"\nnote\n",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_other_bodies_are_refused(body):
    with pytest.raises(LogError):
        tlog_witness.parse_request(body)


@pytest.mark.parametrize(
    ("old", "proof", "note"),
    [(-1, [], "n\n"), (1 << 63, [], "n\n"), (1, [b"a"], "n\n"), (0, [], "\ud800")],
)
def test_what_could_not_be_read_is_not_made(old, proof, note):
    with pytest.raises(LogError):
        tlog_witness.encode_request(old, proof, note)


@settings(deadline=None, max_examples=300)
@given(st.binary(), st.integers(0, len(EXAMPLE)), st.integers(0, 50))
def test_any_body_is_read_as_it_is_written_or_raises_log_error(more, at, cut):
    body = EXAMPLE.encode()
    for one in (more, body[:at] + more + body[at + cut :]):
        with contextlib.suppress(LogError):
            found = tlog_witness.parse_request(one)
            assert tlog_witness.encode_request(found.old, found.proof, found.note) == one
