"""The schema of the database, compared with what our migrations make on the same engine."""

from collections.abc import Iterator

from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.store.database import Database
from suyuan.trace.store.rebuild import schema_catalogue
from suyuan.trace.store.rebuild.schema_catalogue import Catalogue, Key, NotMade
from suyuan.trace.store.schema import metadata

# Without a scratch schema to compare with: what no schema of ours has, and what stands in a table's
# place.
_NEVER = ("view", "materialized view", "foreign table", "partitioned table", "rule", "policy")
_OWNED = ("column", "constraint", "index", "trigger", "rule", "policy")  # by a table
_TABLES = frozenset(metadata.tables)


class SchemaLook:
    """What is found of a schema, looked at when this is made and again at `end`."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self.undecided: list[str] = []
        self._found: dict[str, Finding] = {}
        self._noticed: dict[str, Finding] = {}
        self._expected: Catalogue | None = None
        try:
            self._expected = schema_catalogue.expected(self._engine)
        except NotMade as error:
            self.undecided.append(
                "the schema, but for views, rules and policies: none can be made to compare it "
                f"with ({error}); the role needs CREATE on the database"
            )
        self._mark = self._compare()

    @property
    def findings(self) -> list[Finding]:
        """What is not as our migrations make it."""
        return list(self._found.values())

    @property
    def notices(self) -> list[Finding]:
        """What an operator may have added or set, and what of indexes was not looked at."""
        return list(self._noticed.values())

    def end(self) -> None:
        """Compare again, to report a table that was altered while the audit ran."""
        if self._compare() != self._mark:
            self._find("the schema was altered while the audit ran: audit again when nobody does")

    def look_into_indexes(self) -> None:
        """Let the database compare each index with its table."""
        damaged, missed = schema_catalogue.damaged_indexes(self._engine)
        for reason in damaged:
            self._find(reason, Kind.STORAGE)
        if missed:
            self._notice(f"what indexes hold was not looked at: {missed}", Kind.STORAGE)

    def _compare(self) -> str:
        stored = schema_catalogue.stored(self._engine, _TABLES)
        for reason in stored.odd:
            self._find(reason)
        for setting in stored.settings:
            self._notice(f"{setting}: what is read there is not what was audited")
        if self._expected is None:
            for key in stored.objects:
                if key[0] in _NEVER:
                    self._find(f"{_named(key)} is not of this program")
            for name in sorted(_TABLES):
                if ("table", name) not in stored.objects:
                    self._find(f"table {name} is missing")
            return stored.mark
        for key in _missing(stored, self._expected):
            self._find(f"{_named(key)} is missing")
        for key, definition in stored.objects.items():
            wanted = self._expected.objects.get(key)
            if wanted is None:
                self._extra(key, stored, self._expected)
            elif wanted != definition:
                self._find(f"{_named(key)} is {definition[:200]!r} and should be {wanted[:200]!r}")
        return stored.mark

    def _extra(self, key: Key, stored: Catalogue, expected: Catalogue) -> None:
        table = key[1].partition(".")[0]
        if key[0] in _OWNED and ("table", table) not in expected.objects:
            return  # of a table that is reported itself
        if key in stored.plain:
            self._notice(f"{_named(key)} is not of this program")
        else:
            self._find(f"{_named(key)} is not of this program")

    def _find(self, reason: str, kind: Kind = Kind.SCHEMA) -> None:
        self._found.setdefault(reason, Finding(str(kind), reason))

    def _notice(self, reason: str, kind: Kind = Kind.SCHEMA) -> None:
        self._noticed.setdefault(reason, Finding(str(kind), reason))


def _missing(stored: Catalogue, expected: Catalogue) -> Iterator[Key]:
    gone = {name for kind, name in expected.objects if kind == "table"}
    gone -= {name for kind, name in stored.objects if kind == "table"}
    for key in expected.objects:
        kind, name = key
        is_told = kind in _OWNED and name.partition(".")[0] in gone
        if key not in stored.objects and not is_told and name not in schema_catalogue.LATER:
            yield key


def _named(key: Key) -> str:
    return f"{key[0]} {key[1]}"
