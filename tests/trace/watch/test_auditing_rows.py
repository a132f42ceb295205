"""What only a changed schema, or a choice of identifiers, brings about; and where parts meet."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.ledger.copies import copied
from support.ledger.world import HOST, World, event
from support.watch.audits import FEW, Thief, append_by_hand, audit, tamper, without

from suyuan.keys import dsse
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.format.rules import Head
from suyuan.trace.store import schema as t
from suyuan.trace.store.rebuild.questions import doubled
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import links
from suyuan.trace.watch.auditing.audit_progress import Phase

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_parts")]


@pytest.fixture
def coded(small: World) -> World:
    """A farm has coded one lot."""
    small.code(small.party("青山农场", "producer"), small.new_lot())
    small.ledger.followers.catch_up()
    return small


@contextmanager
def behind(world: World, table: str = "", *rules: str) -> Iterator[sqlite3.Connection]:
    """The database past its triggers, and past rules of one of its tables."""
    with closing(sqlite3.connect(world.home / "suyuan.db", isolation_level=None)) as connection:
        for rule in rules:
            without(connection, table, rule)
        yield connection


ONE_CHAIN = ", \n\tCONSTRAINT uq_chain_subject UNIQUE (subject, actor)"
ONE_URI = ", \n\tCONSTRAINT uq_subject_uri UNIQUE (uri)"
NULLS = " NOT NULL"
LAST = "(SELECT max(id) FROM chain)"
ROWS = {
    "two of one code": ("code", ["CONSTRAINT pk_code PRIMARY KEY (code), "],
                        ["INSERT INTO code SELECT * FROM code"]),
    "two of one subject": ("subject", [ONE_URI],
                           ["INSERT INTO subject SELECT id + 100, uri, code FROM subject"]),
    "two of one name": ("name", [", \n\tCONSTRAINT pk_name PRIMARY KEY (uri, leaf)"],
                        ["INSERT INTO name SELECT * FROM name"]),
    # No range of sizes or numbers has these.
    "a checkpoint of no size": (
        "checkpoint", [", \n\tCONSTRAINT pk_checkpoint PRIMARY KEY (size)", NULLS],
        ["INSERT INTO checkpoint SELECT NULL, note, committed FROM checkpoint"]),
    "a chain of nobody": ("chain", [NULLS],
        ["INSERT INTO chain SELECT 1000, NULL, NULL, 0, head FROM chain LIMIT 1"]),
    "a doubt at no leaf": ("doubt", [NULLS],
        ["INSERT INTO doubt VALUES ('self', 'urn:x:a', 1, NULL, NULL, '', '')"]),
    "a subject far beyond": ("", [], ["UPDATE subject SET id = 4611686018427387904 WHERE id = 2"]),
    "a chain far beyond": ("", [], ["UPDATE chain SET id = 4611686018427387904 WHERE id = 2"]),
    # A place in a chain for a link that is not there, beyond the end of the log.
    "a place of no link": ("", [], [
        "INSERT INTO link_item SELECT id, seq + 1, 1000000000, 1, NULL, NULL FROM chain WHERE "
        f"id = {LAST}", f"UPDATE chain SET seq = seq + 1, head = zeroblob(32) WHERE id = {LAST}"]),
    "a text for nothing": ("", [], [
        "UPDATE link_item SET unit = 'None', quantity = 'None' WHERE unit IS NULL"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_only_looks_like_the_right_one_is_seen(coded: World, name: str) -> None:
    table, rules, statements = ROWS[name]
    with behind(coded, table, *rules) as connection:
        for statement in statements:
            connection.execute(statement)
    assert not audit(coded.ledger).is_good


@pytest.mark.parametrize("row", ["(100000, 1)", "(-5, -6)"])
def test_a_row_at_no_link_and_a_subject_that_nobody_names_are_named(coded: World, row) -> None:
    tamper(coded, f"INSERT INTO follows VALUES {row}")
    (found,) = audit(coded.ledger).findings
    assert found.reason.startswith("follows has a row that no entry gives")
    code = codes.of_uri("urn:x:nobody", HOST)  # which is right
    tamper(coded, "INSERT INTO subject VALUES (99, 'urn:x:nobody', :code)", code=code)
    assert "urn:x:nobody" in [one.item for one in audit(coded.ledger).findings]


def test_a_chain_that_forks_is_seen_where_the_table_allows_two_rows(small: World) -> None:
    """The second link of the same number, in a chain row of its own."""
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    other = small.ledger.pen(farm.uri, farm.signer)
    entry = other.sign(Draft(event=event("code", lot, "100")))
    small.ledger.append([farm.pen.sign(Draft(event=event("code", lot, "1")))])
    small.do(farm, *[event("feed", small.new_lot(), "1") for _ in range(2 * FEW)])
    small.ledger.followers.catch_up()
    with behind(small, "chain", ONE_CHAIN) as connection:
        leaf = append_by_hand(small, connection, entry)
        connection.execute(
            "INSERT INTO chain SELECT 1000, subject, actor, 0, ? FROM chain WHERE subject = "
            "(SELECT id FROM subject WHERE uri = ?)",
            (bytes.fromhex(link_hash(entry)), lot),
        )
        connection.execute(
            "INSERT INTO link_item SELECT 1000, 0, ?, role, 100000000, unit FROM link_item "
            "WHERE chain = (SELECT min(chain.id) FROM chain JOIN subject ON subject.id = subject "
            "WHERE uri = ?)",
            (leaf, lot),
        )
    small.ledger.followers.catch_up()
    report = audit(small.ledger)
    assert [found.rule for found in report.findings] == ["chain"]


def test_a_chain_in_two_rows_is_seen_though_each_agrees_with_its_places(small: World) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    for _ in range(2):
        small.code(farm, lot)
    small.ledger.followers.catch_up()
    with behind(small, "chain", ONE_CHAIN) as connection:
        connection.execute(
            "INSERT INTO chain SELECT id + 1, subject, actor, seq, head FROM chain "
            "ORDER BY id DESC LIMIT 1"
        )
        connection.execute(
            "UPDATE link_item SET chain = chain + 1 WHERE seq = 1 AND chain = "
            "(SELECT max(id) - 1 FROM chain)"
        )
        connection.execute(
            "UPDATE chain SET seq = 0, head = (SELECT hash FROM link_item JOIN link USING (leaf) "
            "WHERE chain = id) WHERE id = (SELECT max(id) - 1 FROM chain)"
        )
    found = audit(small.ledger).findings
    assert [(one.rule, one.item, one.actor) for one in found] == [("projection", lot, farm.uri)]


def test_a_subject_in_two_rows_is_told_by_its_uri(small: World) -> None:
    with behind(small, "subject", ONE_URI) as connection:
        connection.execute("INSERT INTO subject SELECT id + 100, uri, code FROM subject")
    with small.ledger.reading() as reader:
        twice = doubled(reader, t.subject, "uri")
        assert [uri for uri, _ in twice] == list(reader.uris([1]).values())
    extra = [one for one in audit(small.ledger).findings if one.reason.startswith("subject")]
    assert len(extra) == 2 * len(twice)  # as doubled, and as named by none


@pytest.mark.parametrize("count", [3, 40])  # one by one, and in a batch
def test_a_signature_that_is_anothers_is_named(small: World, count: int) -> None:
    farm = small.party("青山农场", "producer")
    placed = small.do(farm, *[event("feed", small.new_lot(), "1") for _ in range(count)])
    assert placed is not None
    small.ledger.followers.catch_up()
    thief = Thief(small)
    ((last,),) = thief.run("SELECT max(leaf) FROM link")
    mine, other = (parse(thief.entry(leaf)).envelope for leaf in (last - 1, last))
    entry = replace(mine, signature=other.signature).encode()
    thief.put(last - 1, entry, hash_too=True)
    digest = bytes.fromhex(link_hash(entry))
    thief.run(
        "UPDATE chain SET head = ? WHERE head = ?", digest, bytes.fromhex(link_hash(mine.encode()))
    )
    found = audit(small.ledger).findings
    assert [(one.rule, one.index) for one in found] == [("signature", last - 1)]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_code_that_another_took_is_no_tampering(small: World, is_first: bool) -> None:
    """Whoever codes an item of this ledger's own chooses its code, a chain's of another too."""
    farm, stall, lot = small.party("青山农场", "producer"), small.party("摊位"), small.new_lot()
    item = f"https://{HOST}/t/{codes.of_chain(lot, farm.uri)}"
    for turn in (is_first, not is_first):
        if turn:
            small.do(stall, event("code", item, "1"))
        else:
            small.code(farm, lot)
    small.ledger.followers.catch_up()
    report = audit(small.ledger)
    assert report.is_good
    assert [found.rule for found in report.notices] == ["code"]
    tamper(small, "DELETE FROM finding")
    assert not audit(small.ledger).is_good


def test_a_code_given_to_who_came_later_is_seen(small: World) -> None:
    farm, stall, lot = small.party("青山农场", "producer"), small.party("摊位"), small.new_lot()
    item = f"https://{HOST}/t/{codes.of_chain(lot, farm.uri)}"
    small.code(farm, lot)
    small.do(stall, event("code", item, "1"))
    small.ledger.followers.catch_up()
    tamper(
        small,
        "UPDATE code SET actor = NULL, subject = (SELECT id FROM subject WHERE uri = :item) "
        "WHERE code = :code",
        item=item, code=codes.of_chain(lot, farm.uri),
    )  # fmt: skip
    tamper(
        small,
        "UPDATE finding SET leaf = (SELECT leaf FROM link_item JOIN chain ON chain.id = chain "
        "JOIN subject ON subject.id = subject WHERE uri = :lot), subject = :lot, "
        "message = replace(message, :lot, :item)",
        item=item, lot=lot,
    )  # fmt: skip
    assert not audit(small.ledger).is_good


# Where parts meet: what one takes for granted of another is as it is by the links.


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One lot's chain through many parts; a key revoked and another coder between them."""
    made = World(tmp_path_factory.mktemp("chained") / "home")
    made.farm, made.stall = made.party("青山农场", "producer"), made.party("A 区 12 号")
    made.lot = made.new_lot()
    made.code(made.farm, made.lot)
    for _ in range(4):
        made.do(made.farm, event("feed", made.lot, "1"))
        made.do(made.stall, event("feed", made.new_lot(), "1"))
    made.say(made.authority, acts.admit(made.farm.uri, "青山", ["producer"], "350206", op="change"))
    made.do(made.farm, event("feed", made.lot, "1"))
    made.do(made.stall, *[event("feed", made.new_lot(), "1") for _ in range(FEW)])
    made.do(made.farm, event("code", made.lot, "1"))  # alone in its part
    made.ledger.followers.catch_up()
    assert audit(made.ledger).is_good
    made.ledger.close()
    return made


