"""The one decorator that a route declares itself by: for whom, how often, what goes in and out.

It enforces what it says, in this order: that no other site's page asks, the limit, who asks, a
form's token, the form of what is sent. Who is signed in sees what it has signed (`freshness`). The
OpenAPI document and the tests' walks over all routes read the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import datetime
from functools import cache, wraps
from typing import Annotated, Any, Self, TypeVar, cast, get_type_hints
from urllib.parse import urlencode

import orjson
from apiflask import APIBlueprint
from flask import Response, g, redirect, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, Json, as_json
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from .access import acting_for, freshness, offices, session, session_guard, viewer
from .access.acting_for import Acting
from .access.session import SignedIn
from .limits import Limit
from .problems import ProblemError

SESSION, AUDITOR = "session", "auditor"
SCHEMAS = "#/components/schemas/"
Content = Mapping[str, Mapping[str, Any]]  # a schema by the media type, as OpenAPI has it
View = TypeVar("View", bound=Callable[..., Any])
_ROUTE = "suyuan_route"
_LOCATIONS = {"query": "query", "body": "json", "files": "files"}


class Out(BaseModel):
    """What a route answers: made from objects of the domain by the names of their attributes."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, source: object, **more: Any) -> Self:
        """The model with the values in `more`, and all others as `source` has them."""
        rest = cls.model_fields.keys() - more.keys()
        return cls(**{name: getattr(source, name) for name in rest}, **more)


