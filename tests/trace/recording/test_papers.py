"""Papers: what is a whole PDF or picture is taken, all else is refused."""

import hashlib
import os
import time

import pytest
from support.goods.papers import PDF, archive, attacks, packed, pdf_with, picture
from support.ledger.world import event

from suyuan.trace.admission import acts
from suyuan.trace.recording import papers
from suyuan.trace.recording.papers import PaperError
from suyuan.trace.store.files import media
from suyuan.trace.store.files.attachments import FileState
from suyuan.trace.watch import sweeping
from suyuan.web.server import following

DAY = 86_400


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "application/pdf"),
        (PDF.rstrip() + b"\r\n\r\n", "application/pdf"),
        (pdf_with(b"<</Type/Annot/Contents(JavaScript and /Launch Pad)>>".replace(b"/L", b"L")),
         "application/pdf"),
        (packed(b"<</Type/Page>>"), "application/pdf"),
        (picture("PNG"), "image/png"),
        (picture("PNG", compress_level=0), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("JPEG", (300, 200), progressive=True, quality=95), "image/jpeg"),
        (picture("JPEG", comment=b"<script>alert(1)</script>"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (picture("WEBP", lossless=True), "image/webp"),
    ],
)  # fmt: skip
def test_papers_are_taken(data, kind):
    found = papers.examine(data)
    assert (found.sha256, found.size, found.type) == (
        hashlib.sha256(data).hexdigest(),
        len(data),
        kind,
    )


@pytest.mark.parametrize("what", attacks())
def test_what_is_no_paper_or_more_than_one_is_refused(what):
    with pytest.raises(PaperError):
        papers.examine(attacks()[what])


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_into():
    with pytest.raises(PaperError, match="over 7 MiB"):
        papers.examine(PDF + bytes(papers.MAX_BYTES))


def test_an_event_names_files_and_what_is_of_another_form_is_none():
    found = papers.examine(PDF)
    good = papers.member(found, "certificate")
    odd = [
        None, "x", {}, good | {"sha256": "ab"}, good | {"size": "1"}, good | {"size": True},
        good | {"size": 0}, good | {"type": "text/html"}, good | {"type": ["image/png"]},
    ]  # fmt: skip
    told = papers.named({papers.MEMBER: [*odd, good, good | {"as": "<b>"}]})
    assert [(one.sha256, one.size, one.kind) for one in told] == [
        (found.sha256, found.size, "certificate"),
        (found.sha256, found.size, "other"),
    ]
    for event_ in (None, {}, {papers.MEMBER: good}, {papers.MEMBER: None}):
        assert papers.named(event_) == []
    assert len(papers.named({papers.MEMBER: [good] * 99})) == papers.MAX_NAMED


# What nobody names is swept.


def aged(world, name, days):
    mark = world.home / "attachments" / "offered" / name
    then = time.time() - days * DAY
    os.utime(mark, (then, then))


def named(world, farm, lot, data):
    said = papers.member(papers.examine(data), "certificate")
    world.do(farm, event("store", lot, "1", extra={papers.MEMBER: [said]}))


def test_what_no_link_names_is_removed_after_7_days(small):
    kept = small.ledger.attachments
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    one, other, young = picture("PNG"), picture("JPEG"), picture("WEBP")
    names = [kept.offer(data) for data in (one, other, young)]
    named(small, farm, lot, one)
    assert sweeping.sweep(small.ledger) == 0
    for name, days in zip(names, (8, 8, 6.9), strict=True):
        aged(small, name, days)
    assert sweeping.sweep(small.ledger) == 1
    assert [kept.get(name) is not None for name in names] == [True, False, True]
    aged(small, names[2], 8)
    following.sweep(small.ledger)
    assert [kept.has(name) for name in names] == [True, False, False]


def test_offering_again_what_is_named_does_not_put_it_at_risk(small):
    kept = small.ledger.attachments
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    data = picture("PNG")
    name = kept.put(data)
    assert kept.offer(data) == name and kept.offered(0) == []
    named(small, farm, lot, PDF)  # signed offline: the file comes later, or again
    late = kept.offer(PDF)
    aged(small, late, 30)
    assert sweeping.sweep(small.ledger) == 0 and kept.get(late) == PDF
    aged_again = kept.offer(archive())
    aged(small, aged_again, 30)
    assert kept.offered(DAY) == [aged_again]
    assert kept.offer(archive()) == aged_again and kept.offered(DAY) == []


def test_a_file_is_looked_at_anew_when_it_was_written_to(small):
    kept = small.ledger.attachments
    name = kept.put(PDF)
    path = small.home / "attachments" / name[:2] / name
    assert kept.look(name) is FileState.GOOD is kept.look(name)
    path.write_bytes(PDF.replace(b"1.4", b"1.5"))
    assert kept.look(name) is FileState.CHANGED
    path.write_bytes(PDF)
    assert kept.look(name) is FileState.GOOD
    path.unlink()
    assert kept.look(name) is FileState.MISSING is kept.look("../x")


def test_a_profiles_photos_are_its_files_and_an_events_are_not_what_it_calls_photos():
    photo = {"sha256": "ab" * 32, "size": 1, "type": media.JPEG}
    assert [one.sha256 for one in papers.named(acts.profile("x:y", photos=[photo]))] == ["ab" * 32]
    assert papers.named({"type": "profile", "eventTime": "", "photos": [photo]}) == []
