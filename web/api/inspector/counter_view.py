"""What an inspector is shown of a lot at a counter."""

from dataclasses import dataclass
from typing import Any

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import as_json
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.holdings import of_items
from suyuan.trace.goods.reporting import of_doubt
from suyuan.trace.goods.resolve import NotFound, resolve
from suyuan.trace.inspection.counter import RESULT
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.overview import Wanted, reported
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.targets import Target, item_path
from suyuan.web.context import site
from suyuan.web.pages.consumer import examined, page
from suyuan.web.pages.consumer.page import Page
from suyuan.web.text import divisions, shown
from suyuan.web.text.filters_goods import measure
from suyuan.web.text.words import role

MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """An item at the counter of a holder, None where none is known yet; a label's serial."""

    item: str
    holder: str | None
    serial: str | None


def asked(reader: Reader, who: SignedIn, text: str, holder: str | None) -> Asked:
    """What a code, a URI or a scanned URL names, at the counter of its issuer or of `holder`.

    A problem where it names nothing here, where that party has no record of it, or where it is not
    in the inspector's remit.
    """
    try:
        found = resolve(reader, site().ledger.trust, text)
    except (IdentifierError, NotFound) as error:
        raise ProblemError(404, str(error)) from None
    at = holder or found.actor
    if at is None:
        return Asked(found.item, None, found.serial)
    if reader.head(found.item, at) is None:
        raise ProblemError(404, f"{at[:200]} has no record of {found.item}", field="holder")
    if not site().access(reader).inspects(who.uri, at):
        raise ProblemError(403, f"{at[:200]} is not in your remit", field="holder")
    return Asked(found.item, at, found.serial if at == found.actor else None)


def view(reader: Reader, who: SignedIn, what: Asked) -> dict[str, Any]:
    """All that is shown, for programs: the texts in the language of the request."""
    code = None if what.holder is None else codes.of_chain(what.item, what.holder)
    target = Target(what.item, what.holder, code, what.serial)
    made = page.build(reader, site(), target, reread.live(reader))
    facts = made.main.facts
    return {
        "size": reader.size(),
        "derived": reader.cursors().get("lineage", 0),
        "at": site().ledger.now(),
        "item": what.item,
        "name": made.main.name,
        "code": made.code,
        "path": target.path,
        "product": facts.product,
        "lot": facts.lot,
        "origin": facts.origin,
        "produced": None if facts.produced is None else facts.produced[0],
        "best_before": facts.best_before,
        "is_expired": made.best_before_passed,
        "notices": _notices(made),
        "holder": None if what.holder is None else licence(reader, what.holder),
        "holding": _holding(reader, what),
        "latest": latest(reader, who, what),
        "head": _head(reader, what.item, who.uri),
        "tests": [
            {"index": one.index, "who": one.who, "when": one.when, "what": one.what}
            | {"result": one.result or one.certificate or "", "is_failed": one.is_failed}
            for one in made.examinations
        ],
        "findings": _findings(reader, what, made),
        "holders": _holders(reader, who, what) if what.holder is None else [],
    }


def licence(reader: Reader, uri: str) -> dict[str, Any] | None:
    """A party as the ledger admits it; None where it never was."""
    party = reader.party(uri)
    if party is None:
        return None
    since = reader.recorded(party.admitted)
    return {
        "uri": uri,
        "number": shown.uri(uri),
        "name": party.name,
        "roles": list(party.roles),
        "role_names": [role(name) for name in party.roles],
        "division": party.division,
        "division_name": divisions.shown(party.division),
        "admitted": None if since is None else from_micros(since.time),
        "is_admitted": party.admitted_at(reader.size()),
        "part_of": None if party.part_of is None else reader.name(party.part_of) or party.part_of,
    }


def inspections(reader: Reader, party: str) -> list[dict[str, Any]]:
    """What inspectors recorded at a party's counter, newest first, in words."""
    found = []
    for leaf, payload in inspections_of(reader, party, MOST):
        event, item = payload["event"], str(payload["items"][0]["item"])
        lot = Lineage(reader).lots([item]).get(item)
        found.append(
            {
                "index": leaf,
                "office": payload["actor"],
                "office_name": reader.name(payload["actor"]) or shown.uri(payload["actor"]),
                "item": item,
                "item_name": (lot.name if lot is not None else None) or shown.uri(item),
                "when": shown.event_time(event)[0],
                "result": result if isinstance(result := event.get(RESULT), str) else None,
                "outcomes": examined.outcomes(event),
                "words": examined.result(event),
                "path": item_path(item, party),
            }
        )
    return found


def _notices(made: Page) -> list[dict[str, Any]]:
    return [
        {"tone": one.tone, "heading": one.heading, "text": one.text, "detail": one.detail}
        for one in made.notices
    ]


def _holding(reader: Reader, what: Asked) -> list[dict[str, Any]]:
    """What should be there: by the holder's own records, as of the follower of lineage."""
    if what.holder is None:
        return []
    found = [one for one in Lineage(reader).stock([what.item]) if one.holder == what.holder]
    return [_amount(one) for one in found if one.quantity is None or one.quantity.micro]


def _amount(one: Stock) -> dict[str, Any]:
    return {
        **_quantity(one.quantity),
        "is_inside": one.container is not None,
        "is_on_way": one.is_in_transit,
    }


def _quantity(found: Quantity | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "unit": None, "words": None}
    return {
        "value": f"{found.value.normalize():f}",
        "unit": found.uom,
        "words": measure(found),
    }


def latest(reader: Reader, who: SignedIn, what: Asked) -> dict[str, Any] | None:
    """The holder's newest link about it, which an inspection of it names in `after`.

    None at the inspector's own counter: there the inspection follows by `prev`.
    """
    if what.holder is None or what.holder == who.uri:
        return None
    head = reader.head(what.item, what.holder)
    stored = None if head is None else reader.in_chain(what.item, what.holder, head.seq)
    return None if stored is None else {"index": stored.index, "hash": stored.hash}


def _head(reader: Reader, item: str, actor: str) -> dict[str, Any] | None:
    head = reader.head(item, actor)
    return None if head is None else {"seq": head.seq, "hash": head.hash}


def _findings(reader: Reader, what: Asked, made: Page) -> list[dict[str, Any]]:
    """What is doubted of the item in the links that are shown, or of the holder's doing."""
    found = []
    for doubt in reported(reader, Wanted(item=what.item)):
        if doubt.leaf in made.history.links or doubt.actor == what.holder:
            found.append(as_json(of_doubt(doubt).form()))
    return found[-MOST:]


def _holders(reader: Reader, who: SignedIn, what: Asked) -> list[dict[str, Any]]:
    """Who has some of it now, in the inspector's remit."""
    found: list[dict[str, Any]] = []
    for one in of_items(reader, [what.item]):
        uri = one.holder
        if uri is None or one.is_in_transit or not site().access(reader).inspects(who.uri, uri):
            continue
        if not any(other["uri"] == uri for other in found):
            name = reader.name(uri) or shown.uri(uri)
            found.append({"uri": uri, "name": name, "words": _quantity(one.quantity)["words"]})
    return found[:MOST]