def _instant(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


Instant = Annotated[str, BeforeValidator(_instant)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """For whom a route is: how that is seen, and what the OpenAPI document says of it.

    `check` raises a problem for everybody else. One of the `credentials` is taken, "" is none.
    """

    check: Callable[[], object] = lambda: None
    credentials: tuple[str, ...] = ()
    refused: str | None = None  # what a 403 says
    restriction: str | None = None  # "for …", where that is not everybody who is signed in

    @property
    def asks_for_session(self) -> bool:
        """Whether whoever is not signed in is answered 401."""
        return self.credentials == (SESSION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a route declares of itself.

    `models` are what it is sent, by location: `query`, `body` or `files`; `media` what body it
    reads that is no JSON of a model. `output` is the model, or the ledger's own JSON form, of its
    answer of `status`; `content`
    other content of 2xx answers, by status. `answers` are words for statuses, besides those that
    follow from the rest, `parameters` for what stands in its path, `aliases` other rules of the
    same view. What may come `from_anywhere` acts for nobody who is signed in. A page sends whoever
    is to sign in `back` afterwards. What is not `documented` is no operation of the API. The
    reader of a `patient` one may take its time. What appends, and waits for nothing else, is done
    `together` with others of its kind.
    """

    guard: Guard
    limit: Limit | None = None
    models: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    media: Content | None = None
    output: type | None = None
    status: int = 200
    content: Mapping[int, Content] = field(default_factory=dict)
    answers: Mapping[int, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    from_anywhere: bool = False
    back: str | Callable[[], str] | None = None
    documented: bool = True
    patient: bool = False
    together: bool = False


class Routes:
    """Routes of the API, or, without a `tag`, of pages; each declares itself by its decorator.

    A view is given what its parameters have the types for: a `Reader`, who is `SignedIn`, for whom
    it is `Acting`. One of the API is given what `query`, `body` and `files` have models for, and
    its answer is written by the model that it returns, or that is declared as its `output`. What
    is `shared` holds for every route that does not declare it otherwise. A `limit` may be written
    as its name and rate, "sign-in 120/minute".
    """

    def __init__(
        self, name: str, *, tag: str | None = None, prefix: str | None = None, **shared: Any
    ) -> None:
        self.is_api = tag is not None
        self._shared = shared
        prefix = "/api/v1" if prefix is None and self.is_api else prefix
        self.blueprint = APIBlueprint(
            name, __name__, url_prefix=prefix, tag=tag, enable_openapi=self.is_api
        )

    def get(self, rule: str, guard: Guard, **more: Any) -> Callable[[View], View]:
        """Declare a view that reads."""
        return self._decorator("GET", rule, guard, more)

    def post(self, rule: str, guard: Guard, **more: Any) -> Callable[[View], View]:
        """Declare a view that is sent something."""
        return self._decorator("POST", rule, guard, more)

    def delete(self, rule: str, guard: Guard, **more: Any) -> Callable[[View], View]:
        """Declare a view that takes something away."""
        return self._decorator("DELETE", rule, guard, more)

    def _decorator(
        self, method: str, rule: str, guard: Guard, more: dict[str, Any]
    ) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            hints = get_type_hints(view)
            models = {name: hints[name] for name in _LOCATIONS if name in hints}
            settings = self._shared | more
            output = hints.get("return")
            if is_dataclass(output) or (isinstance(output, type) and issubclass(output, BaseModel)):
                settings.setdefault("output", output)
            if isinstance(limit := settings.get("limit"), str):
                name, _, most = limit.rpartition(" ")
                settings["limit"] = Limit(name, most)
            route = Route(guard=guard, models=models, **settings)
            modelled = self._with_models(_injected(view, hints, route), route)
            guarded = _guarded(modelled, route, is_api=self.is_api)
            vars(guarded)[_ROUTE] = route
            for path in (rule, *route.aliases):
                self.blueprint.add_url_rule(path, view.__name__, guarded, methods=[method])
            return cast(View, guarded)

        return decorate

    def _with_models(self, view: Callable[..., Any], route: Route) -> Callable[..., Any]:
        """The view with what it is given read, and what it answers written, by their models."""
        wrapped = view
        if is_dataclass(route.output):
            answer = self.blueprint.output(schema_model(route.output), status_code=route.status)
            wrapped = answer(_written(view, route.status))
        elif route.output is not None or route.status == 204:
            wrapped = self.blueprint.output(route.output or {}, status_code=route.status)(wrapped)
        for name, model in route.models.items():
            wrapped = self.blueprint.input(model, location=_LOCATIONS[name], arg_name=name)(wrapped)
        return wrapped if route.documented else self.blueprint.doc(hide=True)(wrapped)


def _injected(
    view: Callable[..., Any], hints: Mapping[str, Any], route: Route
) -> Callable[..., Any]:
    """The view with what the types of its parameters ask for, its reader opened last."""
    sources: Mapping[object, Callable[[], object]] = {
        SignedIn: session.signed_in,
        Acting: acting_for.acting,
    }
    known: dict[str, Callable[[], Any]] = {
        name: sources[hint] for name, hint in hints.items() if hint in sources
    }
    readers = [name for name, hint in hints.items() if hint is Reader]

    @wraps(view)
    def injected(*args: Any, **kwargs: Any) -> Any:
        kwargs |= {name: source() for name, source in known.items()}
        if not readers:
            return view(*args, **kwargs)
        with site().ledger.reading(patient=route.patient) as reader:
            g.reader = reader
            try:
                return view(*args, **kwargs, **dict.fromkeys(readers, reader))
            finally:
                del g.reader

    return injected


def _written(view: Callable[..., Any], usual: int) -> Callable[..., Any]:
    """The view with its answer, a value of the domain, written as JSON; of the `usual` status."""

    @wraps(view)
    def written(*args: Any, **kwargs: Any) -> Response:
        answer = view(*args, **kwargs)
        if isinstance(answer, Response):
            return answer
        value, status = answer if isinstance(answer, tuple) else (answer, usual)
        return Response(orjson.dumps(as_json(value)), status, content_type="application/json")

    return written


class _Schemas(GenerateJsonSchema):
    """Of values of the domain all members are written, whatever has a default in Python."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Json:
        """The schema of a dataclass."""
        model = super().dataclass_schema(schema)
        if not issubclass(schema["cls"], Form):
            model["required"] = [*model["properties"]]
        return model


@cache
def schema_model(form: type) -> type[BaseModel]:
    """A model from which APIFlask reads the schema of a JSON form of the ledger's."""

    def model_json_schema(_cls: type[BaseModel], /, **how: Any) -> Json:
        return TypeAdapter(form).json_schema(schema_generator=_Schemas, **how)

    members = {"model_json_schema": classmethod(model_json_schema), "__module__": __name__}
    return type(form.__name__, (BaseModel,), members)


def _guarded(view: Callable[..., Any], route: Route, *, is_api: bool) -> Callable[..., Any]:
    """The view behind all that its route declares."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        is_reading = request.method in ("GET", "HEAD")
        if not is_reading and not route.from_anywhere:
            session_guard.require_origin()
        if route.limit is not None:
            route.limit.count()
        if not is_api and is_reading and route.guard.asks_for_session and not session.current():
            return to_signin(route.back() if callable(route.back) else route.back or request.path)
        route.guard.check()
        if not is_api and not is_reading and route.guard.credentials:
            session_guard.require_token()
        if SESSION in route.guard.credentials and session.current() is not None:
            g.as_of = freshness.wait()
        return view(*args, **kwargs)

    return guarded


def declared(view: Callable[..., Any]) -> Route | None:
    """The route that a view declares; None where it declares none."""
    route = vars(view).get(_ROUTE)
    assert route is None or isinstance(route, Route)
    return route


def to_signin(path: str) -> Redirect:
    """A redirect to signing in, and from there back to a path of this site."""
    query = {"next": path} | ({"lang": lang} if (lang := request.args.get("lang")) else {})
    return redirect(f"/signin?{urlencode(query)}", 303)


def binary(*media: str) -> Content:
    """The content of a file of one of these types."""
    return {name: {"schema": {"type": "string", "format": "binary"}} for name in media}


def text(media: str) -> Content:
    """The content of a text of this type."""
    return {media: {"schema": {"type": "string"}}}


def _admitting() -> None:
    if not session.require_own().invites:
        raise ProblemError(
            403, "only the authority and registrars see and change who is registered"
        )


def _authority() -> None:
    if not session.require_own().is_authority:
        raise ProblemError(403, "only the authority appoints and dismisses registrars")


def _itself_or_inspector() -> None:
    if session.require().uri != (request.view_args or {}).get("who"):
        viewer.remit()


def _signed_in_if_private() -> None:
    if session.current() is None:
        viewer.require_entries()


def _inspector_if_private() -> None:
    if viewer.are_private():
        if session.current() is None:
            raise ProblemError(403, viewer.PRIVATE)
        viewer.remit()


def _of_party() -> None:
    """What follows from the entries is as public as they are.

    A party sees its own all the same, and an inspector that of the parties in its remit.
    """
    if not viewer.are_private():
        return
    party = _party_named()
    if party is None or not viewer.reads_affairs(party):
        raise ProblemError(403, viewer.PRIVATE)


def _party_named() -> str | None:
    """The URI of the party whose affairs the request asks for, in its path or its body."""
    body = request.get_json(silent=True) if request.method == "POST" else None
    named = (request.view_args or {}).get("who") or (
        body.get("party") if isinstance(body, dict) else None
    )
    try:
        return parties.read(named, site().host) if isinstance(named, str) else None
    except IdentifierError:
        return None


def _of_chains() -> None:
    if not viewer.reads_entries() and session.current() is None:
        raise ProblemError(401, "this ledger's entries are not public: sign in to sign on")


_NOT_PUBLIC = "The entries of this ledger are not public"
_INSPECTORS = "for inspectors: the authority, and offices by its own statement, in their remit"
_NOT_INSPECTING = "Not an inspector, or not in its remit"
ANYBODY = Guard()
# Everybody, who is shown more where they are signed in.
VIEWER = Guard(credentials=("", SESSION))
SIGNED_IN = Guard(check=session.require, credentials=(SESSION,))
# Not on a shared terminal: whoever stands before that records goods, and no more.
OWN_DEVICE = Guard(check=session.require_own, credentials=(SESSION,), refused="Not one's to do")
ADMITTING = Guard(
    check=_admitting,
    credentials=(SESSION,),
    refused="Not one's to do",
    restriction="for the authority, and for registrars in their remit",
)
AUTHORITY = Guard(
    check=_authority,
    credentials=(SESSION,),
    refused="Not one's to do",
    restriction="for the authority alone",
)
OFFICE = Guard(
    check=offices.require_office,
    credentials=(SESSION,),
    refused="Not one's to do",
    restriction="for an office by the authority's own statement, and for the authority",
)
INSPECTOR = Guard(
    check=viewer.remit, credentials=(SESSION,), refused=_NOT_INSPECTING, restriction=_INSPECTORS
)
ITSELF_OR_INSPECTOR = Guard(
    check=_itself_or_inspector,
    credentials=(SESSION,),
    refused=_NOT_INSPECTING,
    restriction=f"{_INSPECTORS}; and for the party itself",
)
# Of private entries: what follows from all of them is for inspectors and auditors.
ENTRIES = Guard(
    check=viewer.require_entries, credentials=("", SESSION, AUDITOR), refused=_NOT_PUBLIC
)
# Acts, which their own actor reads too: the view decides of which.
ACTS = Guard(check=_signed_in_if_private, credentials=("", SESSION, AUDITOR), refused=_NOT_PUBLIC)
# Chains, of which everybody has their own: the view decides of which.
CHAINS = Guard(check=_of_chains, credentials=("", SESSION, AUDITOR), refused="Not one's own chains")
# What follows from a party's entries: for it, who records for it, and its inspectors.
PARTY = Guard(check=_of_party, credentials=("", SESSION), refused=_NOT_PUBLIC)
INSPECTOR_IF_PRIVATE = Guard(
    check=_inspector_if_private, credentials=("", SESSION), refused=_NOT_PUBLIC
)
