"""Pages of signing in, of oneself, and of one simple record: an arrival as on its slip."""

import re

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.goods.handover.slips import ConfirmError, slip_for
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import acting_for, session, viewer
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SIGNED_IN, VIEWER, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.text.languages import keep_language
from suyuan.web.text.names import titled
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.words import vocabulary

from .today import offered, tasks

routes = Routes("signin")
MOST = 100
_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*){1,8}", re.ASCII)


@routes.get("/signin", ANYBODY)
def signin() -> Response:
    """Sign in with a key of this browser's."""
    return page("office/signin.html", next=keep_language(inside(request.args.get("next"))))


@routes.get("/me", SIGNED_IN)
def me(user: SignedIn, reader: Reader) -> Response:
    """The user's page: what there is to do today; its party and its keys one tap further."""
    acting = acting_for.current()
    assert acting is not None
    first, others = offered(reader, acting)
    return page(
        "office/me.html",
        acting=acting,
        givers=acting_for.givers(reader, user),
        keys=reader.keys_of(user.uri),
        tasks=[task for task in tasks(reader, acting) if task.count],
        steps=first,
        more_steps=bool(others),
        name=namer(reader),
    )


@routes.get("/me/arrivals/<int:index>", SIGNED_IN)
def arrival(acting: Acting, reader: Reader, index: int) -> Response:
    """A slip, to be confirmed as it is and signed in the browser."""
    if index >= reader.size():
        raise ProblemError(404, "no such slip")
    try:
        slip = slip_for(reader, acting.uri, index)
    except ConfirmError as error:
        raise ProblemError(404, viewer.why_unanswerable(error, index)) from None
    names = {line.item: line.name for line in slip.lines if line.name} | {
        slip.sender: titled(slip.sender_name, slip.sender),
        acting.uri: acting.name,
    }
    if not acting.may("receives"):
        signer = acting.user.uri
        raise ProblemError(403, "the mandate of %s to %s is not for receiving", acting.uri, signer)
    return page("office/arrival.html", acting=acting, slip=slip, most=MOST, names=names)


@routes.post("/signout", VIEWER)
def signout() -> Redirect:
    """Sign out."""
    response = redirect(keep_language("/signin"), 303)
    session.forget(response)  # type: ignore[arg-type]
    return response


def page(template: str, **values: object) -> Response:
    """A page for the user, with the script of its template's name, or that which `module` names.

    Nobody keeps a copy of it.
    """
    module = f"pages/{template.removesuffix('.html')}.js"
    values = {"user": session.current(), "module": module, **values}
    made = render_template(template, words=vocabulary(), **values)
    response = with_scripts(Response(made))
    response.headers["Cache-Control"] = "no-store"
    return response


def inside(path: str | None) -> str:
    """The path, where it is one of this site; the user's own page for anything else."""
    return path if path is not None and _PATH.fullmatch(path) else "/me"