@pytest.fixture
def world(chained: World, tmp_path: Path) -> Iterator[World]:
    made = copied(chained, tmp_path / "home")
    yield made
    made.ledger.close()


def places(world: World, uri: str) -> list[tuple[int, int]]:
    """Number and leaf of the farm's links about an item."""
    return Thief(world).run(
        "SELECT link_item.seq, leaf FROM link_item JOIN chain ON chain.id = chain JOIN subject ON "
        "subject.id = subject WHERE uri = ? ORDER BY leaf",
        uri,
    )


@pytest.mark.parametrize("is_hidden", [False, True])  # by a later place that no link has
def test_a_link_that_goes_on_from_an_old_head_is_named_in_whatever_part(world, is_hidden):
    """Every head made right for it, by one who has the party's key."""
    chain = places(world, world.lot)
    (_, old), (_, leaf) = chain[1], chain[-1]
    thief = Thief(world)
    link = parse(thief.entry(leaf))
    before = parse(thief.entry(old)).hash
    payload = link.envelope.payload.replace(link.items[0].prev.encode(), before.encode())
    payload = payload.replace(b'"seq":%d' % chain[-1][0], b'"seq":%d' % (chain[1][0] + 1))
    if is_hidden:
        thief.run(
            "INSERT INTO link_item SELECT chain, seq + 10, 5, role, quantity, unit FROM link_item "
            "WHERE leaf = ?",
            leaf,
        )
    entry = dsse.seal(world.farm.signer, PAYLOAD_TYPE, payload).encode()
    thief.put(leaf, entry, hash_too=True)
    digest = bytes.fromhex(link_hash(entry))
    thief.run("UPDATE chain SET head = ? WHERE head = ?", digest, bytes.fromhex(link.hash))
    found = audit(world.ledger).findings
    assert ("chain", leaf) in {(one.rule, one.index) for one in found}


