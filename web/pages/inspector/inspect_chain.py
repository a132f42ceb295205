"""/inspect/chain: a chain in plain words, and behind them bytes, signatures and proofs."""

from flask import Response, request

from suyuan.trace.format.link import readable
from suyuan.trace.goods.chain_report import ChainReport, ReportedLink, chain_report, item_history
from suyuan.trace.goods.history import History
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.status import judge
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.scripts import release
from suyuan.web.context import site
from suyuan.web.item import chain_rows
from suyuan.web.item.verdicts import STATES
from suyuan.web.text import words
from suyuan.web.text.languages import page_language
from suyuan.web.text.recalls_names import names_of
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import gettext as _

from .inspect import again, render

routes = Routes("inspect_chain", prefix="/inspect")


@routes.get("/chain", INSPECTOR, back="/inspect/search", patient=True)
def chain(reader: Reader) -> Response:
    """All that was recorded about an item, and one of its chains opened.

    Of an item with more records than a page has room for, those of the chain that is opened.
    """
    item, actor, start = _query()
    where = site()
    target = remits.item(reader, viewer.remit(), item)
    actor, item, heads = actor or target.actor, target.item, reader.chains(target.item)
    history = item_history(reader, where.genesis, item)
    if actor is None and heads:
        actor = heads[0].actor
    judgement = judge(reader, where.genesis, history, today=china_day(where.ledger.now()))
    report = None
    if actor is not None:
        report = chain_report(reader, where.ledger.trust, item, actor, start=start)
        if report is None or start >= report.length:
            raise ProblemError(404, "no such chain, or no such number in it")
    is_part = history.is_cut or len(history.about(item)) > chain_rows.MOST
    part = _part(history, report) if is_part else history
    return render(
        "inspector/inspect_chain.html",
        reader,
        module="pages/consumer/item.js",
        words=words.vocabulary(),
        item=item,
        history=history,
        is_good=history.is_good and (report is None or report.is_good),
        broken=sorted(index for index, link in history.links.items() if not link.is_good),
        verdict=judgement.verdict,
        states=STATES,
        acts=judgement.statuses,
        heads=heads,
        report=report,
        rows=chain_rows.rows(reader, where, part, item),
        is_part=is_part,
        title=_title,
        lot=names_of(reader, [item], actor)[item],
        next=None if report is None or report.next is None else again(start=report.next),
        words_url=f"/words?lang={page_language()[:2]}&v={release()}",
        rule=words.rule,
    )


def _query() -> tuple[str, str | None, int]:
    """The item, whose chain of it, and from which number on."""
    item, actor = request.args.get("item", ""), request.args.get("actor") or None
    start = request.args.get("start") or "0"
    is_number = start.isascii() and start.isdigit() and len(start) <= 12
    if not 0 < len(item) <= 2_000 or len(actor or "") > 600 or not is_number:
        raise ProblemError(404, "no such chain: give the item, and whose chain of it")
    return item, actor, int(start)


def _part(history: History, report: ChainReport | None) -> History:
    """The links of a chain that is opened, as a history of them alone."""
    checked = [] if report is None else [link.checked for link in report.links if link.checked]
    return History(
        history.item,
        None,
        history.size,
        links={link.index: link for link in checked},
        of={link.index: {history.item} for link in checked},
        named=history.named,
    )


def _title(line: ReportedLink) -> Words | str:
    """What a link records, in a word or two."""
    link = None if line.checked is None else readable(line.entry)
    return _("A record that cannot be read") if link is None else words.step_words(link, link.event)
