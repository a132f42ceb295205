"""A draw recomputed by the page's own script: the same as by `suyuan draw verify`, attacks too."""

import base64 as b64
import json
from dataclasses import replace

import pytest
from support.watch.draws import POOL, DrawOffice
from support.web.signing import modules

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.inspection.draws.draw_drafts import Beacon

OURS = {"files", "nonce", "rank", "late", "from", "committed", "replace", "commit"}
CALL = """async ([file, trust, uri]) => {
  const { recompute } = await import("/verify/draw.js");
  const bytes = Uint8Array.from(atob(file), (unit) => unit.charCodeAt(0));
  const { faults, open, picks, committed, exists } = await recompute(bytes, trust, uri);
  return { faults: [...new Set(faults)].sort(), open, committed, exists,
    picks: picks && picks.map(({ id, team }) => [id, team]) };
}"""


@pytest.fixture
def office(small) -> DrawOffice:
    return DrawOffice(small)


def files(office):
    """Files by what was done to them."""
    good = office.commit()
    drawn = office.picks(good)
    change = office.replace(good, drawn[0][0])
    team = dict(office.picks(good))[change.to]
    office.replace(good, team[0], at=change.to)
    yield "running", office.file(good)
    office.reveal(good, by=office.world.authority)
    file = office.file(good)
    yield "good", file
    yield "late", office.file(good, 0)
    yield "unwitnessed", office.export(good)
    yield "no lists", replace(file, files={})
    other = office.files(dict(list(POOL.items())[1:]))
    digest = office.kept.find(good).files.digests["pool"]
    rest = {name: data for name, data in file.files.items() if name != digest}
    yield "pool", replace(file, files=rest | {other.digests["pool"]: other.pool})
    yield "undisclosed", replace(file, evidence=replace(file.evidence, disclosures=()))
    first = office.commit()
    yield "proof", replace(file, committed=office.file(first).committed)
    office.open(first, nonce=base64.encode_url(b"x" * 32))
    yield "nonce", office.file(first)
    stated = acts.draw_replace(office.read(first).act.uri, "停业")
    office.ledger.write(office.office.pen, [Draft(statement=stated)])
    yield "behind", office.file(first)
    second = office.commit()
    before = office.read(second).after(office.world.authority.uri)
    office.replace(second, office.picks(second)[0][0])
    office.open(second, by=office.world.authority, after=before)
    yield "unnamed", office.file(second)
    third = office.commit(beacon=Beacon("drand quicknet", "900000000"))
    office.reveal(third)
    yield "drand", office.file(third)


@pytest.mark.slow
def test_the_page_s_script_gives_what_the_command_gives(office, browser):
    seen = {}
    with modules(browser) as page:
        for name, file in files(office):
            ours = office.check(file)
            data = b64.b64encode(file.encode()).decode()
            trust = json.loads(office.trust.to_json())
            theirs = page.evaluate(CALL, [data, trust, file.uri])
            rules = {fault.rule for fault in ours.faults}
            words = {"unnamed" if rule == "after" else rule if rule in OURS else "evidence"
                     for rule in rules}  # fmt: skip
            assert theirs["faults"] == sorted(words), name
            assert (theirs["committed"], theirs["exists"]) == (ours.committed, ours.exists), name
            picks = ours.picks and [[pick.id, list(pick.team)] for pick in ours.picks]
            assert theirs["picks"] == picks, name
            assert bool(theirs["open"]) == bool(ours.undecided), (name, theirs["open"])
            seen[name] = (ours.exit_code, picks is None)
    assert seen["good"] == seen["drand"] == (0, False)
    assert {name for name, (code, _) in seen.items() if code == 1} == {
        "pool", "proof", "nonce", "behind", "unnamed",
    }  # fmt: skip
