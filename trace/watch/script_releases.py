"""Scripts of a release of the pages, and who has recorded them in the ledger.

What signs in a browser is a script that the server gives. So each release's scripts are named in
the ledger by hash, and anybody can compare what a server serves with that (docs/format.md
section 4).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.state import Genesis, State
from suyuan.trace.format.members import Object
from suyuan.trace.format.statements import SCRIPTS_URN
from suyuan.trace.store.read.reader import Reader


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement about a release: its link's index, who made it, and its files by name.

    `counts` where it is the authority's or an officer's of its making; others' are only shown.
    """

    index: int
    actor: str
    name: str | None
    files: Mapping[str, str]
    counts: bool


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each file by its name, in the order of names."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def differences(recorded: Mapping[str, str], served: Mapping[str, str]) -> list[str]:
    """What is served otherwise than it is recorded, in words."""
    differing = [
        f"{name} is not recorded" if name not in recorded else f"{name} is another than recorded"
        for name in sorted(served)
        if recorded.get(name) != served[name]
    ]
    return differing + [f"{name} is recorded, and not served" for name in sorted(recorded)
                    if name not in served]  # fmt: skip


def recorded(reader: Reader, genesis: Genesis, release: str) -> list[Recorded]:
    """The statements about a release, those that count first, then in order of the log."""
    state = State(genesis, reader, reader.size())
    uri = f"{SCRIPTS_URN}{release}"
    records = []
    for head in reader.chains(uri):
        for index, statement in reader.chain_statements(uri, head.actor, "scripts"):
            party = reader.party(head.actor)
            records.append(
                Recorded(
                    index,
                    head.actor,
                    None if party is None else party.name,
                    files_of(statement),
                    is_officer(state, head.actor),
                )
            )
    return sorted(records, key=lambda record: (not record.counts, record.index))


def files_of(statement: Object) -> dict[str, str]:
    """The files that a `scripts` statement names: SHA-256 by name."""
    return {str(file["name"]): str(file["sha256"]) for file in statement["files"]}