def test_a_place_given_to_a_later_link_is_named(world: World) -> None:
    """The later one's own place is gone: its row stands where an earlier link's should."""
    chain = places(world, world.lot)
    (seq, leaf), (_, last) = chain[2], chain[-1]
    thief = Thief(world)
    thief.run("DELETE FROM link_item WHERE leaf = ?", last)
    thief.run("UPDATE link_item SET leaf = ? WHERE leaf = ?", last, leaf)
    found = audit(world.ledger).findings
    assert {(world.lot, seq), (world.lot, chain[-1][0])} <= {(one.item, one.seq) for one in found}
    assert {one.rule for one in found} == {"projection"}


def test_a_place_given_to_an_earlier_link_breaks_no_rule(world: World) -> None:
    """A good one, of another item: the head is the last place that its own link gives."""
    chain = places(world, world.lot)
    _, leaf = chain[-2]
    other = next(n for n in range(5, leaf - FEW) if n not in {at for _, at in chain})
    Thief(world).run("UPDATE link_item SET leaf = ? WHERE leaf = ?", other, leaf)
    found = audit(world.ledger).findings
    assert {one.rule for one in found} == {"projection"}


def test_a_statement_that_no_column_calls_one_is_known_all_the_same(world: World) -> None:
    """Its role says that it is an event: the parts behind it are told of it by their neighbour."""
    thief = Thief(world)
    for leaf in range(1, 5):
        thief.run("UPDATE link_item SET role = 1 WHERE leaf = ?", leaf)
    found = audit(world.ledger).findings
    assert {(one.rule, one.index) for one in found} == {("projection", n) for n in range(1, 5)}


