"""Shared by benchmarks: ready-made links, the rate of verifying them, and a compiled program."""

import compileall
import hashlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
from support.ledger.world import ORIGIN, ROOT, Actor, World, free_port
from support.web.served import running

from suyuan.keys import base64, dsse
from suyuan.keys.verification import reference
from suyuan.trace.format.link import PAYLOAD_TYPE

ROUNDS = int(os.environ.get("SUYUAN_BENCH_ROUNDS", "5"))
KEYS = 10
PER_CHAIN = 5

# Compiled now: a process that did it would spend half a second of what is measured. That the
# shell forbids no bytecode, conftest.py sees to.
for _folder in ("keys", "trace", "web", "tests/bench", "tests/support"):
    compileall.compile_dir(ROOT / _folder, quiet=1)


def size(name: str, small: int) -> int:
    """How large a benchmark is: SUYUAN_BENCH_<NAME>, or small enough for every day."""
    return int(os.environ.get(f"SUYUAN_BENCH_{name}", str(small)))


def sizes(largest: int) -> list[int]:
    """10,000, then ten times as many each time, up to the largest."""
    made = [10_000]
    while made[-1] * 10 <= largest:
        made.append(made[-1] * 10)
    return made if made[-1] == largest else [*made, largest]


def farms(world: World, count: int = KEYS) -> list[Actor]:
    return [world.party(f"{n} 号农场", "producer") for n in range(count)]


def signed(actor: Actor, count: int, salt: str) -> Iterator[bytes]:
    """Links of about 600 bytes of payload, in chains of five, signed and never offered yet."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = 0
    for chain in range((count + PER_CHAIN - 1) // PER_CHAIN):
        digest = hashlib.sha256(f"{salt}/{actor.uri}/{chain}".encode()).hexdigest()
        item, prev = f"urn:x:lot:{digest[:24]}", None
        for seq in range(min(PER_CHAIN, count - made)):
            payload = {
                "actor": actor.uri,
                "after": [],
                "event": {
                    "action": "OBSERVE",
                    "bizStep": "urn:suyuan:step:feed",
                    "disposition": "https://ref.gs1.org/cbv/Disp-active",
                    "eventID": f"urn:uuid:{digest[:8]}-{digest[8:12]}-{seq:04d}-8000-"
                    + digest[12:24],
                    "eventTime": when,
                    "eventTimeZoneOffset": "+08:00",
                    "quantityList": [{"epcClass": item, "quantity": 12.5, "uom": "KGM"}],
                    "type": "ObjectEvent",
                },
                "items": [{"item": item, "prev": prev, "seq": seq}],
                "ledger": ORIGIN,
                "signed_at": when,
                "v": 1,
            }
            entry = entry_of(actor, payload)
            prev = hashlib.sha256(b"\0" + entry).hexdigest()
            made += 1
            yield entry


def entry_of(actor: Actor, payload: dict) -> bytes:
    """The entry of a payload, signed."""
    data = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    signature = actor.signer.sign(dsse.pae(PAYLOAD_TYPE, data))
    return (
        f'{{"payload":"{base64.encode(data)}","payloadType":"{PAYLOAD_TYPE}",'
        f'"signatures":[{{"keyid":"{actor.signer.public.keyid}",'
        f'"sig":"{base64.encode(signature)}"}}]}}'
    ).encode()


def verifying(entries: list[bytes], actor: Actor) -> float:
    """How many of these signatures `cryptography` verifies a second, one after the other."""
    from suyuan.trace.format.link import parse

    pairs = []
    for entry in entries:
        envelope = parse(entry).envelope
        pairs.append((envelope.signature, dsse.pae(PAYLOAD_TYPE, envelope.payload)))
    key = actor.signer.public.spki[-32:]
    began = time.perf_counter()
    for signature, message in pairs:
        assert reference(key, message, signature)
    return len(pairs) / (time.perf_counter() - began)


def seconds(work: Callable[..., object], *arguments: object) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


@contextmanager
def serving(world: World, workers: int, **env: str) -> Iterator[int]:
    """The port of a server of a world, for as long as this lasts."""
    port = free_port()
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "BENCH_HOME": str(world.home)}
    with running("bench.server", port, workers, port=port, **env):
        yield port


def median(values: list[float]) -> float:
    return statistics.median(values)


def show(title: str, rates: dict[str, float], of: str) -> None:
    """A table of rates, each beside its part of the comparison."""
    print(f"\n{title}")
    for name, rate in rates.items():
        print(f"  {name:<44} {rate:>12,.1f}   {rate / rates[of]:.3f} of {of}")
