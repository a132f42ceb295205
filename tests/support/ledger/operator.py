"""A hostile operator: it has the log's true key, the database and the server, and no party's key.

An attempt is two histories under one key, or one that breaks a rule. Each observer looks at what
the operator shows in the end, once without and once with a memory of what was shown before.
"""

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from support.goods.evidence import Leaves, file_of
from support.ledger.commands import suyuan
from support.ledger.world import Actor, World, event
from support.watch.replica import (
    Log,
    Swapped,
    a_city,
    chained,
    client,
    database,
    entries_of,
    over_http,
    trust_file,
)
from support.watch.witnessing import Village, ask_of

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence import closure
from suyuan.trace.evidence.receipt_check import compare, parse
from suyuan.trace.format.link import link_hash
from suyuan.trace.goods import history
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tlog_proof, tlog_witness
from suyuan.trace.log.fetch import Fetched, Fetcher
from suyuan.trace.log.policy import Policy
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.watch import alarms
from suyuan.trace.watch.witness.auditing_witness import Auditor
from suyuan.trace.watch.witness.witness import Keeper, LogToWitness, Witness

WITNESS, AUDITING = "witness.example/plain", "witness.example/auditing"
SIGNERS = {name: LocalSigner.from_seed(name[-8:].encode() * 4) for name in (WITNESS, AUDITING)}


class Outcome(NamedTuple):
    """An observer's answer: 0 nothing is wrong, 1 a finding, 3 not accepted or not decided."""

    code: int
    text: str


@dataclass(frozen=True)
class Attempt:
    """Two histories of an operator: `common` was seen by all, then come `first` and `second`.

    Who has a memory was shown `common` and `first`; the database, and everyone in the end, has
    `common` and `second`. Of those the operator leaves `hidden` out of evidence files about
    `item`. Without `has_receipt` nothing hostile was ever acknowledged.
    """

    common: list[bytes]
    first: list[bytes]
    second: list[bytes]
    item: str
    hidden: tuple[bytes, ...] = ()
    has_receipt: bool = True

    @property
    def shown_before(self) -> list[bytes]:
        return self.common + self.first

    @property
    def shown(self) -> list[bytes]:
        return self.common + self.second


@dataclass
class Place:
    """A city whose farm sent a lot to a stall, before the operator's attempt."""

    world: World
    lot: str
    common: list[bytes] = field(default_factory=list)

    @property
    def trust(self) -> Trust:
        return self.world.trust

    @property
    def stall(self) -> Actor:
        return self.world.stall

    def then(self, *made: Callable[[list[bytes]], bytes]) -> list[bytes]:
        """Genuine links behind the common ones, each signed as if those were all."""
        entries = list(self.common)
        for make in made:
            entries.append(make(entries))
        return entries[len(self.common) :]

    def destroys(self, entries: Sequence[bytes]) -> bytes:
        """The link that the operator would rather not have: the stall destroys the lot."""
        return chained(self.world, self.stall, entries, event=event("destroy", self.lot, "30"))

    def other(self, entries: Sequence[bytes]) -> bytes:
        """A link that has nothing to do with it."""
        lot = self.world.new_lot()
        return chained(self.world, self.world.farm, entries, event=event("code", lot, "7"))

    def revokes(self, entries: Sequence[bytes]) -> bytes:
        """The stall's key is stolen, and the authority revokes it."""
        revocation = acts.revoke(self.stall.uri, self.stall.signer.public.keyid)
        return chained(self.world, self.world.authority, entries, statement=revocation)

    def counts(self, kilos: str) -> Callable[[list[bytes]], bytes]:
        """A link by the stall's key, be it the thief's."""
        return lambda entries: chained(
            self.world, self.stall, entries, event=event("count", self.lot, kilos)
        )


def a_place(home: Path) -> Place:
    world = a_city(World(home), 0)
    lot = world.coded_lot(world.farm)
    world.hand_over(world.farm, world.stall, lot)
    return Place(world, lot, entries_of(world.ledger))


# What the operator does.


def fork_of_one_size(at: Place) -> Attempt:
    return Attempt(at.common, at.then(at.destroys), at.then(at.other), at.lot)


def fork_of_two_sizes(at: Place) -> Attempt:
    return Attempt(at.common, at.then(at.destroys), at.then(at.other, at.other), at.lot)


def revocation_dropped(at: Place) -> Attempt:
    """Acknowledged with a receipt, then left out; the thief's link stands in its place."""
    return Attempt(at.common, at.then(at.revokes), at.then(at.counts("29"), at.other), at.lot)


def revocation_never_logged(at: Place) -> Attempt:
    return Attempt(at.common, [], at.then(at.counts("29")), at.lot, has_receipt=False)


def revocation_kept_out_of_files(at: Place) -> Attempt:
    """It is in the log, the revoked key's link behind it, and no evidence file shows it."""
    revocation, thief = at.then(at.revokes, at.counts("29"))
    return Attempt(at.common, [], [revocation, thief], at.lot, (revocation,))


