"""The demo's city: the same each time, right in its numbers, and nothing in it that cannot be."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from stdnum import ean
from stdnum.cn import uscc
from support.ledger.demo_city import CHINESE, STEP, City

from suyuan.trace.cli.demo import city
from suyuan.trace.cli.demo.cast import HOST, data_of, signers
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.items import kept_as_written
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.format.times import from_micros
from suyuan.trace.store.files import serials

pytestmark = pytest.mark.slow


def of_a_shop(link):
    """Whether it is an inspection of a shop, which is of no object and so no EPCIS document."""
    return [ref.item for ref in link.items] == [link.actor]


# The same each time.


def test_same_seed_and_day_give_the_same_bytes(told, tmp_path):
    said = []
    again = City(tmp_path / "again", progress=lambda *two: said.append(two))
    assert again.entries == told.entries
    assert again.checkpoints == told.checkpoints
    assert (again.home / "trust.json").read_bytes() == (told.home / "trust.json").read_bytes()
    labels, anew = (
        {path.relative_to(home): path.read_bytes() for path in (home / "labels").rglob("*.*")}
        for home in (told.home, again.home)
    )
    assert labels == anew and labels
    assert said == sorted(said) and {days for _, days in said} == {said[-1][0]}
    again.ledger.close()


def test_another_seed_gives_another_city(told, tmp_path):
    other = City(tmp_path / "other", seed="another")
    assert len(other.entries) == len(told.entries)
    assert not set(other.entries) & set(told.entries)
    other.ledger.close()


def test_another_day_has_the_same_story_and_a_clock_that_never_is_before_its_end(told, tmp_path):
    leap = City(tmp_path / "leap", today=date(2028, 3, 1))
    assert len(leap.entries) == len(told.entries)
    assert leap.links[-1].signed_at.startswith("2028-03-01T01:")
    end = datetime(2028, 3, 1, 9, 30, tzinfo=SHANGHAI)
    assert leap.ledger.now() >= end
    leap.ledger.close()


# What is in it.


def test_a_small_city(told):
    items = {ref.item for link in told.events for ref in link.items if not of_a_shop(link)}
    assert 10 <= len(told.parties) <= 24
    assert 55 <= len(items) <= 84
    assert 380 <= len(told.links) <= 720
    assert items == set(told.names)


def test_every_kind_of_step_is_there(told):
    steps = Counter(link.event["bizStep"].removeprefix(STEP) for link in told.events)
    for step in (
        *("commissioning", "harvest", "catch", "feed", "pesticide", "medicine", "slaughter"),
        *("make", "cut", "mix", "repack", "packing", "unpacking", "shipping", "receiving"),
        *("refuse", "loss", "stock_taking", "storing", "retail_selling", "sampling"),
        *("inspecting", "destroying"),
    ):
        assert steps[step] > 0, step
    returned = [link for link in told.events if link.event.get("disposition") == "returned"]
    assert len(returned) == 1
    assert len(told.statements("labels")) == sum(map(len, data_of("city")["labels"].values()))


def test_every_event_is_epcis(told):
    lots = [link for link in told.events if not of_a_shop(link)]
    problems = [(link.hash, found) for link in lots if (found := check_event(link.event))]
    assert problems == []


def test_names_are_chinese(told):
    for link in told.links:
        if link.statement and "name" in link.statement:
            assert CHINESE.search(link.statement["name"]), link.statement["name"]
    for link in told.events:
        if "ilmd" in link.event:
            assert CHINESE.search(link.event["ilmd"]["suyuan:product"])


def test_check_digits(told):
    text = "\n".join(link.envelope.payload.decode() for link in told.links)
    usccs = set(re.findall(r'(?:urn:uscc:|"uscc":")(\w{18})', text))
    assert len(usccs) == 14
    for number in usccs:
        assert uscc.is_valid(number)
        assert number[2:8] == "359900"  # a division that nobody has
        total = sum(
            int(d) * w for d, w in zip(number[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
        )
        assert number[16] == "0123456789X0"[11 - total % 11]
    keys = set(re.findall(r"https://id\.gs1\.org/(?:00|01|414|417)/(\d+)", text))
    assert len(keys) > 30
    for key in keys:
        assert ean.calc_check_digit(key[:-1]) == key[-1]
        assert key.lstrip("0").lstrip("3").startswith("69900120")
    codes_found = set(re.findall(rf"https://{HOST}/(?:t|party|place|product)/(\w+)", text))
    assert len(codes_found) > 40
    assert all(codes.is_code(code) for code in codes_found)
    assert not [link for link in told.events if kept_as_written(link.event)]


def test_labels_are_kept(told):
    for link in told.statements("labels"):
        found = serials.find(told.home, link.statement["root"])
        assert found is not None and len(found) == link.statement["count"]
        assert all(codes.read_serial(serial) == serial for serial in found)


def test_a_count_under_a_mandate_and_a_recovery(told):
    parties = city.cast_of(told.home).parties
    market = told.ledger.actor_of(signers("suyuan")["market"])
    counts = [link for link in told.events if link.event["bizStep"] == "stock_taking"]
    for_others = [link for link in counts if link.actor == parties["stall-greens"].uri]
    market_key = signers("suyuan")["market"].public.keyid
    assert market == parties["market"].uri
    assert len(for_others) >= 2 and {link.keyid for link in for_others} == {market_key}
    recoveries = [link for link in told.statements("key") if "revokes" in link.statement]
    lost = signers("suyuan")["stall-fish"].public.keyid
    assert [link.statement["revokes"] for link in recoveries] == [[lost]]
    after = told.links.index(recoveries[0])
    assert lost in {link.keyid for link in told.links[:after]}
    assert lost not in {link.keyid for link in told.links[after:]}


def test_stalls_are_admitted_by_their_market(told):
    market = city.cast_of(told.home).parties["market"].uri
    admitted = [link for link in told.statements("party") if "part_of" in link.statement]
    stalls = [link for link in admitted if link.statement["roles"] != ["inspector"]]
    assert len(stalls) == 9
    assert {(link.actor, link.statement["part_of"]) for link in stalls} == {(market, market)}


def test_commit_times_follow_the_story(told):
    committed = [from_micros(checkpoint.committed) for checkpoint in told.checkpoints]
    assert committed == sorted(committed)
    first = datetime(2026, 10, 25, 8, tzinfo=SHANGHAI)
    last = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)
    assert first <= committed[0] and committed[-1] <= last
    start = 0
    for checkpoint, moment in zip(told.checkpoints, committed, strict=True):
        for link in told.links[start : checkpoint.size]:
            signed = datetime.fromisoformat(link.signed_at)
            assert timedelta(0) <= moment - signed < timedelta(minutes=15)
        start = checkpoint.size


def test_causes_come_before_what_follows_from_them(told):
    again = {link.hash for link in told.events if "errorDeclaration" in link.event}
    chains = defaultdict(list)
    for link in told.events:
        happened = datetime.fromisoformat(link.event["eventTime"])
        assert happened <= datetime.fromisoformat(link.signed_at)
        for ref in link.after:
            cause = told.by_hash[ref.hash]
            assert datetime.fromisoformat(cause.event["eventTime"]) <= happened
        if link.hash not in again:
            for ref in link.items:
                chains[ref.item, link.actor].append(happened)
    late = [pair for pair, times in chains.items() if times != sorted(times)]
    assert late == []


def test_event_ids_are_used_once(told):
    ids = Counter(
        link.event["eventID"] for link in told.events if "errorDeclaration" not in link.event
    )
    assert set(ids.values()) == {1}
    declared = [link.event for link in told.events if "errorDeclaration" in link.event]
    assert len(declared) == 1
    assert declared[0]["eventID"] in ids
    assert set(declared[0]["errorDeclaration"]["correctiveEventIDs"]) <= set(ids)


def test_losses_in_making_are_plausible(told):
    for link in told.events:
        event = link.event
        if event["type"] != "TransformationEvent":
            continue
        kilos = [
            sum(
                Decimal(str(part["quantity"]))
                for part in event.get(name, ())
                if part.get("uom") == "KGM"
            )
            for name in ("inputQuantityList", "outputQuantityList")
        ]
        if all(kilos):
            assert Decimal("0.6") <= kilos[1] / kilos[0] <= 1


# Around it.
