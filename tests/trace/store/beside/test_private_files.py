"""Private files: sealed by their salt, opened for whom the salt is shown, swept, erased."""

import os
import time
from datetime import timedelta

import pytest
from support.goods.papers import PDF, picture
from support.ledger.private import erase, link_at
from support.ledger.world import Actor, World, event

from suyuan.keys import base64
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.private.audience import OWN, Audience
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.recording import papers
from suyuan.trace.recording.hiding import conceal
from suyuan.trace.recording.papers import salt_pointer
from suyuan.trace.recording.upload import Enclosed, EnclosureError, Handed, keep
from suyuan.trace.store.files.attachments import FOLDER, PrivateFiles, name_of
from suyuan.trace.watch.sweeping import sweep

SALT = bytes(range(32))


@pytest.fixture
def farm(small: World) -> Actor:
    return small.party("青山农场", "producer")


def drafted(
    world: World, actor: Actor, data: bytes = PDF, salt: bytes = SALT, whom: Audience = OWN
) -> tuple[Draft, list[Kept], str]:
    """A record that names a private file; its hidden salt's disclosure, and the file's name."""
    paper = papers.examine(data, salt)
    said = event("store", world.new_lot(), "1", extra={
        papers.MEMBER: [papers.member(paper, "report")]
    })  # fmt: skip
    body, kept = conceal(said, actor.uri, {salt_pointer(0): whom})
    return Draft(event=body), kept, paper.sha256


def recorded(world: World, actor: Actor, **more) -> tuple[int, str, str]:
    """Such a record with its file: the link's index, the file's name and the disclosure."""
    draft, kept, name = drafted(world, actor, **more)
    world.ledger.private_files.offer(more.get("salt", SALT), more.get("data", PDF))
    (receipt,) = world.ledger.write(actor.pen, [draft], disclosures=kept)
    return receipt.index, name, kept[0].stored


def opened(world: World, index: int, name: str, viewer: str | None):
    with world.ledger.reading() as reader:
        return papers.opened(world.ledger, reader, link_at(world, index), name, viewer)


def on_disk(world: World, name: str):
    return world.home / FOLDER / name[:2] / name


def make_old(world: World, name: str) -> None:
    before = time.time() - timedelta(days=8).total_seconds()
    os.utime(world.home / FOLDER / "offered" / name, (before, before))


def test_neither_its_name_nor_its_bytes_say_what_is_in_it(tmp_path):
    shelf, other = PrivateFiles(tmp_path), bytes(32)
    name = shelf.offer(SALT, PDF)
    assert name == name_of(SALT, PDF) and shelf.get(name, SALT) == PDF
    assert shelf.offer(other, PDF) != name
    path = tmp_path / FOLDER / name[:2] / name
    data = bytearray(path.read_bytes())
    assert PDF[:16] not in data and SALT not in data
    assert shelf.get(name, other) is None and shelf.get("0" * 64, SALT) is None
    with pytest.raises(LedgerError, match="32 bytes"):
        shelf.offer(SALT[:31], PDF)
    data[20] ^= 1  # changed, it opens no more and can be sent again
    path.write_bytes(data)
    assert shelf.get(name, SALT) is None
    shelf.offer(SALT, PDF)
    assert shelf.get(name, SALT) == PDF


def test_it_opens_for_whom_its_salt_is_shown(small, farm):
    friend, stranger = small.party("和顺"), small.party("路人")
    index, name, _ = recorded(small, farm, whom=Audience.of(friend.uri))
    said = link_at(small, index).event[papers.MEMBER][0]
    assert said == {"sha256": name, "size": len(PDF), "type": "application/pdf", "as": "report",
                    "private": True}  # fmt: skip
    for viewer in (farm.uri, friend.uri, small.authority.uri):
        assert opened(small, index, name, viewer).data == PDF
        assert not opened(small, index, name, viewer).is_open
    for viewer in (None, stranger.uri):
        assert opened(small, index, name, viewer) is None


