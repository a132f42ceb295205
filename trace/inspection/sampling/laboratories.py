"""Laboratories of the ledger, and which of them tests the reserve part: drawn, never the first.

The rank of a laboratory is HMAC-SHA256 over `retest|<its URI>`, and the lowest is drawn (SAMR
Order 15, article 33). The key is the SHA-256 of the hashes of the case's opening, the party's
application and the office's acceptance: who applies cannot try until it likes the laboratory.
"""

import hashlib
import hmac

from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.state import Genesis, State
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.cases import Case
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import of_role

LABORATORIES = frozenset(roles_of("examines")) & frozenset(roles_of("records"))


def laboratories(reader: Reader, genesis: Genesis) -> list[str]:
    """The laboratories here that the authority itself has registered as such, by URI."""
    verifier = Verifier(reader, genesis)
    found = {one.uri for role in LABORATORIES for one in of_role(reader, role)}
    return sorted(uri for uri in found if verifier.is_examiner(uri))


def offices(reader: Reader, genesis: Genesis) -> list[str]:
    """The offices that the authority itself has registered, and the authority, by URI."""
    state = State(genesis, reader, reader.size())
    found = {one.uri for role in roles_of("officer") for one in of_role(reader, role)}
    return sorted(uri for uri in found if is_officer(state, uri))


def seed(case: Case) -> bytes | None:
    """The key of the draw of a case's retest; None where none was taken up."""
    named = case.stage("retest-asked"), case.stage("retest-accepted")
    hashes = [one.link.hash for one in (case.stages[0], *named) if one is not None]
    if len(hashes) <= len(named):
        return None
    return hashlib.sha256("|".join(hashes).encode()).digest()


def rank(key: bytes, uri: str) -> bytes:
    """The rank of a laboratory in a draw: of the lowest it is."""
    return hmac.digest(key, f"retest|{uri}".encode(), "sha256")


def drawn(case: Case, pool: list[str], first: set[str]) -> list[str]:
    """The laboratories of a pool in the order in which they are drawn, without the first one."""
    key = seed(case)
    if key is None:
        return []
    return sorted((uri for uri in pool if uri not in first), key=lambda uri: rank(key, uri))


def first_of(case: Case) -> set[str]:
    """Those that have tested the sample already."""
    named = {one.said.get("laboratory") for one in case.stages if one.name == "delivered"}
    return {str(uri) for uri in named if uri is not None}


def retesting(case: Case) -> str | None:
    """The laboratory that was drawn to test the reserve part; None where none was yet."""
    stage = case.stage("retest-drawn")
    return None if stage is None else stage.said.get("laboratory")
