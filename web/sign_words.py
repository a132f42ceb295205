"""Words for the pages' scripts, in the page's language: a script has none of its own."""

from collections.abc import Mapping

from suyuan.trace.steps import STEPS

from . import words
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


def role(name: str) -> str:
    """A party's role."""
    return str(_ROLES.get(name, name))


def of_scripts() -> Mapping[str, str | Mapping[str, str]]:
    """What scripts say, by name; steps by their business step, units by their code."""
    return {
        "steps": {step.biz_step: str(words.STEP_WORDS[step.name]) for step in STEPS.values()}
        | {"shipping": str(words.STEP_WORDS["dispatch"])},
        "units": {uom: str(words.unit(uom or None)) for uom in ("", "KGM", "LTR", "MTR", "GRM")},
        "statements": {
            "key enrol": _("Enrol a key"),
            "key revoke": _("Revoke a key"),
            "party admit": _("Admit a party"),
            "mandate give": _("Give a mandate"),
            "mandate withdraw": _("Withdraw a mandate"),
        },
        "roles": {name: str(said) for name, said in _ROLES.items()},
        "wrong": {
            "name": _("A name is needed."),
            "roles": _("Choose at least one role."),
            "division": _("2, 4, 6, 9 or 12 digits, within your remit."),
            "number": _("No valid number, or admitted already."),
        },
        **_labels(),
        **_answers(),
    }


def _labels() -> Mapping[str, str]:
    return {
        "party": _("Party"),
        "name": _("Name"),
        "role": _("Roles"),
        "division": _("Division"),
        "for": _("For"),
        "check": _("Check letters"),
        "kept": _("Kept in"),
        "kept_browser": _("a browser"),
        "kept_file": _("a file"),
        "kept_hardware": _("a security device"),
        "kept_terminal": _("a shared terminal"),
        "revokes": _("Revokes"),
        "revokes_none": _("no key: none is good"),
        "item": _("Goods"),
        "time": _("Time"),
        "from": _("From"),
        "to": _("To"),
        "reason": _("Reason"),
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
