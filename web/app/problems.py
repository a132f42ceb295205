"""One error shape: RFC 9457 problem details for programs, a page for people."""

import logging
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.format.messages import message_of, msg
from suyuan.trace.format.rules import Refused
from suyuan.trace.store.errors import Busy, Stopped, StoreError
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language

from .mistakes import FieldError, FieldErrors

PROBLEM = "application/problem+json"
RULE_TYPE = "urn:suyuan:rule:"
_PROGRAMS = ("/api/", "/log/", "/healthz", "/readyz", "/metrics", "/.well-known/")
_HAS_NUL = msg("what was sent has a NUL character: leave it out")
_TITLES = {404: _l("Page not found"), 503: _l("Not available just now")}
_OF_HTTP = {
    404: _l("There is no such page here."),
    405: _l("This page cannot be used like that."),
}
_log = logging.getLogger("suyuan.web")
_ID = "suyuan.id"
RULE = "suyuan.rule"  # of a request's environ: its route's rule, once that is known


class ProblemError(Exception):
    """A request that cannot be answered; shown as a problem, or as a page to people."""

    def __init__(
        self,
        status: int,
        detail: object,
        *places: object,
        retry_after: int | None = None,
        **more: Any,
    ) -> None:
        self.message = message_of(detail, *places)
        super().__init__(str(self.message))
        self.status = status
        self.retry_after = retry_after  # seconds
        self.more = more


@contextmanager
def as_problem(status: int, *kinds: type[Exception], **more: Any) -> Iterator[None]:
    """Errors of these kinds are a problem of a status, with what they say and `more`."""
    try:
        yield
    except kinds as error:
        raise ProblemError(status, error, **more) from None


def install(app: APIFlask) -> None:
    """Answer every error in the one shape, and note which rule a request goes by."""
    app.before_request(_note_rule)
    app.error_processor(_validation)
    app.register_error_handler(ProblemError, _problem)
    app.register_error_handler(FieldErrors, lambda error: _problem(of_fields(error.errors)))
    app.register_error_handler(FieldError, lambda error: _problem(of_fields([error])))
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(Stopped, _stopped)
    app.register_error_handler(StoreError, _unusable)
    app.register_error_handler(CannotDecide, _unusable)
    app.register_error_handler(LedgerError, lambda error: _answer(400, error))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def problem(status: int, detail: object, **more: Any) -> dict[str, Any]:
    """The members of a problem; those without a type are named by their status alone."""
    title = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": _words(detail),
    } | more


def _words(detail: object) -> str:
    """A message, or an error's, in the language asked for; English to a program that asks none."""
    is_asked = "lang" in request.args or bool(request.accept_languages)
    return message_of(detail).text(language() if is_asked or not wants_json() else "en")


def of_fields(errors: Collection[FieldError], *, status: int = 422, **more: Any) -> ProblemError:
    """The problem of wrong values: the first with its `field`, all of them as `mistakes`."""
    first = next(iter(errors))
    mistakes = [{"field": e.field, "mistake": e.mistake, "detail": _words(e)} for e in errors]
    return ProblemError(
        status, first, field=first.field, mistake=first.mistake, mistakes=mistakes, **more
    )


def refusal(refused: Refused, **more: Any) -> dict[str, Any]:
    """The problem that a refused link is answered with."""
    body: dict[str, Any] = {
        "type": f"{RULE_TYPE}{refused.rule}",
        "title": f"The link breaks the rule {refused.rule}",
        "status": refused.status,
        "detail": _words(refused),
        "rule": str(refused.rule),
    }
    if refused.retry_after is not None:
        body["retry_after"] = refused.retry_after
    if refused.heads:
        body["heads"] = {
            subject: None if head is None else {"seq": head.seq, "hash": head.hash}
            for subject, head in refused.heads.items()
        }
    return body | more


def respond(body: Mapping[str, Any], **headers: str) -> Response:
    """A problem as an answer; its `retry_after` becomes a header too."""
    status = int(body["status"])
    if "retry_after" in body:
        headers.setdefault("Retry_After", str(body["retry_after"]))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(body), status, named, content_type=PROBLEM)


def request_id(environ: dict[str, Any]) -> str:
    """By which the log knows a request, and who is told that it failed; the same each time."""
    if _ID not in environ:
        environ[_ID] = secrets.token_hex(6)
    return str(environ[_ID])


def _note_rule() -> None:
    if request.url_rule is not None:
        request.environ[RULE] = request.url_rule.rule


def wants_json() -> bool:
    """Whether the client is a program: by path, or as it prefers JSON."""
    if request.path.startswith(_PROGRAMS):
        return True
    kinds = ["text/html", "application/json", PROBLEM]
    return request.accept_mimetypes.best_match(kinds, "text/html") != "text/html"


def _answer(
    status: int, detail: object, shown: str | None = None, wait: int | None = None, **more: Any
) -> Response:
    """A problem to a program, a page to people: with `shown`, or else the detail as it is.

    `wait` is after how many seconds to ask again.
    """
    if wants_json():
        response = respond(problem(status, detail, **more))
    else:
        page = render_template(
            "error.html",
            title=_TITLES.get(status, _l("That did not work")),
            shown=shown or _("This request cannot be answered."),
            exact=None if shown else _words(detail),
        )
        response = Response(page, status, content_type="text/html; charset=utf-8")
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _problem(error: ProblemError) -> Response:
    return _answer(error.status, error, wait=error.retry_after, **error.more)


def _busy(error: Busy) -> Response:
    shown = _("The ledger is busy. Please try again in a moment.")
    return _answer(503, error, shown, wait=error.retry_after)


def _stopped(error: Stopped) -> Response:
    """Nothing is signed until the operator has looked: reading goes on."""
    _log.error("%s", error)
    return _answer(503, error, _("The ledger takes nothing in at present."), wait=60)


def _unusable(error: Exception) -> Response:
    if "NUL (0x00)" in str(error):  # the driver's words: PostgreSQL takes no text with one
        return _problem(ProblemError(400, _HAS_NUL))
    _log.error("the ledger cannot be used: %s", error)
    detail = "the ledger cannot be used at present: nothing was acknowledged"
    shown = _("The ledger cannot be read at present. Please try again later.")
    return _answer(503, detail, shown, wait=10)


def _validation(error: HTTPError) -> Response:
    more = {"errors": error.detail} if error.detail else {}
    return respond(problem(error.status_code, str(error.message), **more))


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        response = error.get_response()
        assert isinstance(response, Response)
        return response
    detail = error.description or HTTPStatus(error.code).phrase
    if isinstance(error, RequestEntityTooLarge):
        detail = "the body is over 8 MiB: send less at a time"
    words = _OF_HTTP.get(error.code, _l("This request cannot be answered."))
    response = _answer(error.code, detail, str(words))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    """Say nothing of the inside to the outside; the log has it under the reference."""
    reference = request_id(request.environ)
    rule = request.environ.get(RULE, "-")
    _log.error("a request failed, id=%s rule=%s", reference, rule, exc_info=error)
    if wants_json():
        return respond(problem(500, "something went wrong here", reference=reference))
    text = (
        f"出错了，请稍后再试。如需反映，请告知编号 {reference}。\n"
        f"Something went wrong, please try again later. Its number, if you ask: {reference}\n"
    )
    return Response(text, 500, content_type="text/plain; charset=utf-8")
