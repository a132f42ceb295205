"""Words for what links say: steps, units, roles, rules. The msgids are the English ones."""

import re
from collections.abc import Mapping
from typing import Any

from suyuan.trace.admission.chain import step as bare_step
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import INSPECTED, OWN
from suyuan.trace.format.vocabulary import (
    ALLERGENS,
    BY_BIZ_STEP,
    FATES,
    KEPT,
    LICENCES,
    OTHERS,
    ROLES,
    SEVERITIES,
    STATEMENTS,
    STEPS,
    UNITS,
    biz_steps,
    step_named,
    steps_of,
)
from suyuan.trace.format.vocabulary import RESULTS as TEST_RESULTS
from suyuan.trace.inspection.case_kinds import common, fields, kinds
from suyuan.trace.inspection.documents.forms import forms

from .files_shown import KIND_WORDS
from .texts import Words, gettext, translated
from .texts import Words as _l

_TESTS = steps_of("tests")

_RULES: Mapping[str, Words] = {
    "entry": _l("The stored bytes were changed after they were recorded"),
    "size": _l("It is larger than a record may be"),
    "encoding": _l("Its envelope cannot be read"),
    "payload": _l("What is signed is not in the one form in which it may be written"),
    "members": _l("Something in it is missing, too much or of the wrong form"),
    "ledger": _l("It was signed for another ledger"),
    "signature": _l("The signature does not fit what is written"),
    "key": _l("The key that signed it was not allowed to"),
    "chain": _l("It does not stand where it says"),
    "items": _l("It is filed under other items than it speaks of"),
    "after": _l("An earlier record that it refers to is missing, or was changed"),
    "authority": _l("Its actor had no right to state this"),
    "statement": _l("What it states did not fit what held then"),
    "coding": _l("Another party had coded this item first"),
    "hold": _l("It was sent or sold while it was on hold or recalled"),
    "stock": _l("Its actor passed on more than it had"),
    "pace": _l("Its actor recorded too much, too fast, of what another began"),
    "log": _l("No signed checkpoint covers it"),
}

# What was accepted and has to be reported.
_FINDINGS: Mapping[str, Words] = {
    "event-id": _l("Another event has been given the same number."),
    "quantity": _l("Its quantity cannot be converted exactly."),
    "identifier": _l("An identifier in it has a wrong length, digit or escape."),
    "code": _l("Its trace code names something else already."),
    "document": _l("The document that it was made from is not recorded whole."),
}

# Fields of an event that are shown as they stand, in this order.
FIELDS: Mapping[str, Words] = {
    "suyuan:substance": _l("Substance"),
    "suyuan:dose": _l("Dose"),
    "suyuan:withdrawalDays": _l("Days to wait before harvest"),
    "suyuan:result": _l("Result"),
    "suyuan:certificate": _l("Certificate"),
    "suyuan:sheet": _l("Sampling sheet"),
    "suyuan:limits": _l("Limit"),
    "suyuan:values": _l("Value found"),
    "suyuan:reason": _l("Reason"),
    "suyuan:note": _l("Remark"),
    "suyuan:price": _l("Price"),
    "suyuan:person": _l("Done by"),
    "suyuan:spec": _l("Specification"),
    "suyuan:producer": _l("Producer"),
    "suyuan:purchased": _l("Bought on"),
}

