"""What goes into an evidence file: all that a verifier asks for, and nothing of anyone else."""

from dataclasses import replace

import pytest
from support.goods.evidence import Story, cosign, evidence_of, judged
from support.ledger.lengths import length
from support.ledger.world import ORIGIN, event
from support.web.client import change

from suyuan.keys import canonical
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.demo import city
from suyuan.trace.evidence import bundle, closure, membership
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.format.link import parse
from suyuan.trace.goods import history
from suyuan.trace.lineage.joins import Place, is_dispatch
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    ledger = city.build(tmp_path_factory.mktemp("demo") / "home")
    yield ledger
    ledger.close()


def of(story: Story, walk=history.whole, item=None, *more) -> bundle.Bundle:
    return evidence_of(story.world, item or story.mixed, walk, *more)


def said(made: bundle.Bundle) -> set[str]:
    """What stands in a file, in words."""
    found = set()
    for one in made.entries:
        link = parse(one.entry)
        body = link.event or link.statement or {}
        found.add(f"{body['type']} {body.get('op') or body.get('bizStep')}")
    return found


def test_it_has_who_admitted_whom_with_which_key(story):
    made = of(story)
    with story.world.ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
    assert set(found.links) <= {one.index for one in made.entries}
    parties = {one.uri for one in (story.farm, story.stall, story.agent, story.laboratory)}
    parties |= {story.office.uri, story.trust.authority}
    admitted, keys = set(), set()
    for one in made.entries:
        statement = parse(one.entry).statement or {}
        if (statement.get("type"), statement.get("op")) == ("party", "admit"):
            admitted.add(statement["party"])
        if (statement.get("type"), statement.get("op")) == ("key", "enrol"):
            keys.add(statement["keyid"])
    assert admitted == parties  # and not the stall that has no part in it
    signers = {parse(one.entry).keyid for one in made.entries} - {story.trust.root.keyid}
    assert signers <= keys
    assert {"registrar appoint", "mandate give", "labels issue"} <= said(made)


def test_what_came_later_of_standing_is_in_it(tale):
    """A revocation behind the last record says whose word it is today."""
    tale.world.say(
        tale.farm, acts.revoke(tale.farm.uri, tale.farm.signer.public.keyid, compromised_since=3)
    )
    made = of(tale)
    assert "key revoke" in said(made)
    verdict = verify(made, tale.trust)
    assert verdict.exit_code == 0
    assert [t.actor for t in verdict.links if t.is_reported_lost] == [tale.farm.uri] * 4


def test_what_a_party_says_of_no_item_is_in_it_only_up_to_its_last_standing(tale):
    """Its own chain is whole as far as keys and mandates stand in it, and goes no further."""
    alone = {**event("count", tale.first), "readPoint": {"id": "urn:x"}}
    del alone["quantityList"]
    before = tale.world.do(tale.stall, alone)
    tale.world.say(
        tale.stall, acts.enrol_signer(ORIGIN, tale.stall.uri, LocalSigner.from_seed(b"9" * 32))
    )
    behind = tale.world.do(tale.stall, {**alone, "eventID": "urn:x:2"})
    made = of(tale)
    kept = {one.index for one in made.entries}
    assert before[0].index in kept and behind[0].index not in kept
    assert verify(made, tale.trust).exit_code == 0


def test_a_path_leads_to_one_holder_only(tale):
    other = tale.world.party("另一家")
    tale.world.hand_over(tale.farm, other, tale.first, "5")
    path = of(tale, history.path, tale.first, tale.stall.uri)
    assert other.uri not in {parse(one.entry).actor for one in path.entries}
    whole = of(tale, history.whole, tale.first)
    assert other.uri in {parse(one.entry).actor for one in whole.entries}
    common = of(tale, history.common, tale.first)
    text = common.encode().decode()
    links = [parse(one.entry) for one in common.entries]
    assert {link.actor for link in links if link.event} == {tale.farm.uri}
    assert not any(is_dispatch(link) for link in links)
    assert tale.stall.uri not in text and other.uri not in text


def test_an_older_cosigned_checkpoint_leaves_out_what_is_behind_it(tale, monkeypatch):
    with tale.world.ledger.reading() as reader:
        newest = reader.checkpoint()
    monkeypatch.setattr(Reader, "published", lambda self: None)
    assert of(tale).checkpoint == newest.note
    kept = StoredCheckpoint(newest.size, cosign(newest.note, "witness.example/north"), 1)
    keyid = tale.laboratory.signer.public.keyid
    tale.world.say(tale.laboratory, acts.revoke(tale.laboratory.uri, keyid))
    monkeypatch.setattr(Reader, "published", lambda self: kept)
    made = of(tale)
    assert made.checkpoint == kept.note and "key revoke" not in said(made)
    assert verify(made, tale.trust).exit_code == 0
    tale.world.do(tale.stall, event("count", tale.mixed))  # the checkpoint covers it no more
    newest = of(tale)
    assert newest.checkpoint != kept.note and "key revoke" in said(newest)


