"""Entries that come over the network with what they name: attachments, and disclosures."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.keys import public
from suyuan.keys.errors import BadKey
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.private import digests
from suyuan.trace.format.private.audience import OWN, Audience, default_audience
from suyuan.trace.format.private.pointers import PrivateError
from suyuan.trace.format.rules import Refused
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.checking import Entry
from suyuan.trace.store.files.attachments import name_of
from suyuan.trace.store.read.reader import Reader

from . import committed_files, papers

Fault = Callable[[Reader, Link, Mapping[str, Any]], Message | None]


@dataclass(frozen=True, slots=True)
class Handed:
    """A disclosure that came with an entry: the stored string, and its audience.

    Without one, the audience of the table of defaults.
    """

    stored: str
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An entry's bytes, the contents that came with it, and the disclosures of what it hides."""

    entry: bytes
    attachments: tuple[bytes, ...] = ()
    disclosures: tuple[Handed, ...] = ()


class EnclosureError(LedgerError):
    """What came with an entry is not what it names; `number` is the entry's in its array."""

    def __init__(self, number: int, why: object) -> None:
        super().__init__(why)
        self.number = number


def keep(ledger: Ledger, offered: Sequence[Enclosed], fault: Fault | None = None) -> list[Entry]:
    """Keep what these entries came with, durable on return; the entries, read where that was done.

    Of entries signed for this ledger by a key that is good now: what strangers send, and what comes
    with bytes that are no link, is not kept, and the ledger refuses those by its rules. Raises
    EnclosureError, and keeps nothing, where an entry came with what it does not name, or with what
    was erased, or where `fault` finds one; LedgerError where something cannot be kept.
    """
    named: list[tuple[int, Link, Enclosed]] = []
    entries: list[Entry] = [upload.entry for upload in offered]
    for number, upload in enumerate(offered):
        if not upload.attachments and not upload.disclosures:
            continue
        try:
            link = parse(upload.entry)
        except Refused:
            continue
        _require_named(number, link, upload)
        entries[number] = link
        named.append((number, link, upload))
    if not named:
        return entries
    with ledger.reading() as reader:
        # Only then are files looked into: that costs, and strangers are to pay for it themselves.
        good = [row for row in named if _is_signed(ledger, reader, row[1])]
        for number, link, upload in good:
            _require_papers(number, link, upload)
            if fault is not None and (why := fault(reader, link, _said(upload))) is not None:
                raise EnclosureError(number, why)
        _require_first(reader, ledger, good)
        disclosures = [d for _, link, upload in good for d in _disclosures(reader, link, upload)]
    for _, link, upload in good:
        for data in upload.attachments:
            file = _file(link, upload, data)
            if file is None or file.salt is None:
                ledger.attachments.offer(data)
            else:
                ledger.private_files.offer(file.salt, data)
    ledger.disclosures.keep(disclosures, ledger.now())
    return entries


def _said(upload: Enclosed) -> Mapping[str, Any]:
    """The hidden fields that came with an entry, by pointer."""
    fields = (digests.read(disclosure.stored) for disclosure in upload.disclosures)
    return {field.pointer: field.value for field in fields if field is not None}


def _require_named(number: int, link: Link, upload: Enclosed) -> None:
    names = _attachments(link)
    for data in upload.attachments:
        digest = hashlib.sha256(data).hexdigest()
        if digest not in names and _file(link, upload, data) is None:
            raise EnclosureError(
                number,
                msg(
                    "attachment %s… is not one that the entry names: enclose only the "
                    "files whose SHA-256 stands in it (list, files, document, event_ref, "
                    "%s)",
                    digest[:16],
                    papers.MEMBER,
                ),
            )
    for at, disclosure in enumerate(upload.disclosures):
        try:
            digests.require(disclosure.stored, link)
        except PrivateError as error:
            raise EnclosureError(number, msg("disclosure %s: %s", at, error)) from None


def _require_first(
    reader: Reader, ledger: Ledger, named: Sequence[tuple[int, Link, Enclosed]]
) -> None:
    """Of each hidden field one disclosure is kept, or who has read one would be shown another.

    Of a link of which one is erased none is kept any more: which field that was, nobody knows.
    """
    first: dict[tuple[str, str], str] = {}
    for number, link, upload in named:
        kept = {one.digest: one for one in ledger.disclosures.of_link(reader, link)}
        first |= {(link.hash, one.field.pointer): one.digest for one in kept.values() if one.field}
        for disclosure in upload.disclosures:
            field, digest = digests.read(disclosure.stored), digests.digest(disclosure.stored)
            if field is None or digest in kept:
                continue
            is_erased = any(one.erased is not None for one in kept.values())
            if is_erased or first.setdefault((link.hash, field.pointer), digest) != digest:
                why = msg("another disclosure of %s is kept here, or was erased", field.pointer)
                raise EnclosureError(number, why)


def _attachments(link: Link) -> set[str]:
    return {file.digest for file in committed_files.named(0, link) if file.kind == "attachment"}


def _require_papers(number: int, link: Link, upload: Enclosed) -> None:
    """What only the event's files name is a file that may be shown, as when it is sent alone."""
    names = _attachments(link)
    for at, data in enumerate(upload.attachments):
        if hashlib.sha256(data).hexdigest() in names:
            continue
        try:
            papers.examine(data)
        except papers.PaperError as error:
            raise EnclosureError(number, msg("attachment %s: %s", at, error)) from None


def _file(link: Link, upload: Enclosed, data: bytes) -> papers.Paper | None:
    """A content as the event names it, with the hidden fields that came with it in their places."""
    fields = [digests.read(disclosure.stored) for disclosure in upload.disclosures]
    body, _ = digests.with_fields(digests.body_of(link), [f for f in fields if f is not None])
    plain = hashlib.sha256(data).hexdigest()
    for file in papers.named(body):
        if file.is_private and file.salt is None:
            continue
        if file.sha256 == (plain if file.salt is None else name_of(file.salt, data)):
            return file
    return None


def _disclosures(reader: Reader, link: Link, upload: Enclosed) -> Iterator[Kept]:
    """The disclosures that came with a link, as they are stored.

    Entries are open to all, so anyone who has seen a disclosure could hand it in once more with
    the entry, and for everybody: with a link that is there already its own party alone is shown
    what comes new.
    """
    ref = link.items[0]
    is_old = bool(upload.disclosures) and reader.in_chain(ref.item, link.actor, ref.seq) is not None
    for disclosure in upload.disclosures:
        field = digests.read(disclosure.stored)
        assert field is not None
        audience = disclosure.audience or default_audience(field.pointer, digests.body_of(link))
        yield Kept(disclosure.stored, link.actor, OWN if is_old else audience)


def _is_signed(ledger: Ledger, reader: Reader, link: Link) -> bool:
    """Whether a key that is good in this ledger signed it for this ledger."""
    if link.ledger != ledger.trust.origin:
        return False
    root, key = ledger.trust.root, reader.key(link.keyid)
    if link.keyid == root.keyid:
        spki = root.spki
    elif key is not None and key.revoked is None:
        spki = key.spki
    else:
        return False
    try:
        return link.envelope.verify(public.load(spki))
    except BadKey:
        return False
