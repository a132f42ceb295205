"""What the script says that checks a page's evidence on its reader's phone."""

from collections.abc import Mapping

from suyuan.trace.goods.verdicts import State
from suyuan.web.app.scripts import script_texts
from suyuan.web.text import words
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l

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


def of_script() -> Mapping[str, Mapping[str, str]]:
    """What the script says: its texts by their English, rules and verdicts by their names."""
    rules = {name: str(words.rule(name)) for name in (*_RULES, *_MORE_RULES)}
    return {
        "texts": script_texts("verify/page.js"),
        "rules": rules | {name: str(said) for name, said in _OF_FILES.items()},
        "verdicts": {str(state): str(said) for state, said in STATES.items()},
    }
