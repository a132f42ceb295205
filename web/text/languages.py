"""Chinese or English: by ?lang=, else by what the browser accepts; no cookie."""

from collections.abc import Iterable
from urllib.parse import urlencode

from apiflask import APIFlask
from flask import Response, request
from flask_babel import Babel  # type: ignore[import-untyped]

from suyuan.trace.format.messages import FOLDER, LOCALE
from suyuan.web.text.texts import locale

CHINESE, ENGLISH = LOCALE, "en"
_SHORT = {"zh": CHINESE, "en": ENGLISH}


def install(app: APIFlask) -> None:
    """Set up translations, and what templates need to switch the language."""
    Babel(
        app,
        default_locale=CHINESE,
        default_translation_directories=str(FOLDER),
        locale_selector=choose,
    )
    app.after_request(_vary)
    app.jinja_env.globals.update(
        page_language=page_language, other_language=other_language, keep_language=keep_language
    )


def choose() -> str:
    """The locale of the present request."""
    language = _chosen()
    if language is not None:
        return _SHORT[language]
    return accepted(request.accept_languages.values())


def accepted(languages: Iterable[str]) -> str:
    """The locale for who accepts these languages, the best first."""
    short = [language[:2].lower() for language in languages]
    known = next((language for language in short if language in _SHORT), None)
    if known is None:
        return ENGLISH if short and short != ["*"] else CHINESE
    return _SHORT[known]


def is_chinese() -> bool:
    """Whether the present page is in Chinese."""
    return locale() == CHINESE


def page_language() -> str:
    """The `lang` of the page's root element."""
    return "zh-CN" if is_chinese() else "en"


def other_language() -> str:
    """The URL of this page in the other language."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    query = urlencode([*others, ("lang", "en" if is_chinese() else "zh")])
    return f"?{query}"


def keep_language(path: str, **query: str | None) -> str:
    """A path of this site with a query, in the language asked for in the present one's URL."""
    language = _chosen()
    values = {name: value for name, value in query.items() if value}
    if language is not None:
        values["lang"] = language
    return f"{path}?{urlencode(values)}" if values else path


def _vary(response: Response) -> Response:
    """Say of what has words that it is another in the other language."""
    if response.mimetype in ("text/html", "application/problem+json"):
        response.vary.add("Accept-Language")
    return response


def _chosen() -> str | None:
    language = request.args.get("lang", "")[:2].lower()
    return language if language in _SHORT else None
