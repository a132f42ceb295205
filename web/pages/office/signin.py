"""Pages of signing in, of oneself, and of one simple record: an arrival as on its slip."""

import re
from dataclasses import dataclass

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.keys.validity import Key
from suyuan.trace.goods.handover.slips import ConfirmError, Line, Slip, Slips, slip_for
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import acting_for, session, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SIGNED_IN, VIEWER, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.context import site
from suyuan.web.text import divisions, shown, words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.numbers import number_of
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.words import role, vocabulary

routes = Routes("signin")
MOST = 100
_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*){1,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One of one's own keys."""

    keyid: str
    check: str
    alg: str
    kept: str
    enrolled: int
    enrolled_by: str | None
    is_good: bool
    is_this: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A slip that waits for an answer."""

    index: int
    sender: str
    lines: list[tuple[str, str | None]]
    more: int


@routes.get("/signin", ANYBODY)
def signin() -> Response:
    """Sign in with a key of this browser's."""
    found = inside(request.args.get("next"))
    return page("signin.html", next=keep_language(found))


@routes.get("/me", SIGNED_IN)
def me() -> Response:
    """Who one is, with which keys, and what waits."""
    who = session.signed_in()
    acting = acting_for.current()
    assert acting is not None
    with site().ledger.reading() as reader:
        keys = [_key(reader, key, who) for key in reader.keys_of(who.uri)]
        waiting = Slips(reader).arrivals(acting.uri) if acting.covers("receiving") else []
        givers = acting_for.givers(reader, who)
        arrivals = [_arrival(slip, 3) for slip in waiting[:MOST]]
    return page(
        "me.html",
        acting=acting,
        givers=givers,
        roles=shown.listed(role(name) for name in who.party.roles),
        number=number_of(who.uri),
        division=divisions.shown,
        remit=[divisions.shown(part) for part in who.remit],
        keys=keys,
        arrivals=arrivals,
        more=len(waiting) - len(arrivals),
    )


@routes.get("/me/arrivals/<int:index>", SIGNED_IN)
def arrival(index: int) -> Response:
    """A slip, to be confirmed as it is and signed in the browser."""
    acting = acting_for.acting()
    who = acting.who
    with site().ledger.reading() as reader:
        if index >= reader.size():
            raise ProblemError(404, "no such slip")
        try:
            slip = slip_for(reader, acting.uri, index)
        except ConfirmError as error:
            raise ProblemError(404, viewer.why_unanswerable(error, index)) from None
        names = {line.item: line.name for line in slip.lines if line.name} | {
            slip.sender: slip.sender_name or shown.uri(slip.sender),
            acting.uri: acting.name,
        }
    if not acting.covers("receiving"):
        raise ProblemError(403, f"the mandate of {acting.uri} to {who.uri} is not for receiving")
    return page("arrival.html", acting=acting, arrival=_arrival(slip, MOST), names=names)


@routes.post("/signout", VIEWER)
def signout() -> Redirect:
    """Sign out."""
    response = redirect(keep_language("/signin"), 303)
    session.forget(response)  # type: ignore[arg-type]
    return response


def page(template: str, **values: object) -> Response:
    """A page with its script, `page-<name>.js`, for who is signed in; nobody keeps a copy of it."""
    values = {"who": session.current(), **values}
    module = f"page-{template.removesuffix('.html')}.js"
    made = render_template(template, words=vocabulary(), module=module, **values)
    response = with_scripts(Response(made))
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    response.vary.add("Cookie")
    return response


def inside(path: str | None) -> str:
    """A path of this site to go on to; one's own page for anything else."""
    return path if path is not None and _PATH.fullmatch(path) else "/me"


def _key(reader: Reader, key: Key, who: SignedIn) -> KeyLine:
    kept = {
        "browser": _("a browser"),
        "file": _("a file"),
        "hardware": _("a security device"),
        "terminal": _("a shared terminal"),
    }
    by = None
    if key.enrolled_by != who.uri:
        by = reader.name(key.enrolled_by) or shown.uri(key.enrolled_by)
    return KeyLine(
        keyid=key.keyid,
        check=check_of(key.keyid),
        alg=key.alg,
        kept=kept.get(key.kept, key.kept),
        enrolled=key.enrolled,
        enrolled_by=by,
        is_good=key.revoked is None,
        is_this=key.keyid == who.keyid,
    )


def _arrival(slip: Slip, most: int) -> Arrival:
    lines = [(line.name or shown.uri(line.item), _amount(line)) for line in slip.lines[:most]]
    sender = slip.sender_name or shown.uri(slip.sender)
    return Arrival(slip.index, sender, lines, len(slip.lines) - len(lines))


def _amount(line: Line) -> str | None:
    portion = line.portion
    if portion.quantity is None:
        return None
    return f"{portion.quantity:f} {words.unit(portion.uom)}"
