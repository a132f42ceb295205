"""Every route of the front-end, asked with every role and with none."""

import io
from urllib.parse import quote

from support.ledger.world import days_ago
from werkzeug.routing import BuildError

from suyuan.trace.inspection.complaints import Complaints, key_of
from suyuan.web.app.routes import declared

HEADERS = {"Origin": "http://localhost", "Accept-Language": "en"}


# Open to everybody, as the ledger is: consumers, verifiers, whoever follows the log. Listed by
# hand, so that no route is open because somebody declared it so; all else is as it declares.
OPEN = {
    "start.start", "start.find", "start.robots", "consumer.by_code", "consumer.by_label",
    "consumer.by_trade", "consumer.by_unit", "consumer.words", "complaining.ask",
    "complaining.take", "complaining.receipt", "complaining.erased",
    "scan.ask", "scan.take", "offline.service",
    "log.checkpoint", "log.tile", "health.alive", "health.ready", "static", "scripts.script",
    "openapi.spec", "signin.signin", "inviting.invite", "lineage_page.by_code",
    "recalls_page.index", "recalls_page.one", "acts.by_uri", "acts.by_code", "acts.list_by_uri",
    "acts.list_by_code", "attachments.attachment", "attachments.picture", "findings.findings",
    "heads.heads", "lineage.by_code", "lineage.by_uri", "lineage.holdings_by_code",
    "lineage.holdings_by_uri", "items.by_code", "items.by_uri", "items.evidence_by_code",
    "items.evidence_by_uri", "items.trust", "proofs.proof", "profiles.counting",
    "disclosures.of_link", "links.append",
    "recalls.recalls", "recalls.recall", "recalls.holds", "recalls.scope", "handover.overdue_in",
    "handover.overdue_of", "handover.arrivals", "handover.holdings", "handover.inbox",
    "session.challenge", "session.sign_in", "session.sign_out", "sign.opened", "sign.offered",
    "releases.release", "releases.page", "handover.draft", "recalls.draft", "batches.template",
    "admissions.template",
    "signin.signout", "resolver.description", "consumers.reported", "offline.offline_page",
    "consumers.read", "reference.docs", "reference.index", "reference.group", "catalogue.catalogue",
    "documents_page.asked", "documents_page.shown", "document_checks.checked",
    "document_checks.root", "document_checks.revoked",
    "draws.listed", "draws.shown", "draws_page.listed", "draws_page.shown",
    "draws.file",
    "documents.copied",
}  # fmt: skip


def behind(app, *guards):
    """The endpoints that declare one of these guards."""
    views = {name: declared(view) for name, view in app.view_functions.items()}
    return {name for name, access in views.items() if access is not None and access.guard in guards}


