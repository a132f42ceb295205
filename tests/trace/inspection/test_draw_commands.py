"""`suyuan draw`: from a commitment to the file that anybody recomputes, and each exit code."""

from pathlib import Path

import pytest

from suyuan.trace.inspection.draws import draw_file

VALUE = "ab" * 32
PULSE = "900000000"  # in the year 2109


@pytest.fixture
def office(suyuan):
    """An office in a new ledger, with files to draw from in the folder."""
    suyuan.init()
    uri = suyuan.party("集美分局", "office")
    pool = "".join(f"urn:uscc:firm{n},A\n" for n in range(6))
    Path("pool.csv").write_text(pool, "utf-8")
    people = "urn:person:1,urn:uscc:firm0\nurn:person:2\nurn:person:3\n\nurn:person:4\n"
    Path("people.csv").write_text(people, "utf-8")
    return uri


def commit(suyuan, *more):
    usual = {"--draw": "A=2", "--pool": "pool.csv", "--inspectors": "people.csv",
             "--round": PULSE, "--key": "office.key"}  # fmt: skip
    usual |= dict(zip(more[::2], more[1::2], strict=True))
    return suyuan("draw", "commit", *(part for pair in usual.items() for part in pair))


def drawn(suyuan, code):
    return suyuan.good("draw", "show", code, "--value", VALUE, "--json").json["drawn"]


def test_a_draw_from_its_commitment_to_its_file(suyuan, office):
    code = commit(suyuan, "--title", "季度抽查").last
    assert suyuan.good("draw", "show", code, "--json").json["drawn"] == []
    refused = suyuan("draw", "reveal", code, "--key", "office.key")
    assert refused.code == 3 and "public value" in refused.err
    first = drawn(suyuan, code)
    assert len(first) == 2 and all(len(one["inspectors"]) == 2 for one in first)
    suyuan.good("draw", "replace", code, first[0]["id"], "--reason", "停业", "--key", "office.key")
    second = drawn(suyuan, code)
    assert second[0] != first[0] and second[1] == first[1]
    before = Path("before.draw")
    suyuan.good("draw", "export", code, "-o", before)
    done = suyuan("draw", "verify", before, "--json")
    assert (done.code, done.json["drawn"]) == (3, None)
    suyuan.good("draw", "reveal", code, "--key", "office.key")
    suyuan.good("draw", "export", code, "-o", "it.draw")
    done = suyuan("draw", "verify", "it.draw", "--value", VALUE, "--json")
    # No witness cosigned it: it is recomputed, and not shown to be older than its value.
    assert (done.code, done.json["verdict"]) == (3, "undecided")
    assert [one["id"] for one in done.json["drawn"]] == [one["id"] for one in second]
    assert not done.json["shown_before"] and done.json["faults"] == []
    text = suyuan("draw", "verify", "it.draw").out
    assert "not shown" in text and second[0]["id"] in text
    done = suyuan("draw", "verify", "it.draw", "--value", "cd", "--json")
    assert (done.code, [one["rule"] for one in done.json["faults"]]) == (1, ["value"])
    assert suyuan("draw", "abort", code, "--reason", "x", "--key", "office.key").code == 2
    shown = suyuan.good("draw", "show", code).out
    assert "reveal" in shown and "停业" in shown


def test_one_that_is_aborted_stays_in_the_list_beside_the_next(suyuan, office):
    first, second = commit(suyuan).last, commit(suyuan).last
    suyuan.good("draw", "abort", first, "--reason", "名单有误", "--key", "office.key")
    listed = suyuan.good("draw", "list", "--office", office, "--json").json
    assert [(one["code"], one["ending"]) for one in listed] == [(second, None), (first, "abort")]
    assert first in suyuan.good("draw", "show", second, "--json").json["like"][0]
    assert "aborted" in suyuan.good("draw", "list").out


def test_a_repeated_one_is_named_where_a_file_is_verified_beside_the_ledger(suyuan, office):
    """With one firm more and the next value; how many are on both lists, once both are open."""
    first = commit(suyuan).last
    with Path("pool.csv").open("a", encoding="utf-8") as pool:
        pool.write("urn:uscc:firm6,A\n")
    second = commit(suyuan, "--round", str(int(PULSE) + 1)).last
    for code in (first, second):
        drawn(suyuan, code)
    suyuan.good("draw", "reveal", second, "--key", "office.key")
    suyuan.good("draw", "export", second, "-o", "it.draw")
    (like,) = suyuan("draw", "verify", "it.draw", "--json").json["like"]
    assert first in like["draw"] and (like["ending"], like["shared"]) == (None, None)
    suyuan.good("draw", "reveal", first, "--key", "office.key")
    done = suyuan("draw", "verify", "it.draw", "--json")
    assert done.json["like"][0]["shared"] == 6
    assert "6 on both lists" in suyuan("draw", "verify", "it.draw").out
    alone = suyuan("draw", "verify", "it.draw", "--json", "--home", "away", "--trust",
                   "suyuan-data/trust.json")  # fmt: skip
    assert (alone.code, alone.json["like"], alone.json["drawn"]) == (3, None, done.json["drawn"])


def test_strata_by_grade_without_a_table(suyuan, office):
    for role in ("stall", "caterer"):
        suyuan.party("A 区", role)
    usual = ["draw", "commit", "--inspectors", "people.csv", "--by", "grade", "--round", PULSE]
    done = suyuan(*usual, "--draw", "A=3", "--key", "office.key")
    assert done.code == 2 and "which has 2" in done.err
    assert len(drawn(suyuan, suyuan.good(*usual, "--draw", "A=2", "--key", "office.key").last)) == 2


def test_a_damaged_file_and_one_that_is_none(suyuan, office):
    code = commit(suyuan).last
    suyuan.good("draw", "export", code, "-o", "it.draw")
    data = Path("it.draw").read_bytes()
    Path("bad.draw").write_bytes(data[:-9])
    assert suyuan("draw", "verify", "bad.draw").code == 1
    Path("newer.draw").write_bytes(data[:-2] + b"2}")
    assert draw_file.VERSION == 1 and suyuan("draw", "verify", "newer.draw").code == 3
    Path("none.draw").write_bytes(b"{}")
    suyuan.refused("no file of a draw", "draw", "verify", "none.draw")
    suyuan.refused("cannot be read", "draw", "verify", "away.draw")
    suyuan.refused("there already", "draw", "export", code, "-o", "it.draw")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--draw", "A"), "STRATUM=N"),
        (("--draw", "A=9"), "are to be drawn"),
        (("--draw", "B=1"), "are to be drawn"),
        (("--team", "4"), "do not avoid"),
        (("--beacon", "体彩"), "from when on"),
        (("--beacon", "体彩", "--from", "2020-01-01T00:00"), "does not exist yet"),
        (("--inspectors", "pool.csv"), "ids"),
        (("--pool", "people.csv"), "ID,STRATUM"),
    ],
)
def test_what_cannot_be_drawn_is_said_before_anything_is_signed(suyuan, office, more, why):
    done = commit(suyuan, *more)
    assert done.code == 2 and why in done.err, done.err
    assert suyuan.good("draw", "list", "--json").json == []


def test_who_is_no_office_commits_to_nothing(suyuan, office):
    suyuan.party("A 区 12 号", "stall")
    done = commit(suyuan, "--key", "stall.key")
    assert done.code == 2 and "no office" in done.err