def second_of_a_number(at: Place) -> Attempt:
    """The stall signs two links of one number, and files show the one that suits."""
    (first,), (second,) = at.then(at.counts("29")), at.then(at.counts("3"))
    return Attempt(at.common, [], [first, second], at.lot, (first,))


def rewritten_tail(at: Place) -> Attempt:
    first = at.then(at.destroys, at.other, at.other)
    return Attempt(at.common, first, at.then(*[at.other] * 4), at.lot)


def restored_backup(at: Place) -> Attempt:
    """Three links are lost, one came since."""
    return Attempt(at.common, at.then(at.destroys, *[at.other] * 2), at.then(at.other), at.lot)


def restored_backup_gone_on(at: Place) -> Attempt:
    first = at.then(at.destroys, *[at.other] * 2)
    return Attempt(at.common, first, at.then(*[at.other] * 5), at.lot)


def checkpoint_not_stored(at: Place) -> Attempt:
    """Signed and shown to one client, never committed: the next link has its index."""
    return Attempt(at.common, at.then(at.destroys), at.then(*[at.other] * 2), at.lot)


ATTEMPTS = {
    "fork, one size": fork_of_one_size, "fork, two sizes": fork_of_two_sizes,
    "revocation dropped": revocation_dropped, "revocation never logged": revocation_never_logged,
    "revocation kept out of files": revocation_kept_out_of_files,
    "second link of a number": second_of_a_number, "rewritten tail": rewritten_tail,
    "restored backup": restored_backup, "restored backup, gone on": restored_backup_gone_on,
    "checkpoint not stored": checkpoint_not_stored,
}  # fmt: skip


class Theatre:
    """One attempt, played before one observer at a time."""

    def __init__(self, place: Place, attempt: Attempt, folder: Path) -> None:
        self.place, self.attempt, self.folder = place, attempt, folder
        self.before = self._log(attempt.shown_before)
        self.after = self._log(attempt.shown)
        self.trust = place.trust

    def _log(self, entries: Sequence[bytes]) -> Log:
        return Log(entries, self.place.world.log)

    def known(self, has_memory: bool) -> Log:
        """The log that an observer saw before: another history, or this one's beginning."""
        return self.before if has_memory else self._log(self.attempt.common)

    # The consumer.

    def consumer(self, has_memory: bool, name: str | None, folder: Path) -> Outcome:
        """`suyuan verify FILE`, the trust file asking for this witness, which knows its log."""
        trust, note = self.trust, self.after.note()
        if name is not None:
            key = CosignerKey.of(name, SIGNERS[name].public)
            auditing = (AUDITING,) if name == AUDITING else ()
            policy = Policy.of(trust.log, [key], 1).text()
            trust = replace(trust, policy=policy, auditing=auditing)
            answer = self._cosigned(has_memory, name, folder)
            if answer.code == 0:
                note = notes.merge(note, [notes.parse(f"{note}{answer.text}").signatures[-1]])
        file = folder / "lot.suyuan"
        file.write_bytes(replace(self._file(folder), checkpoint=note).encode())
        return _run("verify", file, "--trust", trust_file(folder, trust))

    def _file(self, folder: Path):
        """The evidence file of an exporter to whom the hidden links are not shown."""
        attempt = self.attempt
        visible = [entry for entry in attempt.shown if entry not in attempt.hidden]
        with (
            database(self.place.world, visible, folder / "exporter") as ledger,
            ledger.reading() as reader,
        ):
            whole = history.whole(reader, self.trust.genesis, attempt.item)
            made = closure.bundle(reader, whole, ledger.attachments.get)
        indexes = [attempt.shown.index(entry.entry) for entry in made.entries]
        return file_of(attempt.shown, attempt.item, indexes, self.place.world.log)

    # Witnesses.

    def witness(self, has_memory: bool, name: str, folder: Path) -> Outcome:
        answer = self._cosigned(has_memory, name, folder)
        return answer if answer.code else Outcome(0, "cosigned")

    def _cosigned(self, has_memory: bool, name: str, folder: Path) -> Outcome:
        """The answer of a witness that cosigned before: its lines where it cosigns again."""
        seen = Swapped(self.known(has_memory))
        witness = self._witness(name, folder / "witness", seen)
        assert witness.add_checkpoint(_offer(seen.log, 0)).status == 200
        old, seen.log = seen.log.size, self.after
        answer = witness.add_checkpoint(_offer(self.after, min(old, self.after.size)))
        code = {200: 0, 422: 1, 409: 3}[answer.status]
        return Outcome(code, answer.body.decode())

    def _witness(self, name: str, folder: Path, log) -> Witness:
        origin = self.trust.origin
        keeper = Keeper(folder)
        keeper.begin(origin)
        is_auditing = name == AUDITING
        audited = self.trust if is_auditing else None
        logs = {origin: LogToWitness((self.trust.log,), "http://127.0.0.1:1/log", audited)}
        audit = Auditor(folder, logs, {origin: log}) if is_auditing else None
        return Witness(name, SIGNERS[name], logs, keeper, audit=audit)

    # The supplier, or whoever asked for the revocation.

    def receipt(self, has_memory: bool, folder: Path) -> Outcome:
        """A receipt of the newest link that was acknowledged, held against the log."""
        if not self.attempt.has_receipt and has_memory:
            return Outcome(0, "there is no receipt: that is all that its sender knows")
        log = self.known(has_memory)
        index = log.size - 1
        proof = proofs.inclusion(index, log.size, Leaves(log.entries))
        text = json.dumps(
            {
                "hash": link_hash(log.entries[index]),
                "index": index,
                "proof": tlog_proof.encode(index, proof, log.note()),
            }
        )
        reader = client(self.after, self.trust)
        _, now = reader.checkpoint()
        receipt = parse(text, self.trust.log)
        finding = compare(receipt, now.size, now.root, reader.hashes(now))
        return Outcome(0, "still there") if finding is None else Outcome(1, finding.reason)

    # The monitor.

    def monitor(self, has_memory: bool, folder: Path) -> Outcome:
        with over_http(self.known(has_memory)) as (url, server):
            trust = trust_file(folder, self.trust)
            command = ["monitor", url, "--once", "--trust", trust, "--folder", folder / "watch"]
            assert _run(*command).code == 0
            server.log = self.after
            return _run(*command)

    def monitor_with_witness(self, has_memory: bool, folder: Path) -> Outcome:
        """A monitor that begins today, beside a witness that does not."""
        known = self.known(has_memory)
        witness = self._witness(WITNESS, folder / "witness", known)
        assert witness.add_checkpoint(_offer(known, 0)).status == 200
        with over_http(self.after) as (url, _), over_http(_Served(witness, self.trust)) as (ask, _):
            return _run(
                "monitor", url, "--once", "--trust", trust_file(folder, self.trust),
                "--folder", folder / "watch", "--witness", ask,
            )  # fmt: skip

    # Audits.

    def audit(self, has_memory: bool, folder: Path) -> Outcome:
        """`suyuan audit` in the operator's own home, with a checkpoint kept elsewhere."""
        path = folder / "checkpoint"
        path.write_text(self.known(has_memory).note(), encoding="utf-8")
        home = folder / "home"
        with database(self.place.world, self.attempt.shown, home):
            return _run("audit", "--home", home, "--checkpoint", path)

    def audit_url(self, has_memory: bool, folder: Path) -> Outcome:
        """`suyuan audit --url`, with a folder that an earlier run left."""
        with over_http(self.known(has_memory)) as (url, server):
            command = ["audit", "--url", url, "--trust", trust_file(folder, self.trust)]
            command += ["--folder", folder / "audited"]
            assert _run(*command).code == 0
            server.log = self.after
            return _run(*command)

    def start(self, has_memory: bool, folder: Path) -> Outcome:
        """The ledger's own question to its witness, a plain one, when it starts."""
        known = self.known(has_memory)
        village, stand_in = Village(folder / "witnesses"), _World(self.place.world)
        with (
            contextlib.closing(village),
            database(self.place.world, self.attempt.shown, folder / "home") as ledger,
        ):
            stand_in.home, stand_in.ledger = ledger.home, ledger
            seat = village.witness(WITNESS, stand_in)
            with Fetcher(seat.url) as fetcher:
                assert fetcher.post("add-checkpoint", _offer(known, 0)).status == 200
            ask_of(stand_in, [seat], 1)
            raised = alarms.check(ledger).raised
        stopping = [alarm.reason for alarm in raised if alarm.stops]
        assert len(raised) == len(stopping)
        return Outcome(1 if stopping else 0, "; ".join(stopping))