def routes(app):
    """Every rule and method of the front-end."""
    return [
        (rule.endpoint, method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=str)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def values(made):
    """The values of path parameters, by name."""
    stall = made.people["stall"]
    return {
        "code": made.code("stall"), "who": stall.uri, "token": made.invite(),
        "keyid": stall.signer.public.keyid, "index": made.waiting, "number": 1, "name": "0" * 64,
        "path": "0" * 64, "slug": "feed",
        "sha256": "0" * 64, "digest": "0" * 16, "serial": "7K3QX9M2V8TDC", "rest": "09506000134352",
        "filename": "style.css", "issues": "1", "kind": "pdf", "draw": made.draw,
    }  # fmt: skip


def queries(made):
    """Query parameters by endpoint."""
    lot, stall = quote(made.lots[0], safe=""), quote(made.people["stall"].uri, safe="")
    of_item = dict.fromkeys(
        (
            "acts.by_uri", "acts.list_by_uri", "chains.one", "chains.of_item", "chains.whole",
            "items.by_uri", "items.evidence_by_uri", "lineage.by_uri", "lineage.holdings_by_uri",
            "inspections.of_item", "inspect_chain.chain", "recalls.scope", "process.process",
        ),
        f"?item={lot}",
    )  # fmt: skip
    return of_item | {
        "queue.shown_task": f"?key={key_of(next(Complaints(made.world.home).all()))}",
        "inspections.listed": f"?party={stall}", "inspect_party.by_uri": f"?party={stall}",
        "profiles.counting": f"?uri={stall}", "people.person": f"?party={stall}",
        "events.recipients": "?q=a", "search.search": "?q=a",
    }  # fmt: skip


def bodies(made):
    """Bodies by endpoint, such that an allowed request is answered."""
    lot, stall, market = made.lots[0], made.people["stall"].uri, made.people["market"].uri
    admitted = {"name": "新摊位", "roles": ["stall"], "division": "350203"}
    days = {"first_day": days_ago(1), "last_day": days_ago(-30)}
    batch = {"name": "上海青", "category": "蔬菜", "quantity": "1", "unit": "KGM"}
    return {
        "admission.admission": admitted,
        "people_api.changed": admitted,
        "people_api.left": {},
        "people_api.registrar": {"party": market, "op": "appoint", "remit": ["350203"]},
        "mandates_api.given": {"to": market, "steps": ["receiving"], **days},
        "mandates_api.withdrawn": {"to": market},
        "sign.invited": {"party": stall},
        "sign.opened": {"code": "0" * 26},
        "handover.draft": {"party": stall, "all": True},
        "recalls.draft": {
            "op": "recall.acknowledge",
            "act": made.recall.rsplit("/", 1)[1],
            "actor": stall,
        },
        "recalls_mine.my_draft": {"op": "recall.acknowledge", "act": made.recall.rsplit("/", 1)[1]},
        "batches.draft": {"batches": [batch]},
        "profiles.draft": {"uri": stall},
        "products.draft": {"name": "上海青", "category": "蔬菜"},
        "labels.issue": {"lots": [{"item": lot, "count": 1}]},
        "labels.void": {"labels": ["7K3QX9M2V8TDC"], "item": lot},
        "events.drafted": {"step": "loss", "goods": [{"item": lot, "amount": "1", "unit": "KGM"}]},
        "purchases.drafted": {"product": "上海青", "quantity": "1", "supplier": "老林"},
        "tasks.noted": {"key": "report:1/R2611247K3QX9M2", "state": "todo"},
        "inspections.draft": {"item": lot, "outcomes": ["right"]},
        "heads.heads": [{"item": lot, "actor": stall}],
        "links.append": {},
    }


def ask(client, made, endpoint, method, rule, token=""):
    """One request; for uploads, of a small file; with the token that a form of one's own has."""
    known = values(made)
    arguments = {name: known[name] for name in rule.arguments}
    if "/acts" in rule.rule or "/recalls/<" in rule.rule or "/act/" in rule.rule:
        arguments["code"] = made.recall.rsplit("/", 1)[1]
    if endpoint == "divisions.division":
        arguments["code"] = "350203"
    if endpoint.startswith("inspect_party."):
        arguments = {n: made.people["stall"].uri.rsplit("/", 1)[1] for n in arguments}
    if endpoint == "log.tile":
        arguments["name"] = "0/000"
    try:
        _host, path = rule.build(arguments)
    except (BuildError, TypeError):  # pragma: no cover
        raise AssertionError(f"no path for {rule}") from None
    more = {}
    body = bodies(made).get(endpoint)
    if endpoint in {"tables.table", "admissions.table"}:
        more = {"data": {"file": (io.BytesIO("产品\n上海青\n".encode()), "t.csv")}}
    elif endpoint in {"attachments.attached", "inspections.scanned", "scan.take", "consumers.read"}:
        more = {"data": {"file": (io.BytesIO(b"%PDF-1.4"), "t.pdf")}}
    elif method == "POST" and path.startswith("/api/"):
        more = {"json": {} if body is None else body}
    elif method == "POST":
        more = {"data": {"csrf_token": token}}
    return client.open(
        path + queries(made).get(endpoint, ""), method=method, headers=HEADERS, **more
    )
