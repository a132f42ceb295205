"""What goes into an evidence file: all that a verifier asks for, and nothing of anyone else."""

import pytest
from support.goods.evidence import Story, cosign, file_of, tell_story
from support.ledger.lengths import length
from support.ledger.world import ORIGIN, event

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
    ledger = story.world.ledger
    with ledger.reading() as reader:
        found = walk(reader, story.trust.genesis, item or story.mixed, *more)
        return closure.bundle(reader, found, ledger.attachments.get)


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


def test_the_history_is_in_it_whole(story):
    with story.world.ledger.reading() as reader:
        found = history.whole(reader, story.trust.genesis, story.mixed)
    assert set(found.links) <= {one.index for one in of(story).entries}


def test_what_came_later_of_standing_is_in_it(tmp_path):
    """A revocation behind the last record says whose word it is today."""
    story = tell_story(tmp_path / "home")
    story.world.say(
        story.farm,
        acts.revoke(story.farm.uri, story.farm.signer.public.keyid, compromised_since=3),
    )
    made = of(story)
    assert "key revoke" in said(made)
    verdict = verify(made, story.trust)
    assert verdict.exit_code == 0
    assert [t.actor for t in verdict.links if t.is_reported_lost] == [story.farm.uri] * 3 + [
        story.farm.uri
    ]
    story.world.ledger.close()


def test_what_a_party_says_of_no_item_is_in_it_only_up_to_its_last_standing(tmp_path):
    """Its own chain is whole as far as keys and mandates stand in it, and goes no further."""
    story = tell_story(tmp_path / "home")
    alone = {**event("count", story.first), "readPoint": {"id": "urn:x"}}
    del alone["quantityList"]
    before = story.world.do(story.stall, alone)
    story.world.say(
        story.stall, acts.enrol_signer(ORIGIN, story.stall.uri, LocalSigner.from_seed(b"9" * 32))
    )
    behind = story.world.do(story.stall, {**alone, "eventID": "urn:x:2"})
    made = of(story)
    kept = {one.index for one in made.entries}
    assert before[0].index in kept and behind[0].index not in kept
    assert verify(made, story.trust).exit_code == 0
    story.world.ledger.close()


def test_a_path_leads_to_one_holder_only(tmp_path):
    story = tell_story(tmp_path / "home")
    other = story.world.party("另一家")
    story.world.hand_over(story.farm, other, story.first, "5")
    path = of(story, history.path, story.first, story.stall.uri)
    assert other.uri not in {parse(one.entry).actor for one in path.entries}
    whole = of(story, history.whole, story.first)
    assert other.uri in {parse(one.entry).actor for one in whole.entries}
    common = of(story, history.common, story.first)
    text = common.encode().decode()
    links = [parse(one.entry) for one in common.entries]
    assert {link.actor for link in links if link.event} == {story.farm.uri}
    assert not any(is_dispatch(link) for link in links)
    assert story.stall.uri not in text and other.uri not in text
    story.world.ledger.close()


def test_the_newest_cosigned_checkpoint_is_taken_where_it_covers_the_links(story, monkeypatch):
    with story.world.ledger.reading() as reader:
        newest = reader.checkpoint()
        before = reader.checkpoint(newest.size - 1)
    assert before.size >= newest.size - 1
    kept = StoredCheckpoint(newest.size, cosign(newest.note, "witness.example/north"), 1)
    monkeypatch.setattr(Reader, "published", lambda self: kept)
    assert of(story).checkpoint == kept.note
    monkeypatch.setattr(Reader, "published", lambda self: None)
    assert of(story).checkpoint == newest.note


def test_an_older_cosigned_checkpoint_leaves_out_what_is_behind_it(tmp_path, monkeypatch):
    story = tell_story(tmp_path / "home")
    with story.world.ledger.reading() as reader:
        kept = reader.checkpoint()
    story.world.say(
        story.laboratory, acts.revoke(story.laboratory.uri, story.laboratory.signer.public.keyid)
    )
    monkeypatch.setattr(Reader, "published", lambda self: kept)
    made = of(story)
    assert made.checkpoint == kept.note
    assert "key revoke" not in said(made)
    assert verify(made, story.trust).exit_code == 0
    story.world.do(story.stall, event("count", story.mixed))  # the checkpoint covers it no more
    newest = of(story)
    assert newest.checkpoint != kept.note
    assert "key revoke" in said(newest)
    story.world.ledger.close()


def test_events_by_reference_bring_their_bodies_where_these_fit(tmp_path):
    story = tell_story(tmp_path / "home")
    ledger = story.world.ledger
    body = canonical.dumps(event("store", story.mixed))
    ref = {"sha256": ledger.attachments.put(body), "size": len(body), "type": "application/json"}
    other = canonical.dumps(event("store", story.first))  # about another item than its link
    strange = {**ref, "sha256": ledger.attachments.put(other), "size": len(other)}
    absent = {**ref, "sha256": "0" * 64}
    drafts = [Draft(event_ref=one, items=(story.mixed,)) for one in (ref, strange, absent)]
    ledger.write(story.stall.pen, drafts)
    made = of(story)
    assert dict(made.attachments) == {ref["sha256"]: body}
    verdict = verify(made, story.trust)
    assert verdict.exit_code == 3
    bodies = [link.is_unread for link in verdict.links if link.said == "event_ref"]
    assert bodies == [False, True, True]
    assert verify(made, story.trust, attachments={"0" * 64: b"not it"}).exit_code == 3
    verdict = verify(made, story.trust, attachments={strange["sha256"]: other})
    assert verdict.exit_code == 1
    assert [fault.rule for fault in verdict.all_faults()] == ["attachment"]
    ledger.close()


def test_of_a_broken_history_nothing_is_given(tmp_path):
    from support.web.client import change

    story = tell_story(tmp_path / "home")
    with story.world.ledger.reading() as reader:
        index = reader.in_chain(story.first, story.farm.uri, 0).index
    change(story.world.ledger, "UPDATE link SET entry = x'00' WHERE leaf = ?", index)
    with pytest.raises(Tampered, match="broken"):
        of(story)
    story.world.ledger.close()


def test_a_broken_enrolment_gives_nothing(tmp_path):
    from support.web.client import change

    story = tell_story(tmp_path / "home")
    with story.world.ledger.reading() as reader:
        index = reader.key(story.office.signer.public.keyid).enrolled
    change(story.world.ledger, "DELETE FROM link WHERE leaf = ?", index)
    with pytest.raises(Tampered):
        of(story)
    story.world.ledger.close()


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
        for item in sorted(items)[:: length(2, 1)]:
            found = [history.whole(reader, genesis, item)]
            holders = [head.actor for head in reader.chains(item)]
            found += [history.path(reader, genesis, item, actor) for actor in holders[:2]]
            for one in found:
                made = bundle.parse(closure.bundle(reader, one, town.attachments.get).encode())
                verdict = verify(made, town.trust)
                assert verdict.exit_code == 0, (item, list(verdict.all_faults()))
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


def test_a_number_of_astronomical_size_is_a_hole_and_costs_nothing(story):
    links = story.links()
    from dataclasses import replace

    last = max(links)
    ref = replace(links[last].items[0], seq=2**53 - 1)
    links[last] = replace(links[last], items=(ref,))
    assert [hole.seq for hole in membership.holes(links, {story.mixed})] == [1]


def test_files_of_tests_are_those_of_the_ledger(story):
    """The helper that forges files makes the same as the real one, where nothing is forged."""
    made = of(story)
    log = story.world.log
    again = file_of(story.entries(), made.item, [one.index for one in made.entries], log)
    assert again == made
