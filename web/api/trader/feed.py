"""/api/v1/me/feed, /me/webhooks: what concerns one, to be asked for or posted to one's program.

And /me/shares, what another agency is given of an office's data.
"""

import hashlib
import secrets
from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.exchange.feed_json import FeedJson, rows_json
from suyuan.trace.format.times import micros
from suyuan.trace.inspection.cases import SHARE
from suyuan.trace.store.beside import feed_rows, notices
from suyuan.trace.store.beside.office.deliveries import Delivery, DeliveryBook
from suyuan.trace.store.beside.preferences import FEED, Contact, ContactBook, contacts_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch.notify import contacts, shares, webhooks
from suyuan.web.app.access import cases
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.mistakes import as_mistake, wrong
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import OWN_DEVICE, SIGNED_IN, Routes, text
from suyuan.web.context import site

MOST_WEBHOOKS = 5
_URL = Field(max_length=2_000, description="https://…, where entries are posted to")
_LINES = "application/jsonl"
_MOST = Limit("webhooks", "20/minute")
routes = Routes("feed", tag="Feed", prefix="/api/v1/me")


class FeedIn(BaseModel):
    """Where to go on, and how far."""

    after: Annotated[str, Field(max_length=40)] = Field(
        default="", description="`cursor` of the page before; without it, from the beginning"
    )
    limit: int = Field(default=50, ge=1, le=200, description="How many at most")


class WebhookIn(BaseModel):
    """A webhook."""

    url: Annotated[str, _URL]


class WebhookOut(WebhookIn):
    """A webhook, and the secret by which its posts are signed."""

    secret: str = Field(description="Of Standard Webhooks; shown this once")


class WebhooksOut(BaseModel):
    """One's webhooks."""

    webhooks: list[WebhookIn]


@routes.get("/feed", SIGNED_IN, limit="feed 240/minute", output=FeedJson)
def feed(user: SignedIn, reader: Reader, query: FeedIn) -> dict[str, Any]:
    """What concerns one, in the order in which it was noticed, the oldest first.

    Arrivals, answers to what one sent, holds and recalls of what one has or had, statements about
    oneself, findings of one's own records. Ask with the `cursor` of the page before: nothing is
    left out, nothing comes twice. A second or two pass between a link and its entry.
    """
    start = feed_rows.at_cursor(reader, user.uri, query.after) if query.after else None
    if query.after and start is None:
        raise ProblemError(
            422, "after is no cursor of your feed: leave it out, and pass over the ids you have"
        )
    number = 0 if start is None else start.number
    rows = feed_rows.page(reader, user.uri, number, query.limit + 1)
    shown = rows[: query.limit]
    return {
        "party": user.uri,
        "entries": rows_json(reader, site().host, shown),
        "cursor": shown[-1].cursor if shown else query.after or None,
        "is_more": len(rows) > query.limit,
        "size": notices.cursor(reader),
    }


@routes.get("/shares/<code>", OWN_DEVICE, limit="shares 240/minute", content={200: text(_LINES)},
            answers={403: "The share was revoked or is over", 404: "No share for oneself"},
            parameters={"code": "The share's code"})  # fmt: skip
def share(user: SignedIn, reader: Reader, query: FeedIn, code: str) -> Response:
    """The next records of a data share, for the agency that it was granted to.

    JSON lines. The first has `share`, `agency`, `cursor`, `is_more`, `size` and `count`; each other
    one is the receipt of a record (`index`, `hash`, `proof`) with its `party`, `step`, `when`, and
    those of its `lots` that are in the share. `entry` is the signed record where the share gives
    these and all of it is in the share, else null. What is given is noted down before it is, and
    shown to the office.
    """
    case, _who = cases.readable(reader, code)
    if case.kind != SHARE or case.party != user.uri:
        raise ProblemError(404, "%s is no share for you", code[:200])
    ledger = site().ledger
    now = ledger.now()
    with as_problem(403, shares.NotShared):
        scope = shares.scope_of(reader, ledger, case, now)
    with as_problem(422, shares.NotShared, field="after"):
        span, lines = shares.page(reader, scope, query.after, query.limit)
    start, stop = span.pop("start"), span.pop("stop")
    head = {"share": case.uri, "agency": user.uri, "size": reader.size(), "count": len(lines)}
    data = b"".join(orjson.dumps(one) + b"\n" for one in (head | span, *lines))
    if lines:
        key, sha256 = secrets.token_hex(16), hashlib.sha256(data).hexdigest()
        given = (user.uri, user.keyid, micros(now), start, stop, len(lines), sha256)
        DeliveryBook(ledger.database.engine).add_new([Delivery(key, case.uri, *given)])
    return Response(data, 200, {"Cache-Control": "private, no-store"}, content_type=_LINES)


@routes.get("/webhooks", OWN_DEVICE, output=WebhooksOut)
def listed(user: SignedIn, reader: Reader) -> dict[str, Any]:
    """Where one's feed is posted to."""
    return {"webhooks": [{"url": one.address} for one in _own(reader, user)]}


@routes.post("/webhooks", OWN_DEVICE, limit=_MOST, output=WebhookOut, status=201,
             answers={409: "It is there already, or there are enough"})  # fmt: skip
def registered(user: SignedIn, reader: Reader, body: WebhookIn) -> dict[str, Any]:
    """Have one's feed posted to a URL from now on, signed as Standard Webhooks 1.0 has it.

    What is posted has the `entries` of the feed and its `cursor`. A post that fails is tried again
    for a week, in order. Nothing but the public network is posted to, and what the operator allows.
    """
    url = _address(body)
    if not webhooks.may_be_reached(url):
        wrong("url", "webhook", "nothing is posted to this machine or to a private network")
    if len(own := _own(reader, user)) >= MOST_WEBHOOKS:
        raise ProblemError(409, "you have %s webhooks: take one away first", str(len(own)))
    new = Contact(user.uri, FEED, url, webhooks.new_secret())
    if not ContactBook(site().ledger.database.engine).add([new]):
        raise ProblemError(409, "your feed is posted there already")
    return {"url": url, "secret": new.secret}


@routes.delete("/webhooks", OWN_DEVICE, limit=_MOST, status=204,
               answers={404: "No webhook of one's own"})  # fmt: skip
def removed(user: SignedIn, query: WebhookIn) -> tuple[str, int]:
    """Post nothing there any more, what waits included."""
    gone = Contact(user.uri, FEED, _address(query))
    if not ContactBook(site().ledger.database.engine).remove([gone]):
        raise ProblemError(404, "no webhook of yours has this URL")
    return "", 204


def _address(webhook: WebhookIn) -> str:
    with as_mistake("url", "webhook", contacts.ContactError):
        return contacts.webhook_url(webhook.url)


def _own(reader: Reader, user: SignedIn) -> list[Contact]:
    return contacts_of(reader, [user.uri], (FEED,)).get(user.uri, [])