def test_a_coder_that_is_another_breaks_no_rule_of_later_codings(world: World) -> None:
    tamper(world, "UPDATE coder SET actor = 1")
    found = audit(world.ledger).findings
    assert {one.rule for one in found} == {"projection"}
    assert {one.reason.partition(" ")[0] for one in found} == {"coder"}


def test_it_says_that_it_looks_once_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PART", FEW)
    tamper(world, "UPDATE link_item SET unit = 'L' WHERE leaf = 7")
    phases: list[Phase] = []
    audit_rows(world.ledger, watch=lambda phase, found: phases.append(phase))
    assert Phase.AGAIN in phases


def test_a_chain_that_forks_in_another_part_is_seen(small: World, monkeypatch) -> None:
    """Two links of one number in one chain's row; what follows goes on from the second."""
    farm, stall = small.party("青山农场", "producer"), small.party("A 区 12 号")
    lot = small.new_lot()
    small.code(farm, lot)
    (first,) = small.do(farm, event("feed", lot, "1"))
    small.do(stall, *(event("feed", small.new_lot(), "1") for _ in range(FEW)))
    small.ledger.followers.catch_up()
    coded = Head(0, parse(Thief(small).entry(first.index)).items[0].prev)
    entries = []
    for number in range(2):
        head = coded if not entries else Head(number, link_hash(entries[-1]))
        signing = (small.trust.origin, farm.uri, farm.signer)
        pen = Pen(*signing, lambda pairs, head=head: dict.fromkeys(pairs, head), small.ledger.now)
        entries.append(pen.sign(Draft(event=event("feed", lot, str(5 + number)))))
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        without(connection, "link_item", "(chain, seq)", "(chain, seq, leaf)")
        ((chain,),) = connection.execute(
            "SELECT chain FROM link_item WHERE leaf = ?", (first.index,)
        )
        for number, entry in enumerate(entries, 1):
            leaf = append_by_hand(small, connection, entry)
            connection.execute(
                "INSERT INTO link_item SELECT chain, ?, ?, role, ?, unit FROM link_item "
                "WHERE leaf = ?",
                (number, leaf, (4 + number) * 1_000_000, first.index),
            )
            connection.execute(
                "UPDATE chain SET seq = ?, head = ? WHERE id = ?",
                (number, bytes.fromhex(link_hash(entry)), chain),
            )
    small.ledger.followers.catch_up()
    assert "chain" in {found.rule for found in audit_rows(small.ledger).findings}
    monkeypatch.setattr(links, "PART", FEW)
    assert "chain" in {found.rule for found in audit_rows(small.ledger).findings}
