"""The Flask app: a list of named steps, each in a module of its own."""

from pathlib import Path

from apiflask import APIFlask

from suyuan.trace.ledger.ledger import Ledger
from suyuan.web.api import health, reports
from suyuan.web.api.inspector import (
    audits,
    document_checks,
    findings,
    inspections,
    sampling,
    search,
    tasks,
)
from suyuan.web.api.inspector import cases as api_cases
from suyuan.web.api.inspector import coverage as api_coverage
from suyuan.web.api.inspector import documents as api_documents
from suyuan.web.api.inspector import draws as api_draws
from suyuan.web.api.inspector import grades as api_grades
from suyuan.web.api.inspector import lineage as api_lineage
from suyuan.web.api.inspector import recalls as api_recalls
from suyuan.web.api.ledger import acts, attachments, disclosures, items, links, log
from suyuan.web.api.office import admissions, keys, parties, session
from suyuan.web.api.office import inspectors as api_inspectors
from suyuan.web.api.office import mandates as api_mandates
from suyuan.web.api.trader import (
    batches,
    events,
    feed,
    handover,
    labels,
    my_recalls,
    own_lots,
    products,
    profiles,
    purchases,
    tables,
)
from suyuan.web.api.trader import records as api_records
from suyuan.web.cache import cache, counting
from suyuan.web.pages import food_catalogue, reference, start
from suyuan.web.pages.consumer import complaining, consumer
from suyuan.web.pages.inspector import (
    cases,
    coverage,
    documents,
    draws,
    grades,
    inspect,
    inspect_audit,
    inspect_chain,
    levels,
    lineage,
    platform_page,
    queue,
    recalls,
)
from suyuan.web.pages.inspector import (
    sampling as samples,
)
from suyuan.web.pages.office import (
    hidden,
    inspectors,
    invitations,
    mandates,
    people,
    releases,
    signin,
)
from suyuan.web.pages.trader import (
    find,
    labels_page,
    process,
    profile,
    purchase,
    recalls_mine,
    records_mine,
    stall,
    stock,
    supplier,
)
from suyuan.web.text import charts, filters, shown, units

from . import context
from .app import headers, limits, menu, openapi, problems, quota, scripts, sizes
from .app.access import acting_for, session_guard
from .app.routes import Routes
from .text import languages

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
    filters.install(app)
    units.install(app)
    charts.install(app)
    sizes.install(app)
    limits.install(app)
    quota.install(app)
    session_guard.install(app)
    scripts.install(app)
    menu.install(app)
    acting_for.install(app)
    recalls_mine.install(app)
    openapi.install(app)
    _blueprints(app)
    health.install(app)
    cache.install(app)
    limits.behind_proxies(app)  # before kept pages too, whose scans are counted by address
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
    app.jinja_env.globals.update(show_day=shown.day, show_days=shown.days, stop=shown.stop)


def _blueprints(app: APIFlask) -> None:
    for module in (
        start,
        food_catalogue,
        reference,
        consumer,
        complaining,
        log,
        health,
        links,
        attachments,
        events,
        disclosures,
        hidden,
        items,
        handover,
        products,
        profiles,
        batches,
        purchases,
        purchase,
        tables,
        api_records,
        records_mine,
        acts,
        findings,
        api_lineage,
        api_recalls,
        my_recalls,
        feed,
        own_lots,
        find,
        lineage,
        recalls,
        recalls_mine,
        scripts,
        releases,
        session,
        api_inspectors,
        inspectors,
        keys,
        api_mandates,
        mandates,
        people,
        signin,
        stall,
        stock,
        profile,
        supplier,
        labels,
        labels_page,
        invitations,
        process,
        audits,
        inspect_audit,
        inspect_chain,
        inspections,
        search,
        tasks,
        api_cases,
        api_documents,
        document_checks,
        sampling,
        samples,
        cases,
        api_grades,
        grades,
        platform_page,
        api_coverage,
        coverage,
        levels,
        documents,
        api_draws,
        draws,
        reports,
        parties,
        admissions,
        inspect,
        queue,
    ):
        for value in vars(module).values():
            if isinstance(value, Routes):
                app.register_blueprint(value.blueprint)
