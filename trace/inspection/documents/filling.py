"""What the fields of a document are filled with before anything is typed: by their `from`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.inspection.case_kinds import common, kinds
from suyuan.trace.inspection.cases import Case, Stage
from suyuan.trace.inspection.inspectors import inspectors_of_office
from suyuan.trace.inspection.time_limits import clocks
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read import profile_rows
from suyuan.trace.store.read.reader import Reader

from .forms import MAX_LINE, MAX_LONG, DocumentForm

_USCC = "urn:uscc:"
_UNITS = {"hours": "小时", "workdays": "个工作日", "days": "日", "months": "个月"}
_OWN = ("person", "phone", "address")


@dataclass(frozen=True)
class Filling:
    """The sources of a document about a case, for the office that draws it up."""

    reader: Reader
    ledger: Ledger
    case: Case
    office: str
    by: str

    def values(self, form: DocumentForm) -> dict[str, str]:
        """The value of each field that a source has, as short as its field asks."""
        found = {}
        for one in form.fields:
            values = (self._value(source) for source in (one.source or "").split("|"))
            text = next((str(value) for value in values if value), "")
            found[one.name] = text[: MAX_LONG if one.is_long else MAX_LINE]
        return {name: text for name, text in found.items() if text}

    def _value(self, source: str) -> Any:
        kind, _, name = source.partition(".")
        read = self._sources.get(kind)
        return None if read is None else read(name)

    @property
    def _sources(self) -> Mapping[str, Callable[[str], Any]]:
        return {
            "party": self._party.get,
            "said": self._said,
            "until": lambda _: self._until,
            "lot": self._lot.get,
            "law": self._term,
            "officer": lambda _: self._officers,
            "account": lambda _: f"本平台账户：{self._party.get('name') or ''}",
        }

    @cached_property
    def _stages(self) -> list[Stage]:
        """Its offices' stages that the table has, the newest first: no word of a party's is one."""
        kind = kinds().get(self.case.kind)
        names = common().keys() | (kind.stages.keys() if kind else ())
        own = [one for one in reversed(self.case.stages) if one.statement["op"] != "answer"]
        return [one for one in own if one.name in names]

    def _said(self, name: str) -> Any:
        """What the newest of them that says it says; a choice and a party in words."""
        value = next((one.said[name] for one in self._stages if name in one.said), None)
        named = None if not isinstance(value, str) else self.reader.party(value)
        return value if named is None else named.name

    @property
    def _until(self) -> str | None:
        days = (one.until for one in self._stages if one.name not in common())
        day = next(filter(None, days), None)
        return None if day is None else f"{day.year}年{day.month}月{day.day}日"

    def _term(self, stage: str) -> str | None:
        """How long the law gives from a stage of this kind of case on."""
        of_kind = clocks().get(self.case.kind, ())
        term = next((one for one in of_kind if one.after == stage), None)
        return None if term is None else f"{term.count}{_UNITS[term.unit]}"

    @cached_property
    def _party(self) -> dict[str, Any]:
        """The party as it is registered, and as it states itself, hidden or not."""
        uri = self.case.party
        party = None if uri is None else self.reader.party(uri)
        if uri is None or party is None:
            return {}
        profile = Profiles(self.reader, self.ledger.trust.genesis).of(uri)
        number = next((one.number for one in profile.licences if one.kind == "business"), None)
        own = profile_rows.newest(self.reader, uri, [uri]).get(uri)
        link = None if own is None else self.reader.parsed(own)
        hidden = {} if link is None else self.ledger.disclosures.shown(self.reader, link)
        uscc = uri.removeprefix(_USCC) if uri.startswith(_USCC) else None
        return {"name": party.name, "licence": number, "uscc": uscc} | {
            name: hidden.get(f"/{name}") for name in _OWN
        }

    @cached_property
    def _lot(self) -> dict[str, Any]:
        """The lot of the record on which the case rests, as its coder has it, who is its maker."""
        for ref in self.case.stages[0].statement.get("of", ()):
            link = self.reader.parsed(int(ref["index"]))
            items = [] if link is None or link.event is None else [one.item for one in link.items]
            for item in items[:1]:
                return self._coded(item)
        return {}

    def _coded(self, item: str) -> dict[str, Any]:
        coder, coded = self.reader.coder(item), None
        if coder is not None:
            coded = next((link for _, link in self.reader.readable_chain(item, coder, 0)), None)
        if coded is None or coded.event is None:
            return {}
        stated, days = coded.event.get("ilmd") or {}, None
        if "suyuan:shelfLifeDays" in stated:
            days = f"{stated['suyuan:shelfLifeDays']}日"
        return {
            "product": stated.get("suyuan:product"), "made": stated.get("suyuan:productionDate"),
            "shelf_life": days, "maker": self.reader.name(coded.actor),
        }  # fmt: skip

    @property
    def _officers(self) -> str:
        """The two of the office, where it has no more; else who draws the document up."""
        able = [one for one in inspectors_of_office(self.reader, self.ledger, self.office)
                if one.is_able]  # fmt: skip
        chosen = able if len(able) == 2 else [one for one in able if one.uri == self.by]
        texts = [
            f"{one.name or ''}（{one.certificate.number if one.certificate else ''}）"
            for one in chosen
        ]
        return "、".join(texts)
