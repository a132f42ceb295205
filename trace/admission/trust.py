"""The trust file: what a verifier is given, once, to check a ledger (section 9 of the format)."""

import json
from dataclasses import dataclass
from typing import Literal

from suyuan.keys import base64, canonical, public
from suyuan.keys.errors import KeysError
from suyuan.keys.notes import VerifierKey
from suyuan.trace.format.errors import MessageError
from suyuan.trace.format.members import Member, mapping, one_of, require, texts, uri, words
from suyuan.trace.format.rules import Refused

from .state import Genesis

_TRUST = {
    "v": Member(lambda value: type(value) is int and value == 1, "1"),
    "log": Member(words, "the log's verifier key"),
    "host": Member(words, "a host name"),
    "authority": Member(mapping, "an object"),
    "policy": Member(words, '"none" or a tlog-policy'),
    "auditing": Member(texts, "a list of names"),
    "entries": Member(one_of("public", "private"), "public or private"),
}
_AUTHORITY = {"party": Member(uri, "a URI"), "spki": Member(words, "base64")}


class TrustError(MessageError):
    """A trust file that is missing or malformed."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The log's key, the host of its codes, and the authority's root key."""

    log: VerifierKey
    host: str
    authority: str
    root: public.PublicKey
    policy: str = "none"
    auditing: tuple[str, ...] = ()
    entries: Literal["public", "private"] = "public"

    @property
    def origin(self) -> str:
        """The log's name, which every link of the ledger carries."""
        return self.log.name

    @property
    def genesis(self) -> Genesis:
        """The part of the trust file that the rules need."""
        return Genesis(self.origin, self.host, self.authority, self.root.spki, self.root.keyid)

    def to_json(self) -> str:
        """The file's text."""
        authority = {"party": self.authority, "spki": base64.encode(self.root.spki)}
        members = {
            "v": 1, "log": str(self.log), "host": self.host, "authority": authority,
            "policy": self.policy, "auditing": list(self.auditing), "entries": self.entries,
        }  # fmt: skip
        return json.dumps(members, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Trust":
        """The trust that a file's text gives; TrustError, saying what is wrong, otherwise."""
        try:
            members = require(canonical.read_once(text.encode()), _TRUST, "trust file")
            authority = require(members["authority"], _AUTHORITY, "trust file/authority")
            return cls(
                log=VerifierKey.parse(str(members["log"])),
                host=str(members["host"]),
                authority=str(authority["party"]),
                root=public.load(base64.decode(str(authority["spki"]))),
                policy=str(members["policy"]),
                auditing=tuple(members["auditing"]),
                entries="private" if members["entries"] == "private" else "public",
            )
        except (ValueError, KeysError) as error:
            raise TrustError("not a trust file: %s", error) from None
        except Refused as error:
            raise TrustError("not a trust file: %s", error.why) from None
