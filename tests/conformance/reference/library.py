"""The project's own rules behind the same question: what is the answer to this entry?"""

import json

from suyuan.trace.admission import chain
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format import link
from suyuan.trace.format.rules import Refused


class Library:
    """A ledger that keeps in memory what was accepted, and answers as `Reference` does."""

    def __init__(self, trust):
        self.state = State(Trust.from_json(json.dumps(trust)).genesis)
        self.seen = {}

    def offer(self, entry):
        """("accepted", index, hash), ("resent", index, hash) or ("refused", rule)."""
        try:
            found = link.parse(entry)
            chain.ledger(found, self.state)
            key = (found.envelope.payload, found.keyid)
            if key in self.seen:
                return "resent", *self.seen[key]
            chain.decide(found, self.state)
        except Refused as refused:
            return "refused", str(refused.rule)
        self.seen[key] = (self.state.apply(found), found.hash)
        return "accepted", *self.seen[key]