OBSERVERS: dict[str, Callable[[Theatre, bool, Path], Outcome]] = {
    "file": lambda play, memory, at: play.consumer(memory, None, at),
    "file, witness": lambda play, memory, at: play.consumer(memory, WITNESS, at),
    "file, auditing witness": lambda play, memory, at: play.consumer(memory, AUDITING, at),
    "receipt": Theatre.receipt, "monitor": Theatre.monitor,
    "monitor `--witness`": Theatre.monitor_with_witness,
    "witness": lambda play, memory, at: play.witness(memory, WITNESS, at),
    "auditing witness": lambda play, memory, at: play.witness(memory, AUDITING, at),
    "`audit`": Theatre.audit, "`audit --url`": Theatre.audit_url, "start": Theatre.start,
}  # fmt: skip


class _World:
    """As much of a world as a policy and a witness ask for."""

    def __init__(self, world: World) -> None:
        self.trust = world.trust
        self.home: Path
        self.ledger: Ledger


class _Served:
    """A witness's checkpoint for readers, as a fetcher gives it."""

    def __init__(self, witness: Witness, trust: Trust) -> None:
        self.witness, self.name = witness, f"{origin_hash(trust.origin)}/checkpoint"

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        assert path == self.name
        answer = self.witness.latest(path.partition("/")[0])
        return Fetched(answer.status, answer.content_type, answer.body)


def _offer(log: Log, old: int) -> bytes:
    proof = proofs.consistency(old, log.size, Leaves(log.entries))
    return tlog_witness.encode_request(old, proof, log.note())


def _run(*arguments: object) -> Outcome:
    """A command's exit code and output."""
    code, out, err = suyuan(*arguments)
    return Outcome(code, out + err)
