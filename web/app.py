"""The Flask app: a list of named steps, each in a module of its own."""

from pathlib import Path

from apiflask import APIFlask

from suyuan.trace.ledger import Ledger

from . import (
    acting_for,
    api_acts,
    api_admissions,
    api_attachments,
    api_audits,
    api_batches,
    api_chains,
    api_consumers,
    api_disclosures,
    api_divisions,
    api_events,
    api_findings,
    api_handover,
    api_inspections,
    api_items,
    api_labels,
    api_lineage,
    api_links,
    api_mandates,
    api_parties,
    api_people,
    api_products,
    api_recalls,
    api_recalls_mine,
    api_reports,
    api_search,
    api_sign,
    api_signin,
    cache,
    complaining,
    consumer,
    context,
    counting,
    headers,
    health,
    hidden,
    inspect,
    inspect_audit,
    inspect_chain,
    inspect_counter,
    inspect_party,
    inspect_reports,
    invitations,
    labels_page,
    labels_print,
    languages,
    limiting,
    lineage,
    log,
    mandates,
    menu,
    metrics,
    openapi,
    people,
    problems,
    process,
    quota,
    recalls,
    recalls_mine,
    recalls_new,
    releases,
    scan,
    scripts,
    session_guard,
    shown,
    signin,
    sizes,
    squeezed,
    stall,
    start,
    supplier,
)
from .routes import Routes

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
    quota.install(app)
    session_guard.install(app)
    scripts.install(app)
    menu.install(app)
    acting_for.install(app)
    recalls_mine.install(app)
    openapi.install(app)
    _blueprints(app)
    metrics.install(app)
    cache.install(app)
    limiting.behind_proxies(app)  # before kept pages too, whose scans are counted by address
    return app


def _settings(app: APIFlask) -> None:
    # A value that is not ASCII or holds a slash is part of a code: nothing is folded away.
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        # Held against what the parser buffers of a file too, whole chunks of 64 KiB.
        MAX_FORM_MEMORY_SIZE=1 << 20,
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
        log,
        health,
        metrics,
        api_consumers,
        api_links,
        api_attachments,
        api_events,
        api_disclosures,
        hidden,
        api_items,
        api_handover,
        api_products,
        api_batches,
        api_acts,
        api_findings,
        api_lineage,
        api_recalls,
        api_recalls_mine,
        lineage,
        recalls_new,
        recalls,
        recalls_mine,
        scripts,
        releases,
        api_signin,
        api_sign,
        api_mandates,
        mandates,
        api_people,
        api_admissions,
        people,
        signin,
        stall,
        supplier,
        api_labels,
        labels_print,
        labels_page,
        invitations,
        process,
        api_audits,
        inspect_audit,
        api_inspections,
        inspect_counter,
        api_divisions,
        api_search,
        api_reports,
        api_parties,
        api_chains,
        inspect,
        inspect_party,
        inspect_chain,
        inspect_reports,
    ):
        for found in vars(module).values():
            if isinstance(found, Routes):
                app.register_blueprint(found.blueprint)
