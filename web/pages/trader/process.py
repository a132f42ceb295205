"""The page on which a step is recorded: what, with which goods, and what the step asks for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta

from flask import Response, request

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import zone
from suyuan.trace.format.vocabulary import FORMS, RESULTS, step_of
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.goods.resolve import NotFound, resolve
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recording.imports.trade_units import COUNTERS, PIECES, WEIGHTS
from suyuan.trace.recording.papers import MAX_BYTES, MAX_NAMED
from suyuan.trace.recording.supplies import packages_of
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.own_records import Wanted
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import quota
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import units, words
from suyuan.web.text.files_shown import KIND_WORDS
from suyuan.web.text.filters import measure, number_of
from suyuan.web.text.names import lot_titled, titled
from suyuan.web.text.recalls_names import places_of
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

from ..office.signin import page
from ..office.today import offered

routes = Routes("process")
_READERS: Mapping[str, Words] = {
    "own": _l("My party only, and inspectors"),
    "sides": _l("The two sides of the trade, and inspectors"),
    "chain": _l("Those who had the goods before or after, and inspectors"),
    "named": _l("Parties that I name, and inspectors"),
    "everyone": _l("Everyone: not hidden, and not to be erased"),
}
_USUAL: Mapping[str, str] = {"remark": "chain", "price": "sides", "person": "own"}
MOST = 300  # of what one has, to choose from
LATEST = 200  # dispatches that say who is sent to most
MOST_RECIPIENTS = 6
UNITS = ("KGM", *WEIGHTS, "GRM", "TNE", "LTR", "MLT", PIECES, *COUNTERS)


@routes.get("/me/process", SIGNED_IN)
def process(acting: Acting, reader: Reader) -> Response:
    """Recording a step, of the item in the query if there is one."""
    first, others = offered(reader, acting)
    stock = _stock(reader, acting)
    chosen = _chosen(reader, request.args.get("item", ""), stock)
    places = places_of(reader, acting.party)
    now = site().ledger.now().astimezone(zone())
    return page(
        "trader/process.html",
        acting=acting,
        steps=(first, others),
        asked_step=request.args.get("step", ""),
        asks={step.name: asdict(FORMS[step.name]) for step in (*first, *others)},
        stock=stock,
        chosen=chosen,
        places=places,
        units=sorted(UNITS, key=lambda unit: unit != units.preferred()),
        preferred_unit=units.preferred(),
        as_preferred=units.as_preferred,
        results={result: words.test_result(result) for result in RESULTS},
        recipients=_recipients(reader, acting.uri),
        packages=_packages(reader, (held.item for _title, held in stock)),
        kinds=KIND_WORDS,
        latest=(now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M"),
        today=now.date().isoformat(),
        most_bytes=MAX_BYTES,
        most_files=MAX_NAMED,
        reading=_READERS,
        usual=_USUAL,
        daily_files=f"{quota.FILES:,}",
        daily_size=f"{quota.BYTES // 1_000_000:,}",
    )


def _stock(reader: Reader, acting: Acting) -> list[tuple[str, Stock]]:
    """What the party has, by its title."""
    stocks = {
        stock.item: stock
        for stock in Lineage(reader).stock_of(acting.uri)
        if stock.quantity is None or stock.quantity.micro > 0
    }
    lots, slips = Lineage(reader).lots(sorted(stocks)), Slips(reader)
    named = {item: lot_titled(slips.item_name(item, lots), item, lots) for item in stocks}
    rows = ((_title(stock, named[item], acting), stock) for item, stock in stocks.items())
    return sorted(rows, key=lambda row: (row[0], row[1].item))[:MOST]


def _recipients(reader: Reader, actor: str) -> list[dict[str, str]]:
    """The parties that an actor sent to most of late, as the search for recipients answers them."""
    records, _after = own_records.page(reader, Wanted(actor, step=step_of("sends").name), LATEST)
    often = Counter(record.counterparty for record in records if record.voided is None)
    parties = (reader.party(uri) for uri, _count in often.most_common() if uri is not None)
    return [
        {"party": party.uri, "name": titled(party.name, party.uri), "number": number_of(party.uri)}
        for party in parties
        if party is not None and party.admitted_at(reader.size())
    ][:MOST_RECIPIENTS]


def _packages(reader: Reader, items: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """By item the packages in which an amount of it may be said: value and words."""
    lots = Lineage(reader).lots(sorted(items))
    return {
        item: units.of_packages(unit, ratios)
        for item, (unit, ratios) in packages_of(reader, lots.values()).items()
    }


def _title(stock: Stock, name: str, acting: Acting) -> str:
    """Its name, how much there is, and the end of its code."""
    amount = [] if stock.quantity is None else [measure(stock.quantity)]
    code = codes.of_chain(stock.item, acting.uri)
    return " · ".join((name, *amount, f"…{code[-4:]}"))


def _chosen(reader: Reader, typed: str, stock: list[tuple[str, Stock]]) -> tuple[str, str]:
    """The item that the query names: the URI of one that is there to choose, or what was typed."""
    if not typed or len(typed) > 2_000:
        return "", ""
    try:
        item = resolve(reader, site().ledger.trust, typed).item
    except (IdentifierError, NotFound):
        return "", typed
    return (item, "") if any(choice.item == item for _title, choice in stock) else ("", typed)
