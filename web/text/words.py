"""Words for what links say: steps, units, roles, rules. The msgids are the English ones."""

from collections.abc import Mapping
from typing import Any

from suyuan.trace.admission.chain import step as bare_step
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import INSPECTED, OWN, STEPS

from .files_shown import KIND_WORDS
from .texts import Words
from .texts import Words as _l

# The steps of our own tools, by their name there.
STEP_WORDS: Mapping[str, Words] = {
    "code": _l("Coded at the source"),
    "harvest": _l("Harvested"),
    "catch": _l("Caught"),
    "feed": _l("Fed"),
    "pesticide": _l("Pesticide used"),
    "medicine": _l("Veterinary medicine used"),
    "slaughter": _l("Slaughtered"),
    "make": _l("Made"),
    "cut": _l("Cut up"),
    "mix": _l("Mixed"),
    "repack": _l("Repacked"),
    "pack": _l("Packed"),
    "unpack": _l("Unpacked"),
    "dispatch": _l("Sent"),
    "undo-dispatch": _l("Sending undone"),
    "receive": _l("Received"),
    "refuse": _l("Refused"),
    "return": _l("Sent back"),
    "loss": _l("Loss"),
    "count": _l("Stock counted"),
    "store": _l("Stored"),
    "sell": _l("Sold"),
    "sample": _l("Sample taken"),
    "test": _l("Tested"),
    "destroy": _l("Destroyed"),
}

# Business steps of CBV that our own tools do not write and imports bring.
_CBV_WORDS: Mapping[str, Words] = {
    "accepting": _l("Accepted"),
    "arriving": _l("Arrived"),
    "assembling": _l("Put together"),
    "collecting": _l("Collected"),
    "cycle_counting": _l("Stock counted"),
    "decommissioning": _l("Taken out of use"),
    "departing": _l("Departed"),
    "creating_class_instance": _l("Made"),
    "encoding": _l("Labelled"),
    "entering_exiting": _l("Passed a gate"),
    "holding": _l("Held back"),
    "loading": _l("Loaded"),
    "other": _l("Another step"),
    "packing": _l("Packed"),
    "picking": _l("Picked from stock"),
    "repackaging": _l("Repacked"),
    "repairing": _l("Repaired"),
    "replacing": _l("Replaced"),
    "sampling": _l("Sample taken"),
    "sensor_reporting": _l("Measured"),
    "staging_outbound": _l("Made ready to go"),
    "stocking": _l("Put on the shelf"),
    "transporting": _l("Transported"),
    "unloading": _l("Unloaded"),
    "unpacking": _l("Unpacked"),
}

_UNITS: Mapping[str, Words] = {
    "KGM": _l("kg"),
    "GRM": _l("g"),
    "TNE": _l("tonnes"),
    "LBR": _l("lb"),
    "LTR": _l("litres"),
    "MLT": _l("ml"),
    "MTR": _l("m"),
    "H87": _l("pieces"),
    "C62": _l("pieces"),
    "EA": _l("pieces"),
    "PCE": _l("pieces"),
}

