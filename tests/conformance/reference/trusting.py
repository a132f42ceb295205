"""Sections 8 and 9 of the format: trust files, policies, cosignatures. Of the second verifier.

Knows Ed25519 cosignatures only.
"""

import json
import re

from conformance.reference import log
from conformance.reference.encoding import ED_START, algorithm, from_base64, is_valid, sha256
from conformance.reference.forms import (
    No,
    demand,
    each,
    has,
    is_object,
    is_text,
    is_uri,
    is_whole,
    is_words,
)

TRUST = {
    "v": lambda value: is_whole(value) and value == 1, "log": is_text, "host": is_words,
    "authority": is_object, "policy": is_words, "auditing": each(is_text),
    "entries": lambda value: value in ("public", "private"),
}  # fmt: skip


def read_trust(text):
    """The trust file's object; None where it is none. The policy is for `read_policy`."""
    try:
        value = json.loads(text, object_pairs_hook=once)
        demand(is_object(value), "trust")
        has(value, TRUST)
        has(value["authority"], {"party": is_uri, "spki": is_words})
        spki = from_base64(value["authority"]["spki"])
        demand(spki is not None and algorithm(spki) is not None, "trust")
        demand(log.is_log_key(value["log"], value["log"].partition("+")[0]), "trust")
    except (No, ValueError):
        return None
    return value


def once(pairs):
    """An object whose names stand once each."""
    demand(len({name for name, _ in pairs}) == len(pairs), "trust")
    return dict(pairs)


def read_policy(text):
    """Witnesses by name with their raw keys and ids, groups, and the quorum; None for no policy."""
    policy = {"witnesses": {}, "groups": {}, "quorum": "none"}
    if text == "none":
        return policy
    keys, quorums = set(), []
    try:
        demand(len(text.encode()) <= 65536 and text.endswith("\n"), "policy")
        demand(
            text.count("\n") <= 1000 and not re.search("[\x00-\x08\x0b-\x1f\x7f]", text), "policy"
        )
        for line in text.split("\n"):
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                take_line(words, policy, keys, quorums)
        demand(len(quorums) == 1, "policy")
    except (No, ValueError, IndexError):
        return None
    return policy | {"quorum": quorums[0]}


def take_line(words, policy, keys, quorums):
    """Add what a line of a policy defines."""
    defined = policy["witnesses"] | policy["groups"]
    kind, rest = words[0], words[1:]
    if kind == "log":
        demand(len(rest) in (1, 2), "policy")
        demand(log.is_log_key(rest[0], rest[0].partition("+")[0]), "policy")
        demand((kind, rest[0]) not in keys, "policy")
        keys.add((kind, rest[0]))
    elif kind == "witness":
        demand(len(rest) in (2, 3) and rest[0] != "none" and rest[0] not in defined, "policy")
        name, digest, encoded = rest[1].split("+", 2)
        raw = from_base64(encoded)
        demand(name and raw and (raw[0], len(raw)) in ((4, 33), (6, 1313)), "policy")
        demand(sha256(name.encode() + b"\n" + raw)[:8] == digest, "policy")
        demand(raw[0] == 6 or algorithm(ED_START + raw[1:]) == "Ed25519", "policy")
        demand(not keys & {raw, (name, digest)}, "policy")
        keys.update((raw, (name, digest)))
        policy["witnesses"][rest[0]] = (name, digest, raw[1:])
    elif kind == "group":
        own, rule, members = rest[0], rest[1], rest[2:]
        taken = {name for _, names in policy["groups"].values() for name in names}
        demand(own != "none" and own not in defined and members, "policy")
        demand(len(set(members)) == len(members) and not taken & set(members), "policy")
        demand(set(members) <= set(defined), "policy")
        threshold = {"any": "1", "all": str(len(members))}.get(rule, rule)
        demand(re.fullmatch("[1-9][0-9]*", threshold), "policy")
        demand(int(threshold) <= len(members), "policy")
        policy["groups"][own] = (int(threshold), members)
    else:
        demand(kind == "quorum" and len(rest) == 1, "policy")
        demand(rest[0] == "none" or rest[0] in defined, "policy")
        quorums.append(rest[0])


def is_met(policy, names, what=None):
    what = what or policy["quorum"]
    if what == "none" or what in names:
        return True
    if what not in policy["groups"]:
        return False
    threshold, members = policy["groups"][what]
    return sum(is_met(policy, names, member) for member in members) >= threshold


def cosigners(note, policy):
    """The witnesses whose lines verify; None where a known one's line is not as it was made."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    found = set()
    for line in lines[:-1].split("\n"):
        name, raw = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line).groups()
        raw = from_base64(raw)
        for own, (known, digest, key) in policy["witnesses"].items():
            is_its = (name, raw[:4].hex()) == (known, digest)
            good = [time for time in {raw[4:12], bytes([raw[4] & 15]) + raw[5:12]}
                    if cosigned(text, key, time, raw[12:])]  # fmt: skip
            if is_its and (own in found or raw[4:12] not in good):
                return None
            if good and not is_its:
                return None
            if is_its:
                found.add(own)
    return found


def cosigned(text, key, time, sig):
    when = int.from_bytes(time, "big")
    message = f"cosignature/v1\ntime {when}\n{text}".encode()
    return when < 2**63 and is_valid(ED_START + key, message, sig)
