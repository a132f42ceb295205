"""What a consumer sees: reading a code, the pages of codes, and their linksets (RFC 9264)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.recording import pictures
from suyuan.trace.recording.pictures import PictureError
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import evidence, targets, uploads
from suyuan.web.app.limits import SCANNING
from suyuan.web.app.problems import ProblemError, problem, respond
from suyuan.web.app.routes import ANYBODY, Routes
from suyuan.web.app.scripts import release, script_texts, with_scripts
from suyuan.web.app.targets import NotOurs, Target
from suyuan.web.cache import counting
from suyuan.web.cache.cache_key import LINKSET, form
from suyuan.web.cache.making import noting
from suyuan.web.cache.pieces import AS_OF, SCANS, put_in
from suyuan.web.context import Site, site
from suyuan.web.item import page, verdicts
from suyuan.web.text import fresh
from suyuan.web.text import words as words_of
from suyuan.web.text.languages import keep_language, page_language
from suyuan.web.text.texts import Words, language
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

routes = Routes("consumer")
GS1 = "https://ref.gs1.org/voc/"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
TYPES = ("defaultLink", "pip", "traceability", "certificationInfo")
LANGUAGES = ("zh", "en")
_TITLES = {
    "zh": {"page": "追溯过程", "evidence": "证据文件", "history": "追溯过程（数据）"},
    "en": {"page": "Its history", "evidence": "Evidence file", "history": "Its history as data"},
}
# What a file may be besides a link that breaks a rule.
_OF_FILES: Mapping[str, Words] = {
    "file": _l("The evidence is not of the one form that it may have"),
    "checkpoint": _l("The checkpoint is not signed by the ledger, or a cosignature does not fit"),
    "log": _l("It is not in the ledger at its place"),
    "item": _l("The evidence is not, or not only, about this item"),
    "scope": _l("The list of a hold or a recall does not name what it should"),
    "attachment": _l("A file is enclosed that nothing names"),
    "disclosure": _l("A confidential field is enclosed that belongs to no record"),
    "code": _l("The code is not the one of this item and this holder"),
}
_RULES = ("size", "encoding", "payload", "members", "ledger", "key", "signature", "chain", "items")
_MORE_RULES = ("after", "authority", "statement", "coding")
scanning = Routes("scan")


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
    response = jsonify(of_script())
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.vary.add("Accept-Language")
    return response


def _page(find: Callable[[Reader], Target]) -> Response:
    where = site()
    is_json, asked_links = form(request.accept_mimetypes) != "text/html", wanted()
    with where.ledger.reading() as reader, noting(reader) as making:
        newest = reread.live(reader)
        try:
            target = find(reader)
        except NotOurs as error:
            return not_ours(error, is_json=is_json or asked_links is not None)
        if asked_links is not None:
            response = linkset(where, target, asked_links)
        elif is_json:
            response = evidence.answer(reader, where, target)
        else:
            shown = page.build(reader, where, target, newest, is_whole="all" in request.args)
            words = f"/words?lang={page_language()[:2]}&v={release()}"
            named = {"code": shown.code, "serial": target.serial or ""}
            report = keep_language("/report", **named)
            marks = {"as_of": AS_OF, "scans": SCANS}
            text = render_template(
                "consumer/item.html", page=shown, words_url=words, report_url=report, **marks
            )
            texts: dict[str, str] = {AS_OF: fresh.as_of(newest, language())}
            asker = None
            if making is None:
                if (label := shown.scannable) is not None:
                    asker, at = counting.scanner(request.environ), where.ledger.now()
                    texts[SCANS] = label.scanned(counting.counter(), at, asker, language())
                text = put_in(text, texts)
            response = with_scripts(Response(text))
            if asker is not None:
                response.headers.add(*counting.mark(request.environ))
            response.headers["Link"] = linkset_header(target)
            if making is not None:
                making.live, making.is_signed = newest, shown.is_signed
                making.today, making.scannable = shown.today, shown.scannable
                response.headers["Content-Encoding"] = "identity"  # the cache compresses it
    response.vary.update(("Accept", "Accept-Language"))
    return response


def not_ours(error: NotOurs, *, is_json: bool = False) -> Response:
    """That a code is none of this ledger, and whose it seems to be."""
    if is_json:
        detail = "no code of this ledger" + (": it was mistyped" if error.is_typo else "")
        response = respond(problem(404, detail))
    else:
        text = render_template("consumer/not_ours.html", error=error)
        response = Response(text, 404)
    response.vary.update(("Accept", "Accept-Language"))
    return response


def wanted() -> str | None:
    """The linkType that the present request asks for; None where it asks for no links."""
    kind = request.args.get("linkType")
    if kind is None and form(request.accept_mimetypes) == LINKSET:
        return "all"
    return kind


def linkset(site: Site, target: Target, kind: str) -> Response:
    """The linkset of a target, or where one of its links leads; 404 for a type that it lacks."""
    path = f"{site.base_url}{target.path}"
    if kind in ("all", "linkset"):
        content = {"linkset": [_links_of(site, target, path)]}
        response = Response(orjson.dumps(content), content_type=LINKSET)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Link"] = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
        return response
    name = kind.removeprefix("gs1:").removeprefix(GS1)
    links = _links_of(site, target, path).get(f"{GS1}{name}") if name in TYPES else None
    if not links:
        raise ProblemError(404, "there is no link of the type %s: see ?linkType=all", kind[:60])
    languages = [value[:2].lower() for value in request.accept_languages.values()]
    named = [link for link in links if link["type"] == "text/html"] or links
    best = [link for lang in languages for link in named if lang in link.get("hreflang", ())]
    response = Response(status=307)
    response.headers["Location"] = (best or named)[0]["href"]
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def linkset_header(target: Target) -> str:
    """The Link header for a page's linkset (RFC 8288)."""
    return f'<{target.path}?linkType=all>; rel="linkset"; type="{LINKSET}"'


