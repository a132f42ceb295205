"""What a consumer sees after a scan: the pages of codes."""

from collections.abc import Callable

from flask import Response, jsonify, render_template, request

from suyuan.trace.store.read import reread
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence, targets
from suyuan.web.app.problems import problem, respond
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.scripts import release, with_scripts
from suyuan.web.app.targets import NotOurs, Target
from suyuan.web.cache import cache_key, cache_making
from suyuan.web.context import site
from suyuan.web.item import page
from suyuan.web.text.languages import keep_language, page_language

from . import linkset, phone

routes = Routes("consumer")


@routes.get("/t/<code>", ANYBODY, aliases=("/T/<code>",))
def by_code(code: str) -> Response:
    """The page of a trace code."""
    return _page(lambda reader: targets.by_code(reader, site().host, code))


@routes.get("/t/<code>/<serial>", ANYBODY, aliases=("/T/<code>/<serial>",))
def by_label(code: str, serial: str) -> Response:
    """The page of one label."""
    return _page(lambda reader: targets.by_code(reader, site().host, code, serial))


@routes.get("/01/<path:rest>", ANYBODY)
def by_trade(rest: str) -> Response:
    """The page of a GS1 Digital Link of a lot or a piece."""
    return _page(lambda reader: targets.by_trade(reader, rest))


@routes.get("/00/<path:rest>", ANYBODY)
def by_unit(rest: str) -> Response:
    """The page of a GS1 Digital Link of a logistic unit."""
    return _page(lambda reader: targets.by_unit(reader, rest))


@routes.get("/words", ANYBODY)
def words() -> Response:
    """What the scripts of these pages say, in the language that is asked for."""
    response = jsonify(phone.of_script())
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.vary.add("Accept-Language")
    return response


def _page(find: Callable[[Reader], Target]) -> Response:
    where = site()
    is_json, asked_links = _prefers_json(), linkset.wanted()
    with where.ledger.reading() as reader, cache_making.noting(reader) as making:
        newest = reread.live(reader)
        try:
            target = find(reader)
        except NotOurs as error:
            return _not_ours(error, newest.size, is_json=is_json or asked_links is not None)
        if asked_links is not None:
            response = linkset.answer(where, target, asked_links)
        elif is_json:
            response = evidence.answer(reader, where, target)
        else:
            shown = page.build(reader, where, target, newest, is_whole="all" in request.args)
            words = f"/words?lang={page_language()[:2]}&v={release()}"
            asked = {"code": shown.code, "serial": target.serial or ""}
            report = keep_language("/report", **asked)
            text = render_template(
                "consumer/item.html", page=shown, words_url=words, report_url=report
            )
            response = with_scripts(Response(text))
            response.headers["Link"] = linkset.header(target)
            if making is not None:
                making.is_made = True
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _not_ours(error: NotOurs, size: int, *, is_json: bool) -> Response:
    if is_json:
        detail = "no code of this ledger" + (": it was mistyped" if error.is_typo else "")
        response = respond(problem(404, detail))
    else:
        text = render_template("consumer/not_ours.html", error=error, size=size)
        response = Response(text, 404)
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _prefers_json() -> bool:
    return cache_key.form(request.accept_mimetypes) != "text/html"