def test_erased_its_sealed_file_is_of_no_use(small, farm):
    index, name, stored = recorded(small, farm)
    sealed = on_disk(small, name).read_bytes()
    erase(small, farm, index, stored)
    for viewer in (farm.uri, small.authority.uri):
        assert opened(small, index, name, viewer) is None
    assert on_disk(small, name).read_bytes() == sealed
    keys = (small.home / "disclosure-keys").read_bytes()
    texts = list(small.ledger.disclosures.texts())
    assert SALT not in sealed and SALT not in keys and stored not in texts


def test_sent_in_with_its_entry_it_is_kept_sealed(small, farm):
    draft, kept, name = drafted(small, farm)
    entry = farm.pen.sign(draft)
    handed = tuple(Handed(one.stored, one.audience) for one in kept)
    keep(small.ledger, [Enclosed(entry, (PDF,), handed)])
    assert small.ledger.private_files.get(name, SALT) == PDF
    assert not small.ledger.attachments.has(name)
    (receipt,) = small.ledger.append([entry])
    assert opened(small, receipt.index, name, farm.uri).data == PDF


@pytest.mark.parametrize("wrong", ["another file", "no disclosure", "another salt"])
def test_one_that_the_entry_does_not_name_is_not_kept(small, farm, wrong):
    draft, kept, name = drafted(small, farm)
    entry = farm.pen.sign(draft)
    handed = tuple(Handed(one.stored) for one in kept)
    data = picture("PNG") if wrong == "another file" else PDF
    if wrong == "no disclosure":
        handed = ()
    if wrong == "another salt":
        handed = tuple(Handed(one.stored) for one in drafted(small, farm, salt=bytes(32))[1])
    with pytest.raises(EnclosureError, match=r"not one that the entry names|does not commit"):
        keep(small.ledger, [Enclosed(entry, (data,), handed)])
    assert not small.ledger.private_files.has(name)
    assert list(small.ledger.disclosures.texts()) == []


def test_what_may_not_be_shown_is_not_kept_under_a_salt_either(small, farm):
    data = PDF.replace(b"%%EOF", b"")
    said = {"sha256": name_of(SALT, data), "size": len(data), "type": "application/pdf",
            "as": "note", "private": True, "salt": base64.encode_url(SALT)}  # fmt: skip
    body, kept = conceal(
        event("store", small.new_lot(), "1", extra={papers.MEMBER: [said]}),
        farm.uri, {salt_pointer(0): OWN},
    )  # fmt: skip
    entry = farm.pen.sign(Draft(event=body))
    with pytest.raises(EnclosureError, match="does not end"):
        keep(small.ledger, [Enclosed(entry, (data,), (Handed(kept[0].stored),))])
    assert not small.ledger.private_files.has(said["sha256"])


def test_sweeping_keeps_what_links_and_disclosures_name(small, farm):
    named = recorded(small, farm)[1]
    hidden = picture("PNG")
    # The whole list of files is hidden: only the disclosure names this one.
    paper = papers.examine(hidden, bytes(32))
    said = event("store", small.new_lot(), "1", extra={
        papers.MEMBER: [papers.member(paper, "photo")]
    })  # fmt: skip
    body, kept = conceal(said, farm.uri, {f"/{papers.MEMBER}": OWN})
    small.ledger.private_files.offer(bytes(32), hidden)
    (receipt,) = small.ledger.write(farm.pen, [Draft(event=body)], disclosures=kept)
    stray = small.ledger.private_files.offer(b"x" * 32, PDF)
    for name in (named, paper.sha256, stray):
        make_old(small, name)
    assert sweep(small.ledger) == 1
    shelf = small.ledger.private_files
    assert shelf.has(named) and shelf.has(paper.sha256) and not shelf.has(stray)
    assert opened(small, receipt.index, paper.sha256, farm.uri).data == hidden
    assert opened(small, receipt.index, paper.sha256, None) is None