def _links_of(site: Site, target: Target, path: str) -> dict[str, Any]:
    code, item, actor = target.code, target.item, target.actor
    if code is None:
        code = codes.of_uri(item, site.host) if actor is None else codes.of_chain(item, actor)
    api = f"{site.base_url}/api/v1/items/{code}"
    pages = [
        {"href": f"{path}?lang={lang}", "type": "text/html", "hreflang": [lang],
         "title": _TITLES[lang]["page"]}
        for lang in LANGUAGES
    ]  # fmt: skip
    titles = _TITLES["en"]
    history = {"href": api, "type": "application/json", "title": titles["history"]}
    file = {"href": f"{api}/evidence", "type": "application/json", "title": titles["evidence"]}
    return {
        # The item itself where GS1 names it, else its page here.
        "anchor": target.item if target.actor is None and gs1.is_canonical(target.item) else path,
        "itemDescription": titles["page"],
        f"{GS1}defaultLink": pages[:1],
        f"{GS1}pip": pages,
        f"{GS1}traceability": [*pages, history],
        f"{GS1}certificationInfo": [file],
    }


def of_script() -> Mapping[str, Mapping[str, str]]:
    """The texts of the script by their English, and those of rules and verdicts by name."""
    rules = {name: str(words_of.rule(name)) for name in (*_RULES, *_MORE_RULES)}
    return {
        "texts": script_texts("verify/page.js"),
        "rules": rules | {name: str(words) for name, words in _OF_FILES.items()},
        "verdicts": {str(state): str(words) for state, words in verdicts.STATES.items()},
    }


@scanning.get("/scan", ANYBODY)
def ask() -> Response:
    """The ways to read a code."""
    return _scan_page()


@scanning.post("/scan", ANYBODY, limit=SCANNING, from_anywhere=True)
def take() -> Response | Redirect:
    """On to the page of the code in a photo; back where there is none in it."""
    data = uploads.photo()
    if data is None:
        return _scan_page(_("Choose or take a photo of the code first."))
    try:
        codes = pictures.codes(data)
    except PictureError:
        return _scan_page(
            _("The photo must be a JPEG, PNG or WebP of at most 7 MB and 12 million pixels.")
        )
    if not codes:
        return _scan_page(
            _("No code was found in the photo. Go closer, hold still, and mind shadows and glare.")
        )
    path = targets.own_path(codes[0])
    asked = keep_language("/find", code=codes[0]) if path is None else keep_language(path)
    return redirect(asked, 303)


def _scan_page(wrong: str | None = None) -> Response:
    status = 200 if wrong is None else 422
    text = render_template("consumer/scan.html", wrong=wrong)
    response = with_scripts(Response(text, status))
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response
