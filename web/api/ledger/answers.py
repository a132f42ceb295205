"""Histories as JSON, with what a viewer may see of them."""

from collections.abc import Iterator

from suyuan.trace.exchange.history_json import history_json
from suyuan.trace.format.json_values import Json
from suyuan.trace.goods.history import History
from suyuan.trace.goods.reporting import Reported
from suyuan.trace.goods.verdicts import Cause, State, Tone
from suyuan.trace.lineage.contradictions import china_day
from suyuan.trace.recall.status import judge
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import viewer
from suyuan.web.app.targets import Target
from suyuan.web.context import Site
from suyuan.web.text.record import records


def history(reader: Reader, site: Site, target: Target) -> Json:
    """The history of a target, every link verified now."""
    found = target.history(reader, site.genesis)
    today = china_day(site.ledger.now())
    judgement = judge(reader, site.genesis, found, today=today)
    return history_json(
        reader,
        found,
        judgement.with_more(_more(site, target, found)),
        _findings(reader, found),
        host=site.host,
        is_path=target.actor is not None,
    )


def _findings(reader: Reader, found: History) -> list[Reported]:
    """Those about the item that the shown links complete: a path tells nothing of other ones."""
    findings = reported(reader, Wanted(item=found.item, leaves=found.links.keys()))
    actors = {one.link.actor for one in found.links.values() if one.link is not None}
    return [Reported.of(viewer.without_others(reader, one, actors)) for one in findings]


def _more(site: Site, target: Target, found: History) -> Iterator[Cause]:
    """What is beside the ledger's links: the index of codes, and events kept in files."""
    if target.is_index_wrong:
        yield Cause(State.BROKEN, "code", target.item, tone=Tone.BAD)
    for index, record in records(found, site.ledger.attachments.get).items():
        if record.is_unreadable:
            yield Cause(State.UNDECIDED, "unread", index=index)
