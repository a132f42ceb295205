"""/hidden/<index>: what a record hides, for those who may read it, and erasing it for ever."""

import json
import re
from collections.abc import Iterator, Sequence

from flask import Response

from suyuan.trace.format.link import Link
from suyuan.trace.format.private.digests import Field, committed, with_fields
from suyuan.trace.format.times import parse
from suyuan.trace.goods.disclosures import erased_digests, erasures
from suyuan.trace.recording import papers
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import disclosed, viewer
from suyuan.web.app.access.disclosed import Shown
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import files_shown, shown, words
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _

from .signin import page

routes = Routes("hidden")
_SALT = re.compile(rf"/{papers.MEMBER}/(\d+)/{papers.SALTED}", re.ASCII)
_LONGEST = 400


@routes.get("/hidden/<int:index>", SIGNED_IN)
def hidden(user: SignedIn, reader: Reader, index: int) -> Response:
    """The hidden fields of a record that the user may read; and erasing them, for those who may."""
    link = disclosed.link_at(reader, index)
    rows = disclosed.of_link(reader, link, user.uri)
    is_open = bool(rows) and not viewer.are_private()
    if not is_open and not disclosed.may_see_actor(reader, link, user.uri, rows):
        raise ProblemError(403, _("Nothing of this record is for you to read, or not any more."))
    erased = erasures(reader, site().genesis, [link.hash]).get(link.hash, [])
    is_left = bool(set(committed(link)) - set(erased_digests(erased)))
    may = is_left and site().access(reader).may_erase(user.uri, link.actor)
    name = namer(reader)
    signed = parse(link.signed_at)
    when = None if link.event is None else shown.event_time(link.event)[0]
    when = when or ("" if signed is None else shown.moment(signed))
    return page(
        "office/hidden.html",
        index=index,
        title=words.step_words(link, link.event) if link.event else _("A record"),
        by=name(link.actor),
        name=name,
        when=when,
        lines=list(_lines(reader, index, link, rows)),
        may_erase=may and not user.is_terminal,
        erased=erased,
        needed=_("Choose what is to be erased."),
    )


def _lines(
    reader: Reader, index: int, link: Link, rows: Sequence[Shown]
) -> Iterator[tuple[str, str, str, str | None, str]]:
    """Of each field: digest, label, value, where the file of it opens, and who may read it."""
    body, _ = with_fields(link.event or link.statement or {}, [row.field for row in rows])
    files = {paper.salt: paper for paper in papers.named(body) if paper.salt is not None}
    for row in rows:
        salt = papers.salt_of(row.field.value) if _SALT.fullmatch(row.field.pointer) else None
        file = None if salt is None else files.get(salt)
        label, value, href = _line(row.field, file, index)
        yield row.digest, label, value, href, disclosed.readers(reader, row.audience, link.actor)


def _line(field: Field, file: papers.Paper | None, index: int) -> tuple[str, str, str | None]:
    if file is not None:
        kind = str(files_shown.KIND_WORDS[file.kind])
        return kind, files_shown.about(file), files_shown.url(file.sha256, index)
    member = field.pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    value = field.value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return str(words.FIELDS.get(member, member)), shown.cut(text, _LONGEST), None
