"""Words for the pages' scripts, in the page's language: a script has none of its own."""

from collections.abc import Mapping

from suyuan.trace.steps import STEPS

from . import words
from .counter_words import OUTCOME_WORDS, RESULTS
from .files_shown import KIND_WORDS
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

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


def role(name: str) -> str:
    """A party's role."""
    return str(_ROLES.get(name, name))


def of_scripts() -> Mapping[str, str | Mapping[str, str]]:
    """What scripts say, by name; steps by their business step, units by their code."""
    return {
        "steps": {step.biz_step: str(words.STEP_WORDS[step.name]) for step in STEPS.values()}
        | {"shipping": str(words.STEP_WORDS["dispatch"])},
        "units": _units(),
        "statements": {kind: str(said) for kind, said in _STATEMENTS.items()},
        "fields": {member: str(said) for member, said in {**_FIELDS, **words.FIELDS}.items()},
        "outcomes": {name: str(said) for name, said in OUTCOME_WORDS.items()},
        "results": {name: str(said) for name, said in RESULTS.items()},
        "kinds": {kind: str(said) for kind, said in KIND_WORDS.items()},
        "fates": {fate: str(said) for fate, said in _FATES.items()},
        "counts": {"labels": _("Number of labels"), "items": _("Number of items")},
        "roles": {name: str(said) for name, said in _ROLES.items()},
        "wrong": {
            "name": _("A name is needed."),
            "roles": _("Choose at least one role."),
            "division": _("2, 4, 6, 9 or 12 digits, within your remit."),
            "number": _("No valid number, or admitted already."),
        },
        "readers": {
            "own": _("its own party and inspectors"),
            "named": _("its own party, %(names)s and inspectors"),
            "chain": _("those along the chain of the goods and inspectors"),
            "public": _("everyone"),
        },
        **_labels(),
        **_answers(),
    }


def _units() -> dict[str, str]:
    codes = ("", "KGM", "LTR", "MTR", "GRM", "TNE", "MLT", "C62", "H87", "EA", "PCE")
    bases = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": "C62"}
    found = {uom: str(words.unit(uom or None)) for uom in codes}
    return found | {base: found[uom] for base, uom in bases.items()}


def _labels() -> Mapping[str, str]:
    return {
        "attached": _("%(kind)s (%(type)s, SHA-256 %(sha256)s…)"),
        "kept_browser": _("a browser"),
        "kept_file": _("a file"),
        "kept_hardware": _("a security device"),
        "kept_terminal": _("a shared terminal"),
        "revokes_none": _("no key: none is good"),
        "item": _("Goods"),
        "inputs": _("Made from"),
        "outputs": _("Made"),
        "container": _("Container"),
        "contents": _("Contents"),
        "time": _("Time"),
        "from": _("From"),
        "to": _("To"),
        "yes": _("yes"),
        "no": _("no"),
        "correction": _("Correction"),
        "correction_says": _("an earlier record does not stand"),
        "hidden": _("Hidden"),
        "hidden_says": _("further fields, of which only digests are recorded"),
        "hidden_from": _("%(value)s (hidden; may be read by %(who)s)"),
        "private_file": _("Attachment no. %(number)s"),
        "opened_by": _("hidden; may be opened by %(who)s"),
        "recorded_for": _("Recorded by %(signer)s for %(actor)s"),
    }


def _answers() -> Mapping[str, str]:
    return {
        "working": _("One moment…"),
        "signed": _("Signed and recorded as no. %(index)s."),
        "refused": _("It was refused."),
        "offline": _("No connection: nothing was sent. Please try again."),
        "signed_out": _("You are signed out. Sign in and try again."),
        "limited": _("Too many tries. Please wait a moment."),
        "failed": _("That did not work."),
        "insecure": _(
            "This page was opened without encryption, and browsers sign only on encrypted pages. "
            "Open it by its https address."
        ),
        "algorithms": _(
            "This browser can make no key to sign with. Use another browser or a newer phone, or "
            "the market's terminal, which records for you under a mandate."
        ),
        "storage": _(
            "This browser keeps no keys, as in a private window. Open the page in an ordinary "
            "window, or use the market's terminal, which records for you under a mandate."
        ),
        "no_key": _("This browser has no key of this ledger. Ask for an invitation."),
        "key_elsewhere": _("The key that you signed in with is not in this browser."),
        "sign_in_as": _("Sign in as %(name)s"),
        "signing_in": _("Signing in…"),
        "not_good": _("This key is not good any more, or not enrolled yet."),
        "no_invitation": _("There is no such invitation: it is over or was taken back."),
        "mistyped": _("This is no code of an invitation. Please compare it with the paper."),
        "is_over": _("This invitation is over. Ask for a new one."),
        "taken": _("Another device used this invitation before. If that was not you, say so."),
        "used": _("This invitation has been used."),
        "waiting": _("Waiting until the key is enrolled…"),
        "enrolled": _("The key is enrolled."),
    }