RESULTS: Mapping[str, Words] = {
    "pass": _l("All right"),
    "objection": _l("Objection"),
    "unfit": _l("Not fit to be sold"),
}
OUTCOME_WORDS: Mapping[str, Words] = {
    "quantity": _l("The quantity differs"),
    "no-label": _l("No label"),
    "wrong-label": _l("A label of something else"),
    "spoiled": _l("Spoiled"),
    "expired": _l("Past its shelf life"),
    "storage": _l("Kept too warm, or dirty"),
    "papers": _l("Papers missing"),
    "stopped": _l("On sale though stopped or recalled"),
}
CHECK_WORDS: Mapping[str, Words] = {  # answers of a checklist
    "pass": _l("Right"),
    "fail": _l("Not right"),
    "none": _l("Does not apply"),
}
LEVELS: Mapping[int, Words] = {  # of recalls
    1: _l("Level I recall, the gravest"),
    2: _l("Level II recall"),
    3: _l("Level III recall, the mildest"),
}
# Members of statements, events and master data.
LABELS: Mapping[str, Words] = {
    "party": _l("Party"),
    "to": _l("For"),
    "name": _l("Name"),
    "roles": _l("Roles"),
    "division": _l("Division"),
    "places": _l("Places"),
    "gs1": _l("GS1 company prefixes"),
    "part_of": _l("Part of"),
    "remit": _l("Remit"),
    "keyid": _l("Check letters"),
    "kept": _l("Kept in"),
    "revokes": _l("Revokes"),
    "compromised_since": _l("Lost since record no."),
    "reason": _l("Reason"),
    "steps": _l("Steps"),
    "from": _l("From"),
    "until": _l("Until"),
    "paper": _l("Paper with SHA-256"),
    "uri": _l("Number"),
    "spec": _l("Specification"),
    "category": _l("Category"),
    "unit": _l("Unit"),
    "conversions": _l("Conversions"),
    "shelf_life_days": _l("Shelf life in days"),
    "sha256": _l("SHA-256"),
    "size": _l("Bytes"),
    "names": _l("Names in other languages"),
    "description": _l("Description"),
    "photos": _l("Photos"),
    "coordinates": _l("Coordinates"),
    "ingredients": _l("Ingredients"),
    "allergens": _l("Allergens"),
    "storage": _l("Storage"),
    "net": _l("Net content"),
    "standard": _l("Standard"),
    "licences": _l("Licences"),
    "person": _l("Responsible person"),
    "phone": _l("Telephone"),
    "links": _l("Number of records"),
    "level": _l("Level"),
    "drill": _l("A drill"),
    "known": _l("Known since"),
    "planned": _l("Plan made"),
    "quantities": _l("Quantities"),
    "missing": _l("Missing"),
    "files": _l("Files"),
    "index": _l("Record no."),
    "hash": _l("Hash"),
    "kind": _l("Kind"),
    "stage": _l("Stage"),
    "of": _l("Rests on"),
    "shows": _l("Shows to everyone"),
    "said": _l("It says"),
    "form": _l("Form"),
    "number": _l("Number"),
    "capacity": _l("Signs as"),
    "beacon": _l("Source of chance"),
    "round": _l("Its round"),
    "value": _l("Its value"),
    "pool": _l("List of those drawn from"),
    "inspectors": _l("List of inspectors"),
    "parameters": _l("Parameters"),
    "nonce": _l("Secret number"),
    "ledger": _l("Earlier ledger"),
    "release": _l("Release"),
    "bizLocation": _l("Place"),
    "readPoint": _l("Place"),
    "bizTransactionList": _l("Documents"),
    "sensorElementList": _l("Measured"),
    "suyuan:attachments": _l("Attachments"),
    "suyuan:supplier": _l("Supplier"),
    "suyuan:quantities": _l("A second measure"),
    "suyuan:difference": _l("Difference"),
    "suyuan:product": _l("Product"),
    "suyuan:productId": _l("Product number"),
    "suyuan:productionDate": _l("Made on"),
    "suyuan:shelfLifeDays": _l("Shelf life in days"),
    "suyuan:origin": _l("Origin"),
    "suyuan:lot": _l("Lot number"),
    "suyuan:category": _l("Category"),
    "suyuan:of": _l("Number of the dispatch that is undone"),
    "suyuan:inspected": _l("At the counter of"),
    "suyuan:inspectors": _l("Inspectors"),
    "suyuan:checks": _l("Checklist"),
    "suyuan:inspection": _l("Kind of inspection"),
    "suyuan:unsigned": _l("Nobody of the shop signed"),
    "suyuan:found": _l("Found"),
    "suyuan:outcomes": _l("Objections"),
    "suyuan:recipient": _l("Recipient"),
    "suyuan:proof": _l("Proof of conformity"),
    "suyuan:tested": _l("Test result"),
    "suyuan:yield": _l("Outputs weigh so many times the inputs"),
    "suyuan:driver": _l("Driver"),
    "suyuan:vehicle": _l("Number plate"),
    "suyuan:contact": _l("Contact"),
    "suyuan:buyer": _l("Buyer"),
    "suyuan:amount": _l("Sum"),
    "suyuan:remark": _l("Remark"),
    "uscc": _l("Unified social credit code"),
    "address": _l("Address"),
    "contact": _l("Contact"),
    **FIELDS,
}


def step_words(link: Link, event: Object | None) -> Words | str:
    """What a link records, in a word or two."""
    stated = link.statement
    if stated is not None and stated["type"] != "labels":
        return Words(STATEMENTS[" ".join(filter(None, (stated["type"], stated.get("op"))))].words)
    if stated is not None:
        return _l("Labels withdrawn") if stated.get("op") == "void" else _l("Labels issued")
    if event is None:
        return _l("A record whose content is in a separate file")
    name = own_step(event)
    if name in _TESTS and isinstance(event.get(INSPECTED), str):
        return _l("Inspected at the counter")
    if name is not None:
        return Words(STEPS[name].words)
    bare = bare_step(link) if link.event is not None else event.get("bizStep")
    if not isinstance(bare, str):
        return _type_words(event)
    bare = bare.rsplit("BizStep-", 1)[-1].rsplit("bizstep:", 1)[-1]
    if bare in biz_steps("codes"):  # of what is made, as imports have it
        return _type_words(event)
    if bare in BY_BIZ_STEP:
        return Words(BY_BIZ_STEP[bare].words)
    # Of a step of somebody else's its own word: what stands last in its URI.
    return Words(OTHERS[bare]) if bare in OTHERS else re.split("[:/#]", bare.removeprefix(OWN))[-1]


