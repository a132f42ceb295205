"""Whom a disclosure is shown: its own party, named parties, those along the chain, or everyone."""

import json
from dataclasses import dataclass

from ..members import uri
from .errors import PrivateError

KINDS = ("own", "named", "chain", "public")
MAX_NAMED = 50


@dataclass(frozen=True, slots=True)
class Audience:
    """One of the four, each with all that the ones before it may see but `named`.

    `own` is the party whose record it is, and who recorded it for that party; `named` these and
    the `parties`; `chain` all who handed the goods to each other up to here and from here on;
    `public` everyone. An inspector sees what the remit covers, whatever the audience is.
    """

    kind: str
    parties: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise PrivateError for a kind that is none, and for names that are no URIs."""
        if self.kind not in KINDS:
            raise PrivateError(f"{str(self.kind)[:80]!a} is no audience: {', '.join(KINDS)} are")
        if bool(self.parties) != (self.kind == "named"):
            raise PrivateError("parties are named by URI in the audience `named`, in no other")
        if len(self.parties) > MAX_NAMED or not all(uri(one) for one in self.parties):
            raise PrivateError(f"an audience names at most {MAX_NAMED} parties, by URI")

    @classmethod
    def of(cls, *parties: str) -> "Audience":
        """These parties, beside the record's own; the own alone where none is named."""
        return cls("named", tuple(sorted(set(parties)))) if parties else OWN

    @classmethod
    def read(cls, value: object) -> "Audience":
        """The audience that JSON gives: `own`, `chain` or `public`, or a list of parties' URIs.

        Raises PrivateError for anything else.
        """
        if isinstance(value, str) and value != "named":
            return cls(value)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return cls.of(*value)
        raise PrivateError("an audience is own, chain, public, or a list of parties' URIs")

    def to_json(self) -> str | list[str]:
        """What `read` reads."""
        return list(self.parties) if self.kind == "named" else self.kind

    def dumps(self) -> str:
        """The same as text, for the store."""
        return json.dumps(self.to_json(), ensure_ascii=True)

    @classmethod
    def loads(cls, text: str) -> "Audience":
        """The audience in the store's text; the own party alone where the text was changed."""
        try:
            return cls.read(json.loads(text))
        except (ValueError, RecursionError, PrivateError):
            return OWN


OWN = Audience("own")
CHAIN = Audience("chain")
PUBLIC = Audience("public")