def test_events_by_reference_bring_their_bodies_where_these_fit(tale):
    ledger, body = tale.world.ledger, canonical.dumps(event("store", tale.mixed))
    ref = {"sha256": ledger.attachments.put(body), "size": len(body), "type": "application/json"}
    other = canonical.dumps(event("store", tale.first))  # about another item than its link
    strange = {**ref, "sha256": ledger.attachments.put(other), "size": len(other)}
    absent = {**ref, "sha256": "0" * 64}
    drafts = [Draft(event_ref=one, items=(tale.mixed,)) for one in (ref, strange, absent)]
    ledger.write(tale.stall.pen, drafts)
    made = of(tale)
    assert dict(made.attachments) == {ref["sha256"]: body}
    verdict = verify(made, tale.trust)
    assert verdict.exit_code == 3
    bodies = [link.is_unread for link in verdict.links if link.said == "event_ref"]
    assert bodies == [False, True, True]
    assert verify(made, tale.trust, attachments={"0" * 64: b"not it"}).exit_code == 3
    verdict = verify(made, tale.trust, attachments={strange["sha256"]: other})
    assert verdict.exit_code == 1
    assert [fault.rule for fault in verdict.all_faults()] == ["attachment"]


@pytest.mark.parametrize("is_enrolment", [False, True])
def test_of_a_broken_history_nothing_is_given(tale, is_enrolment):
    with tale.world.ledger.reading() as reader:
        if is_enrolment:
            index = reader.key(tale.office.signer.public.keyid).enrolled
            broken = "DELETE FROM link WHERE leaf = ?"
        else:
            index = reader.in_chain(tale.first, tale.farm.uri, 0).index
            broken = "UPDATE link SET entry = x'00' WHERE leaf = ?"
    change(tale.world.ledger, broken, index)
    with pytest.raises(Tampered):
        of(tale)


def test_what_is_too_long_is_refused(story, monkeypatch):
    monkeypatch.setattr(closure, "MAX_ENTRIES", 10)
    with pytest.raises(LedgerError, match="too many"):
        of(story)


# Of the demo's city, whose items are told from farm to table.


def test_items_of_the_demo_have_evidence_that_verifies(town):
    genesis = town.trust.genesis
    with town.reading() as reader:
        links = {stored.index: parse(stored.entry) for stored in reader.links()}
        items = {ref.item for link in links.values() if link.event for ref in link.items}
        assert len(items) > 50
        for item in sorted(items)[:: length(3, 1)]:
            found = [history.whole(reader, genesis, item)]
            holders = [head.actor for head in reader.chains(item)]
            found += [history.path(reader, genesis, item, actor) for actor in holders[:2]]
            for one in found:
                verdict = judged(closure.bundle(reader, one, town.attachments.get), town.trust, 0)
                told = {link.index for link in verdict.links if link.part == "history"}
                assert set(one.links) <= told
                begun = {(begin.item, begin.actor) for begin in one.beginnings}
                assert {(begin.item, begin.actor) for begin in verdict.beginnings} == begun


def test_what_is_common_in_the_demo_names_no_hand_over_of_the_item(town):
    genesis = town.trust.genesis
    with town.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
        for item in sorted({ref.item for link in links if link.event for ref in link.items}):
            found = history.common(reader, genesis, item)
            made = closure.bundle(reader, found, town.attachments.get)
            assert verify(made, town.trust).exit_code == 0
            for link in (parse(one.entry) for one in made.entries):
                about = {ref.item for ref in link.items}
                assert item not in about or not is_dispatch(link), item


# The rule itself.


def test_lineage_is_joined_by_making_packing_and_examination(story):
    links = story.links()
    assert membership.items_of(links, story.mixed) == {story.first, story.second, story.mixed}
    assert membership.items_of(links, story.first) == {story.first}


def test_holes_are_found_in_chains_that_must_be_whole_only(story):
    links = story.links()
    items = {story.first, story.second, story.mixed}
    assert membership.holes(links, items) == []
    first = next(i for i, link in links.items() if any(r.item == story.first for r in link.items))
    without = {index: link for index, link in links.items() if index != first}
    assert membership.holes(without, items) == [Place(story.first, story.farm.uri, 0)]
    assert membership.holes(without, {story.mixed}) == []
    # A number of astronomical size is a hole and costs nothing.
    last = max(links)
    ref = replace(links[last].items[0], seq=2**53 - 1)
    links[last] = replace(links[last], items=(ref,))
    assert [hole.seq for hole in membership.holes(links, {story.mixed})] == [1]