def test_result(text: str) -> str:
    """A test's result: the word that it begins with in the page's language, the rest as it is."""
    word = re.match(r"\w*", text)
    assert word is not None
    known = TEST_RESULTS.get(word[0])
    return text if known is None else f"{gettext(known)}{text[word.end() :]}"


def business_step(step: str) -> str:
    """A bare business step in words; of one that is none of ours, the step itself."""
    return gettext(BY_BIZ_STEP[step].words) if step in BY_BIZ_STEP else step


def own_step(event: Object) -> str | None:
    """The step of ours that the event is, if it is one."""
    uri = event.get("bizStep")
    if not isinstance(uri, str):
        return None
    bare = uri.rsplit("BizStep-", 1)[-1].rsplit("bizstep:", 1)[-1].removeprefix("cbv:")
    step = step_named(bare, str(event.get("disposition", "")))
    is_making = event.get("type") == "TransformationEvent"
    if step is None or (is_making and step.type != "TransformationEvent"):
        return None
    return step.name


def _type_words(event: Object) -> Words:
    kinds = {
        "TransformationEvent": _l("Made"),
        "AggregationEvent": _l("Packed"),
        "AssociationEvent": _l("Put together"),
        "TransactionEvent": _l("Traded"),
    }
    return kinds.get(str(event.get("type")), _l("Recorded"))


def unit(uom: Any) -> Words | str:
    """A unit of measure in words; its code where there are none."""
    known = UNITS.get("H87" if uom is None else str(uom))
    return str(uom) if known is None or known.words is None else Words(known.words)


def finding(name: str) -> Words:
    """What it means that a record was accepted and has to be reported under this name."""
    return _FINDINGS.get(name, _l("It has to be looked at again."))


def rule(name: str) -> Words:
    """What it means that a stored link breaks a rule."""
    return _RULES.get(name, _l("It is not as the format asks"))


def severity(name: str) -> str:
    """How bad a finding is, if it is right: the one word for it on all pages."""
    return gettext(SEVERITIES[name])


def role(name: str) -> str:
    """A party's role."""
    return gettext(ROLES[name].words) if name in ROLES else name


# As what somebody signs a document (documents/signed.py).
CAPACITIES = {
    "officer": _l("an inspector"),
    "party": _l("the party"),
    "withdrawn": _l("the party, taking its confirmation back"),
}


def vocabulary() -> dict[str, dict[str, str]]:
    """What links name, in the page's language, by kind; steps by their business step."""
    tables: dict[str, Mapping[str, Words]] = {
        "steps": {step: _l(step_form.words) for step, step_form in BY_BIZ_STEP.items()},
        "statements": {name: _l(statement.words) for name, statement in STATEMENTS.items()},
        "fields": LABELS,
        "outcomes": OUTCOME_WORDS,
        "results": RESULTS,
        "kinds": KIND_WORDS,
        "fates": {name: _l(text) for name, text in FATES.items()},
        "licences": {name: _l(text) for name, text in LICENCES.items()},
        "allergens": {name: _l(text) for name, text in ALLERGENS.items()},
        "roles": {name: _l(role.words) for name, role in ROLES.items()},
        "kept": {name: _l(text) for name, text in KEPT.items()},
        "severities": {name: _l(text) for name, text in SEVERITIES.items()},
    }
    shown = {
        kind: {name: str(text) for name, text in table.items()} for kind, table in tables.items()
    }
    of_cases = {
        "cases": {kind.name: translated(kind.text) for kind in kinds().values()},
        "stages": {
            stage.name: translated(stage.text)
            for stages in (common(), *(kind.stages for kind in kinds().values()))
            for stage in stages.values()
        },
        "forms": {form.name: translated(form.text) for form in forms().values()},
        "capacities": {name: str(text) for name, text in CAPACITIES.items()},
        "said": {field.name: translated(field.text) for field in fields().values()},
        "choices": {
            f"{field.name} {choice}": translated(text)
            for field in fields().values()
            for choice, text in field.choices.items()
        },
    }
    return {**shown, **of_cases, "units": _units_by_code()}


def _units_by_code() -> dict[str, str]:
    named = [code for code, unit_form in UNITS.items() if unit_form.words is not None]
    firsts = {unit_form.base: str(unit(code)) for code, unit_form in reversed(list(UNITS.items()))}
    return {uom: str(unit(uom or None)) for uom in ("", *named)} | firsts
