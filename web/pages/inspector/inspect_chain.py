"""/inspect/chain: a chain with every link's bytes, signature and proof to open."""

from flask import Response, request

from suyuan.trace.format.link import readable
from suyuan.trace.goods.chain_report import ReportedLink, chain_report, item_history
from suyuan.trace.recall.status import statuses
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.scripts import release
from suyuan.web.context import site
from suyuan.web.text import words
from suyuan.web.text.languages import page_language
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import gettext as _

from .desk import again, names_of, render

routes = Routes("inspect_chain", prefix="/inspect")


@routes.get("/chain", INSPECTOR, back="/inspect/search", patient=True)
def chain(reader: Reader) -> Response:
    """All chains about an item, and one of them opened."""
    item, actor, start = _asked()
    where = site()
    target = remits.item(reader, viewer.remit(), item)
    actor, item, heads = actor or target.actor, target.item, reader.chains(target.item)
    history = item_history(reader, where.genesis, item)
    if actor is None and heads:
        actor = heads[0].actor
    found = None
    if actor is not None:
        found = chain_report(reader, where.ledger.trust, item, actor, start=start)
        if found is None or start >= found.length:
            raise ProblemError(404, "no such chain, or no such number in it")
    return render(
        "inspector/inspect_chain.html",
        reader,
        module="pages/inspector/inspect_chain.js",
        words=words.vocabulary(),
        item=item,
        history=history,
        is_good=history.is_good and (found is None or found.is_good),
        broken=sorted(index for index, one in history.links.items() if not one.is_good),
        acts=statuses(reader, where.genesis, history),
        heads=heads,
        found=found,
        title=_title,
        label=names_of(reader, [item])[item],
        next=None if found is None or found.next is None else again(start=found.next),
        words_url=f"/words?lang={page_language()[:2]}&v={release()}",
        rule=words.rule,
    )


def _asked() -> tuple[str, str | None, int]:
    """The item, whose chain of it, and from which number on."""
    item, actor = request.args.get("item", ""), request.args.get("actor") or None
    start = request.args.get("start") or "0"
    is_number = start.isascii() and start.isdigit() and len(start) <= 12
    if not 0 < len(item) <= 2_000 or len(actor or "") > 600 or not is_number:
        raise ProblemError(404, "no such chain: give the item, and whose chain of it")
    return item, actor, int(start)


def _title(one: ReportedLink) -> Words | str:
    """What a link records, in a word or two."""
    link = None if one.checked is None else readable(one.entry)
    return _("A record that cannot be read") if link is None else words.step_words(link, link.event)
