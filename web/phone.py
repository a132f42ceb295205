"""Words for what a reader's phone checks by itself: its script has none of its own."""

from collections.abc import Mapping

from suyuan.trace.verdicts import State

from . import words
from .texts import Words
from .texts import Words as _l
from .texts import gettext as _

# The states of a verdict, in few words.
STATES: Mapping[State, Words] = {
    State.BROKEN: _l("Broken"),
    State.RECALLED: _l("Recalled"),
    State.CONTAINS_RECALLED: _l("Contains what is recalled"),
    State.ON_HOLD: _l("On hold"),
    State.TEST_FAILED: _l("A test of it failed"),
    State.UNSOURCED: _l("It begins here: no confirmed supplier"),
    State.CONTRADICTED: _l("The records contradict each other"),
    State.LABEL: _l("This label is not in use"),
    State.EXPIRED: _l("Past its shelf life"),
    State.UNDECIDED: _l("Could not be decided"),
    State.VERIFIED: _l("Verified"),
}
# What a file may be besides a link that breaks a rule.
_OF_FILES: Mapping[str, Words] = {
    "file": _l("The evidence is not of the one form that it may have"),
    "checkpoint": _l("The checkpoint is not signed by the log, or a cosignature does not fit"),
    "log": _l("It does not stand in the log at its place"),
    "item": _l("The evidence is not, or not only, about this item"),
    "scope": _l("The list of a hold or a recall does not name what it should"),
    "attachment": _l("A file is enclosed that nothing names"),
    "disclosure": _l("A disclosure is enclosed that nothing commits to"),
    "code": _l("The code is not the one of this item and this holder"),
}
_RULES = ("size", "encoding", "payload", "members", "ledger", "key", "signature", "chain", "items")
_MORE_RULES = ("after", "authority", "statement", "coding")


def of_script() -> Mapping[str, str | Mapping[str, str]]:
    """What the script says, by name."""
    rules = {name: str(words.rule(name)) for name in (*_RULES, *_MORE_RULES)}
    return {
        "fetching": _("Fetching the evidence…"),
        "checking": _("Record %(done)s of %(all)s"),
        "verified": _("Verified on this phone: %(links)s records, %(signatures)s signatures."),
        "broken": _("Broken, says this phone. Do not rely on it."),
        "checked": _(
            "Every record is unchanged and signed, says this phone (%(links)s records, "
            "%(signatures)s signatures). But: %(said)s"
        ),
        "undecided": _("This phone could not decide; nothing that it checked is wrong."),
        "partly": _("Checked in part on this phone, the rest only by the server: %(said)s"),
        "server": _("Not checked on this phone. The server says: %(said)s"),
        "offline": _("Without a network there is no evidence to check."),
        "none": _("The server gives no evidence."),
        "no_https": _("This page came without https, and browsers then check nothing."),
        "no_algorithm": _("This browser cannot check signatures of the kind %(name)s."),
        "unwitnessed": _("It is not yet witnessed: too few witnesses have cosigned it."),
        "newer": _("A part of it is newer than this page, and was not understood."),
        "unread": _("The content of a record is kept in a file that is not enclosed."),
        "cut": _("A long chain is not in it whole: what is between was not checked."),
        "on_phone": _("Checked on this phone"),
        "signatures": _(
            "%(signatures)s signatures; each key was enrolled for its holder before it signed"
        ),
        "hashes": _(
            "the hashes of %(links)s records, the joins between them, and no number missing"
        ),
        "inclusion": _("that each stands in the log, under its signed checkpoint of size %(size)s"),
        "witnesses": _("cosignatures of %(names)s, by which all was recorded by %(time)s"),
        "no_witness": _("no witness is asked: when it was recorded is the server's word"),
        "scopes": _("%(scopes)s entries in lists of holds and recalls"),
        "code": _("that this code is the one of this item and this holder"),
        "with_keys": _("With keys that this site gave"),
        "keys": _(
            "The log's key %(key)s, the authority's key and the witnesses' come from this site's "
            "trust file. Compare them with what the authority has published elsewhere."
        ),
        "by_server": _("Only by the server"),
        "label": _("whether this label's own number was issued, and how often it was scanned"),
        "left_out": _("that nothing was left out, such as a later recall or a revoked key"),
        "record": _("Record no. %(index)s"),
        "time": _("in %(ms)s ms"),
        "rules": rules | {name: str(said) for name, said in _OF_FILES.items()},
        "verdicts": {str(state): str(said) for state, said in STATES.items()},
    }
