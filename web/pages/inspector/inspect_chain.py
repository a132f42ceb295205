"""/inspect/chain: a chain with every link's bytes, signature and proof to open."""

from flask import Response, request
from pydantic import ValidationError

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.web.api.ledger import chains
from suyuan.web.api.ledger.chains import ChainIn, ChainOut, OpenedOut
from suyuan.web.app.access import viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.scripts import release
from suyuan.web.context import site
from suyuan.web.text import words
from suyuan.web.text.languages import page_language
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import LEVELS

from .desk import again, namer, render
from .inspect import names_of

routes = Routes("inspect_chain", prefix="/inspect")


@routes.get("/chain", INSPECTOR, back="/inspect/search")
def chain() -> Response:
    """All chains about an item, and one of them opened."""
    try:
        asked = ChainIn.model_validate(
            {name: text for name in ("item", "actor", "start") if (text := request.args.get(name))}
        )
    except ValidationError:
        raise ProblemError(404, "no such chain: give the item, and whose chain of it") from None
    with site().ledger.reading(patient=True) as reader:
        target, actor = chains.named(reader, viewer.remit(), asked)
        every = chains.chains(reader, target.item)
        if actor is None and every.chains:
            actor = every.chains[0].actor
        found = None if actor is None else chains.chain(reader, target.item, actor, asked.start)
        return render(
            "inspect_chain.html",
            module="page-inspect-chain.js",
            words=words.vocabulary(),
            every=every,
            found=found,
            said={} if found is None else _said(found),
            label=names_of(reader, {target.item})[target.item],
            own=codes.of_uri(target.item, site().host),
            name=namer(reader),
            next=None if found is None or found.next is None else again(start=found.next),
            words_url=f"/words?lang={page_language()[:2]}&v={release()}",
            rule=words.rule,
            levels=LEVELS,
        )


def _said(found: ChainOut) -> dict[int, Words | str]:
    """What each link records, in a word or two."""
    return {one.seq: _title(one) for one in found.links}


def _title(one: OpenedOut) -> Words | str:
    if one.envelope is None:
        return _("A record that cannot be read")
    try:
        link = parse(one.envelope.encode())
    except Refused:
        return _("A record that cannot be read")
    return words.step_words(link, link.event)