_RULES: Mapping[str, Words] = {
    "entry": _l("The stored bytes were changed after they were recorded"),
    "size": _l("It is larger than a record may be"),
    "encoding": _l("Its envelope cannot be read"),
    "payload": _l("What is signed is not in the one form in which it may be written"),
    "members": _l("Something in it is missing, too much or of the wrong form"),
    "ledger": _l("It was signed for another ledger"),
    "signature": _l("The signature does not fit what is written"),
    "key": _l("The key that signed it was not allowed to"),
    "chain": _l("It does not stand where its chain has it"),
    "items": _l("It is filed under other items than it speaks of"),
    "after": _l("A record that it says it follows is not there, or is not what it was"),
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
LEVELS: Mapping[int, Words] = {  # of recalls
    1: _l("Level I recall, the gravest"),
    2: _l("Level II recall"),
    3: _l("Level III recall, the mildest"),
}
_ROLES: Mapping[str, Words] = {
    "authority": _l("Authority"),
    "office": _l("Office"),
    "producer": _l("Producer"),
    "processor": _l("Processor"),
    "wholesaler": _l("Wholesaler"),
    "retailer": _l("Retailer"),
    "market": _l("Market"),
    "stall": _l("Stall"),
    "caterer": _l("Caterer"),
    "laboratory": _l("Laboratory"),
    "gateway": _l("Gateway for imports"),
}
_KEPT: Mapping[str, Words] = {
    "browser": _l("a browser"),
    "file": _l("a file"),
    "hardware": _l("a security device"),
    "terminal": _l("a shared terminal"),
}
_STATEMENTS: Mapping[str, Words] = {
    "key enrol": _l("Enrol a key"),
    "key revoke": _l("Revoke a key"),
    "party admit": _l("Admit a party"),
    "party change": _l("Change what is recorded of a party"),
    "party leave": _l("End a party's registration"),
    "registrar appoint": _l("Appoint a registrar"),
    "registrar dismiss": _l("Dismiss a registrar"),
    "mandate give": _l("Give a mandate"),
    "mandate withdraw": _l("Withdraw a mandate"),
    "product": _l("Describe a product"),
    "place": _l("Describe a place"),
    "labels issue": _l("Issue labels"),
    "labels void": _l("Void labels"),
    "document": _l("Close a document"),
    "origin": _l("Name an earlier ledger"),
    "erasure": _l("Erase hidden fields"),
    "hold place": _l("Put goods on hold"),
    "hold release": _l("Release goods from hold"),
    "recall order": _l("Order a recall"),
    "recall plan": _l("State the plan of a recall"),
    "recall extend": _l("Extend a recall"),
    "recall clear": _l("Take goods out of a recall"),
    "recall acknowledge": _l("Acknowledge a recall"),
    "recall report": _l("Report on a recall"),
    "recall close": _l("Close a recall"),
    "recall withdraw": _l("Withdraw a recall"),
    "scripts": _l("Record the scripts of a release"),
    "ownership assign": _l("State whose a company prefix, a place or a product is"),
    "ownership dispute": _l("State that it is disputed whose something is"),
    "ownership end": _l("Take back whose something is"),
}
_FIELDS: Mapping[str, Words] = {
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
}
_FATES: Mapping[str, Words] = {
    "recovered": _l("recovered"),
    "sold": _l("sold"),
    "destroyed": _l("destroyed"),
    "remaining": _l("remaining"),
}


def step_words(link: Link, event: Object | None) -> Words | str:
    """What a link records, in a word or two."""
    if link.statement is not None:
        return _l("Labels withdrawn") if link.statement.get("op") == "void" else _l("Labels issued")
    if event is None:
        return _l("A record whose content is kept apart")
    name = own_step(event)
    if name == "test" and isinstance(event.get(INSPECTED), str):
        return _l("Inspected at the counter")
    if name is not None:
        return STEP_WORDS[name]
    bare = bare_step(link) if link.event is not None else event.get("bizStep")
    if not isinstance(bare, str):
        return _type_words(event)
    bare = bare.rsplit("BizStep-", 1)[-1].rsplit("bizstep:", 1)[-1]
    if bare == "commissioning":  # of what is made, as imports have it
        return _type_words(event)
    return _CBV_WORDS.get(bare, bare.removeprefix(OWN))


def business_step(step: str) -> str:
    """A bare business step in words; of one that is none of ours, the step itself."""
    found = next((one.name for one in STEPS.values() if one.biz_step == step), None)
    return step if found is None else str(STEP_WORDS[found])


def own_step(event: Object) -> str | None:
    """The step of ours that the event is, if it is one."""
    said = event.get("bizStep")
    if not isinstance(said, str):
        return None
    bare = said.rsplit("BizStep-", 1)[-1].rsplit("bizstep:", 1)[-1].removeprefix("cbv:")
    is_return = str(event.get("disposition", "")).endswith("returned")
    if bare == "shipping":
        return "return" if is_return else "dispatch"
    found = next((step for step in STEPS.values() if step.biz_step == bare), None)
    is_making = event.get("type") == "TransformationEvent"
    if found is None or (is_making and found.type != "TransformationEvent"):
        return None
    return found.name


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
    return _UNITS["H87"] if uom is None else _UNITS.get(str(uom), str(uom))


def finding(name: str) -> Words:
    """What it means that a record was accepted and has to be reported under this name."""
    return _FINDINGS.get(name, _l("It has to be looked at again."))


def rule(name: str) -> Words:
    """What it means that a stored link breaks a rule."""
    return _RULES.get(name, _l("It is not as the format asks"))


def role(name: str) -> str:
    """A party's role."""
    return str(_ROLES.get(name, name))


def vocabulary() -> dict[str, dict[str, str]]:
    """What links name, in the page's language, by kind; steps by their business step."""
    steps = {step.biz_step: STEP_WORDS[step.name] for step in STEPS.values()}
    told: dict[str, Mapping[str, Words]] = {
        "steps": {**steps, "shipping": STEP_WORDS["dispatch"]},
        "statements": _STATEMENTS,
        "fields": {**_FIELDS, **FIELDS},
        "outcomes": OUTCOME_WORDS,
        "results": RESULTS,
        "kinds": KIND_WORDS,
        "fates": _FATES,
        "roles": _ROLES,
        "kept": _KEPT,
    }
    found = {
        kind: {name: str(said) for name, said in table.items()} for kind, table in told.items()
    }
    return {**found, "units": _units_by_code()}


def _units_by_code() -> dict[str, str]:
    codes = ("", "KGM", "LTR", "MTR", "GRM", "TNE", "MLT", "C62", "H87", "EA", "PCE")
    bases = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": "C62"}
    found = {uom: str(unit(uom or None)) for uom in codes}
    return found | {base: found[uom] for base, uom in bases.items()}
