import contextlib
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey, NoteSignature, VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint, cosignature, policy
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.policy import Cosigned, Group, LogLine, Policy, WitnessLine

LOG = LocalSigner.from_seed(b"L" * 32)
LOG_KEY = VerifierKey("log.example", LOG.public)
SIGNERS = [LocalSigner.from_seed(bytes([number]) * 32) for number in range(6)]
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
KEYS = [CosignerKey.of(f"w.example/{n}", s.public) for n, s in zip(NAMES, SIGNERS, strict=True)]
X1, X2, X3, Y1, Y2, Y3 = KEYS

# The example of the specification, with keys in it.
EXAMPLE = f"""\
log {LOG_KEY}

witness X1 {X1}
witness X2 {X2}
witness X3 {X3}
group X-witnesses 2 X1 X2 X3

witness Y1 {Y1}
witness Y2 {Y2}
witness Y3 {Y3}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
NOTE = checkpoint.sign(Checkpoint("log.example", 7, bytes(32)), LOG)
TEXT = notes.parse(NOTE).text


def line(number, time):
    return cosignature.sign(TEXT, KEYS[number].name, SIGNERS[number], time)


def with_lines(*lines):
    return notes.merge(NOTE, lines)


def test_the_example_of_the_specification():
    found = Policy.parse(EXAMPLE)
    assert found.logs == (LogLine(LOG_KEY),)
    assert [one.name for one in found.witnesses] == NAMES
    assert found.groups[0] == Group("X-witnesses", 2, ("X1", "X2", "X3"))
    assert found.groups[2] == Group("X-and-Y", 2, ("X-witnesses", "Y-witnesses"))
    assert found.least() == 3
    for size in range(7):
        for names in combinations(NAMES, size):
            is_met = sum(n[0] == "X" for n in names) >= 2 and any(n[0] == "Y" for n in names)
            assert found.is_met(names) == is_met
    assert not found.is_met(["X-and-Y", "X-witnesses"])  # groups do not cosign
    assert found.can_do_without(["X1", "Y1", "Y2"])
    assert not found.can_do_without(["X1", "X2"])


def test_white_space_comments_and_urls():
    found = Policy.parse(
        f"# 溯源\n \t# indented\n\n\t \nlog\t{LOG_KEY}  https://log.example/ \n"
        f"  witness\t \tw {X1} https://例え.example/w \nquorum \t w\t\n# after\n"
    )
    assert found.logs[0].url == "https://log.example/"
    assert found.witnesses == (WitnessLine("w", X1, "https://例え.example/w"),)
    assert found.quorum == "w"
    assert (found.least(), found.is_met(["w"]), found.is_met([])) == (1, True, False)
    found = Policy.parse(f"quorum none\nwitness v {X2}\nlog {LOG_KEY}\n")  # after the quorum
    assert (len(found.logs), len(found.witnesses), found.least()) == (1, 1, 0)
    assert found.is_met([])


def test_names_are_opaque_octets():
    text = f"witness K {X1}\nwitness \u212a {X2}\ngroup all all K \u212a\nquorum all\n"
    assert Policy.parse(text).least() == 2
    assert Policy.parse(text.encode()) == Policy.parse(text)
    spaces = f"witness a\u00a0b\u2028\x85c {X1}\nquorum a\u00a0b\u2028\x85c\n"
    assert Policy.parse(spaces).witnesses[0].name == "a\u00a0b\u2028\x85c"
    octets = b"witness \xff\xfe " + str(X1).encode() + b"\nquorum \xff\xfe\n"
    assert Policy.parse(octets).is_met(["\udcff\udcfe"])


W = f"witness a {X1}\nwitness b {X2}\nwitness c {X3}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "without a quorum"), (W, "without a quorum"), ("quorum none", "line 1: no line end"),
        ("quorum none\nquorum none\n", "line 2: a second quorum"),
        ("quorum a\n", "line 1: 'a' is not defined"),
        (f"quorum a\n{W}", "line 1: 'a' is not defined"), (f"{W}quorum\n", "line 4"),
        (f"{W}quorum a b\n", "line 4"), (f"{W}group g any a\nquorum g # not a comment\n", "line 5"),
        ("Quorum none\n", "line 1: 'Quorum' is none of"), ("quorum\u00a0none\n", "line 1"),
        ("quorum none\r\n", r"line 1: the control character '\\r'"),
        ("# \0\nquorum none\n", "line 1: the control"),
        ("# \x7f\nquorum none\n", "line 1: the control"),
        ("#\n# \x0b\nquorum none\n", "line 2: the control"), ("log\nquorum none\n", "line 1"),
        (f"log {LOG_KEY} a b\nquorum none\n", "line 1"),
        (f"log {X1}\nquorum none\n", "line 1: not an Ed25519 verifier key"),
        (f"log {LOG_KEY}\nlog {LOG_KEY}\nquorum none\n", "line 2: a second log"),
        (f"log {LOG_KEY}\nlog {VerifierKey('other', LOG.public)}\nquorum none\n", "line 2"),
        (f"witness w {LOG_KEY}\nquorum w\n", "line 1: a log's verifier key"),
        (f"witness w {X1} url more\nquorum w\n", "line 1"), ("witness w\nquorum w\n", "line 1"),
        (f"witness none {X1}\nquorum none\n", "line 1: the name 'none'"),
        (f"{W}witness a {Y1}\nquorum a\n", "line 4: the name 'a'"),
        (f"{W}witness d {X1}\nquorum a\n", "line 4: a second witness"),
        (f"{W}witness d {CosignerKey('o', 4, X1.raw)}\nquorum a\n", "line 4: a second witness"),
        (f"{W}group g\nquorum a\n", "line 4"), (f"{W}group g any\nquorum a\n", "line 4"),
        (f"{W}group none any a\nquorum a\n", "line 4"),
        (f"{W}group a any b\nquorum a\n", "line 4: the name 'a'"),
        (f"{W}group g any none\nquorum a\n", "line 4: 'none' is not defined"),
        (f"{W}group g any g\nquorum a\n", "line 4: 'g' is not defined"),
        (f"{W}group g any a a\nquorum a\n", "line 4: 'a' is a member already"),
        (f"{W}group g any a\ngroup h any a\nquorum h\n", "line 5: 'a' is a member already"),
        (f"{W}group g 0 a\nquorum g\n", "line 4: '0' is none of"),
        (f"{W}group g 2 a\nquorum g\n", "line 4"), (f"{W}group g 01 a\nquorum g\n", "line 4"),
        (f"{W}group g +1 a\nquorum g\n", "line 4"), (f"{W}group g \u0661 a\nquorum g\n", "line 4"),
        (f"{W}group g ANY a\nquorum g\n", "line 4"),
        ("\n" * 1000 + "quorum none\n", "line 1001: there may be 1,000"),
        ("#" * 65_536 + "\nquorum none\n", "64 KiB"),
        ("#" + "溯" * 22_000 + "\nquorum none\n", "64 KiB"), ("# \ud800\nquorum none\n", "line 1"),
    ],
)  # fmt: skip
def test_what_the_format_does_not_allow(text, why):
    with pytest.raises(LogError, match=why):
        Policy.parse(text)


def test_1000_groups_in_a_row_are_no_matter():
    lines = [f"witness w {X1}", "group g0 any w"]
    lines += [f"group g{n} any g{n - 1}" for n in range(1, 997)]
    found = Policy.parse("\n".join([*lines, "quorum g996", ""]))
    assert found.is_met(["w"]) and not found.is_met([])
    assert found.least() == 1


def test_the_usual_case_is_made_and_written():
    made = Policy.of(LOG_KEY, [X1, WitnessLine("second", X2, "https://w.example/"), X3], 2)
    assert Policy.parse(made.text()) == made
    assert made.least() == 2
    assert made.is_met(["w.example/X1", "second"])
    assert not made.is_met(["second"])
    assert Policy.of(LOG_KEY, [], 0).is_met([])
    assert Policy.of(LOG_KEY, [WitnessLine("quorum", X1)], 1).is_met(["quorum"])
    assert Policy.parse(Policy.parse(EXAMPLE).text()) == Policy.parse(EXAMPLE)


@pytest.mark.parametrize(
    "witnesses", [[X1, X1], [WitnessLine("a b", X1)], [WitnessLine("a", X1, "u\n")]]
)
def test_a_policy_that_cannot_be_written_is_not_made(witnesses):
    with pytest.raises(LogError):
        Policy.of(LOG_KEY, witnesses, 1)
    with pytest.raises(LogError, match="a quorum of 3"):
        Policy.of(LOG_KEY, witnesses, 3)


@settings(deadline=None, max_examples=300)
@given(
    st.text() | st.text("\t\n #kang") | st.binary(), st.integers(0, len(EXAMPLE)), st.integers(0, 9)
)
def test_any_text_is_a_policy_or_raises_log_error(more, at, cut):
    texts = [more]
    if isinstance(more, str):
        texts.append(EXAMPLE[:at] + more + EXAMPLE[at + cut :])
    for text in texts:
        with contextlib.suppress(LogError):
            found = Policy.parse(text)
            assert Policy.parse(found.text()) == found


@st.composite
def policies(draw):
    """Policies of random trees over six witnesses."""
    lines = [f"witness {name} {key}" for name, key in zip(NAMES, KEYS, strict=True)]
    free = list(NAMES)
    for number in range(draw(st.integers(0, 5))):
        members = draw(st.permutations(free))[: draw(st.integers(1, 4))]
        rule = draw(st.sampled_from(["any", "all", str(draw(st.integers(1, len(members))))]))
        lines.append(f"group g{number} {rule} {' '.join(members)}")
        free = [name for name in free if name not in members] + [f"g{number}"]
    lines.append(f"quorum {draw(st.sampled_from(free))}")
    return Policy.parse("".join(f"{line}\n" for line in lines))


@settings(deadline=None, max_examples=100)
@given(policies())
def test_least_is_the_smallest_set_that_meets_the_quorum_and_more_never_hurt(found):
    subsets = [set(names) for size in range(7) for names in combinations(NAMES, size)]
    met = [names for names in subsets if found.is_met(names)]
    assert min(len(names) for names in met) == found.least()
    assert all(found.is_met(names | {name}) for names in met for name in NAMES)


# What a note shows under a policy.


def checked(*lines, known=None, log=LOG_KEY):
    return policy.check(with_lines(*lines), log, known or Policy.parse(EXAMPLE))


def test_the_quorum_is_met_at_the_time_of_the_cosignature_that_completes_it():
    others = line(1, 40), line(0, 20), line(2, 30)
    found = checked(line(3, 50), *others)
    assert found.checkpoint == Checkpoint("log.example", 7, bytes(32))
    times = {"X1": 20, "X2": 40, "X3": 30, "Y1": 50}
    assert found.cosigned == tuple(Cosigned(*one) for one in times.items())
    assert (found.is_met, found.time) == (True, 50)
    assert checked(line(3, 10), *others).time == 30
    found = checked(line(0, 20), line(1, 20))
    assert (found.is_met, found.time, len(found.cosigned)) == (False, None, 2)


def test_without_a_policy_the_log_s_signature_is_enough():
    found = policy.check(with_lines(line(0, 20)), LOG_KEY, None)
    assert (found.is_met, found.cosigned, found.time) == (True, (), None)
    found = policy.check(NOTE, LOG_KEY, Policy.of(LOG_KEY, [X1], 0))
    assert (found.is_met, found.time) == (True, None)


def test_the_log_s_own_signature_is_needed():
    other = VerifierKey("log.example", LocalSigner.from_seed(b"?" * 32).public)
    for known in (None, Policy.of(other, [X1], 1)):
        with pytest.raises(LogError, match="no signature of"):
            policy.check(with_lines(line(0, 5)), other, known)
    with pytest.raises(LogError, match="other logs"):
        policy.check(with_lines(line(0, 5)), LOG_KEY, Policy.of(other, [X1], 1))


def test_a_log_signature_is_no_cosignature():
    """The same key as log and witness: the type byte and the message keep them apart."""
    key = CosignerKey.of("log.example", LOG.public)
    assert key.hash != LOG_KEY.hash
    signed = notes.parse(NOTE).signatures[0].signature
    forged = NoteSignature("log.example", key.hash, bytes(8) + signed)
    with pytest.raises(LogError):
        policy.check(with_lines(forged), LOG_KEY, Policy.of(LOG_KEY, [key], 1))
    assert notes.COSIGNATURE == 4


@settings(deadline=None, max_examples=200)
@given(st.text(), st.integers(0, len(NOTE)), st.integers(0, 3))
def test_any_note_is_checked_or_raises_log_error(more, at, cut):
    note = with_lines(line(0, 20))
    for one in (more, note[:at] + more + note[at + cut :]):
        with contextlib.suppress(LogError):
            policy.check(one, LOG_KEY, Policy.parse(EXAMPLE))
