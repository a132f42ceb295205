"""POST /api/v1/events/draft: a step, to be signed by its actor; and recipients by name."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.rules import Rule
from suyuan.trace.format.vocabulary import STEPS
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.goods.preview import Preview, preview, severity
from suyuan.trace.recording.usual import Usual
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import parties_in
from suyuan.web.app.access import acting_for, viewer
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.mistakes import FieldError
from suyuan.web.app.problems import of_fields
from suyuan.web.app.routes import SIGNED_IN, Out, Routes
from suyuan.web.context import site
from suyuan.web.text.filters import number_of
from suyuan.web.text.names import lot_titled, titled

from ..ledger.to_sign import (
    EventDraftOut,
    LinksToSignOut,
    disclosures_json,
    link_to_sign,
    questions,
    to_sign,
)
from .step_form import StepDrafts, draft_step
from .step_models import StepIn

routes = Routes("events", tag="Steps")
MOST_FOUND = 12


class WarningOut(BaseModel):
    """A finding that the record would cause: signing is confirmed first, and not refused."""

    rule: str
    severity: str
    title: str
    title_chinese: str
    reason: str
    reason_chinese: str
    field: str | None = Field(description="Where in the form, if it is of one item")


class EventDraftsOut(LinksToSignOut):
    """Links to sign, by this actor, in this order; all or none."""

    drafts: list[EventDraftOut]
    made: list[str] = Field(description="The items that get a new code by it")
    warnings: list[WarningOut]


class RecipientsIn(BaseModel):
    """Whom to look for."""

    q: Annotated[str, Field(min_length=1, max_length=100, description="Part of a name or number")]


class RecipientOut(Out):
    """A party that goods can be sent to."""

    party: str
    name: str | None
    number: str
    roles: list[str]


class RecipientsOut(BaseModel):
    """The first of those found; `more` where there are others."""

    parties: list[RecipientOut]
    more: bool


@routes.post(
    "/events/draft",
    SIGNED_IN,
    limit="recording 240/minute",
    output=EventDraftsOut,
    answers={
        403: "The mandate under which one records is not for this step",
        422: "Values are not as they should be: the one in `field`; all in `mistakes`",
    },
)
def drafted(acting: Acting, reader: Reader, body: StepIn) -> dict[str, Any]:
    """The events that record a step, for whom one records: the same as `suyuan record` makes.

    A remark, a price, a person and the salt of a private file are hidden: of each only a salted
    digest is signed. Hand a draft's `disclosures` in beside its entry.
    A problem of values has the `field` of the first, the kind of `mistake`, and `mistakes` of all
    that are wrong. `warnings` are what the rules of plausibility would find; holds, recalls and
    one's own choice refuse here.
    """
    acting_for.acting(STEPS[body.step].biz_step, field="step")
    ledger, now = site().ledger, site().ledger.now()
    step = draft_step(ledger, reader, acting.uri, body, now)
    drafts = tuple(prepared.draft for prepared in step.drafts)
    foreseen = preview(reader, site().genesis, acting.uri, drafts, now)
    _refuse(foreseen, step.fields)
    names = _names(reader, step, acting)
    links = [
        link_to_sign(
            prepared.draft.subjects(acting.uri),
            prepared.draft.after,
            event=prepared.draft.event,
            disclosures=disclosures_json(prepared.disclosures),
        )
        for prepared in step.drafts
    ]
    return to_sign(acting.uri, links, names, now) | {
        "questions": questions(
            Usual(reader, acting.uri).unusual(draft.event or {} for draft in drafts)
        ),
        "made": sorted(step.names),
        "warnings": [
            {
                "rule": finding.rule,
                "severity": severity(finding).value,
                "title": str(heading(finding.rule).title),
                "title_chinese": heading(finding.rule).title.text("zh"),
                "reason": _named(str(finding.message), names),
                "reason_chinese": _named(finding.message.text("zh"), names),
                "field": step.fields.get(finding.subject),
            }
            for finding in (
                viewer.without_others(reader, item_finding, {acting.uri})
                for item_finding in foreseen.findings
            )
        ],
    }


@routes.get("/recipients", SIGNED_IN, limit="recipients 240/minute")
def recipients(acting: Acting, reader: Reader, query: RecipientsIn) -> RecipientsOut:
    """Parties admitted now whose name has this in it, or whose number: to send goods to."""
    page = parties_in(reader, None, typed=query.q.strip(), most=50)
    size = reader.size()
    known = [
        RecipientOut.of(
            party,
            party=party.uri,
            name=party.name and titled(party.name, party.uri),
            number=number_of(party.uri),
        )
        for party in page.parties
        if party.admitted_at(size) and party.uri != acting.uri
    ]
    is_more = page.after is not None or len(known) > MOST_FOUND
    return RecipientsOut(parties=known[:MOST_FOUND], more=is_more)


def _refuse(foreseen: Preview, fields: dict[str, str]) -> None:
    """Raise the refusals that are foreseen, each at its place in the form."""
    if not foreseen.refused:
        return
    errors: dict[str, FieldError] = {}
    for item, refused in foreseen.refused:
        where = "goods.0.item" if item is None else fields.get(item, "goods.0.item")
        errors.setdefault(where, FieldError(where, str(refused.rule), refused.why))
    places = ["goods.0.item", *fields.values()]  # in the order of the form
    is_large = any(refused.rule is Rule.SIZE for _item, refused in foreseen.refused)
    in_order = sorted(errors.values(), key=lambda error: places.index(error.field))
    raise of_fields(in_order, status=413 if is_large else 422)


def _named(reason: str, names: dict[str, str | None]) -> str:
    """A finding's text, with names for the URIs in it."""
    for uri, name in names.items():
        reason = reason.replace(uri, name or uri)
    return reason


def _names(reader: Reader, step: StepDrafts, acting: Acting) -> dict[str, str | None]:
    """The names of items, parties and places of the drafts, by URI."""
    items = {uri for prepared in step.drafts for uri in prepared.draft.subjects(acting.uri)}
    lots, slips = Lineage(reader).lots(sorted(items)), Slips(reader)
    names: dict[str, str | None] = {acting.uri: acting.name}
    for uri in sorted(items):
        names[uri] = lot_titled(step.names.get(uri) or slips.item_name(uri, lots), uri, lots)
    for prepared in step.drafts:
        for audience in (hidden.audience for hidden in prepared.disclosures):
            names |= {uri: titled(reader.name(uri), uri) for uri in audience.parties}
    for prepared in step.drafts:
        event = prepared.draft.event or {}
        named = [part["destination"] for part in event.get("destinationList", ())]
        named += [event["bizLocation"]["id"]] if "bizLocation" in event else []
        names |= {uri: titled(reader.name(uri), uri) for uri in named}
    return names
