"""The Flask app: a list of named steps, each in a module of its own."""

from pathlib import Path

from apiflask import APIFlask

from suyuan.trace.ledger import Ledger

from . import (
    api_acts,
    api_disclosures,
    api_findings,
    api_handover,
    api_heads,
    api_items,
    api_lineage,
    api_links,
    api_proofs,
    api_recalls,
    api_sign,
    api_sign_admit,
    api_signin,
    complaining,
    consumer,
    context,
    counting,
    headers,
    health,
    invitations,
    languages,
    limiting,
    lineage,
    log,
    menu,
    offline,
    openapi,
    problems,
    recalls,
    scan,
    scripts,
    session_guard,
    shown,
    signin,
    sizes,
    squeezed,
    stall,
    start,
)

MAX_BODY = 8 << 20


def create_app(home: Path, *, ledger: Ledger | None = None) -> APIFlask:
    """The front-end over the ledger in `home`, or over `ledger` if it is given.

    Raises CannotDecide where there is no ledger, StoreError where its database cannot be used,
    a schema older or newer than this program's included.
    """
    app = APIFlask(
        "suyuan.web",
        title="Suyuan",
        version="1",
        spec_path=openapi.PATH,
        docs_path=None,
        json_errors=False,
        root_path=str(Path(__file__).parent),
        instance_path=str((home / "instance").absolute()),
    )
    _settings(app)
    context.install(app, home, ledger)
    counting.install(app, context.of(app))
    problems.install(app)
    headers.install(app)
    languages.install(app)
    sizes.install(app)
    squeezed.install(app)
    limiting.install(app)
    session_guard.install(app)
    scripts.install(app)
    menu.install(app)
    openapi.install(app)
    _blueprints(app)
    return app


def _settings(app: APIFlask) -> None:
    # A value that is not ASCII or holds a slash is part of a code: nothing is folded away.
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=65_536,
        PROPAGATE_EXCEPTIONS=False,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # static URLs carry a digest of their content
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(show_day=shown.day, stop=shown.stop)


def _blueprints(app: APIFlask) -> None:
    for module in (
        start,
        consumer,
        complaining,
        scan,
        offline,
        log,
        health,
        api_links,
        api_disclosures,
        api_items,
        api_heads,
        api_proofs,
        api_handover,
        api_acts,
        api_findings,
        api_lineage,
        api_recalls,
        lineage,
        recalls,
        scripts,
        api_signin,
        api_sign,
        api_sign_admit,
        signin,
        stall,
        invitations,
    ):
        app.register_blueprint(module.blueprint)
