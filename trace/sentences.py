"""Why single links are reported, in English as the store keeps it, and from that in Chinese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .plausibility.catalogue import heading


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason in both languages, with the same values by name; `words` are Chinese for some."""

    english: str
    chinese: str
    words: Mapping[str, str]

    def __call__(self, **values: object) -> str:
        """The reason in English, as it is stored."""
        return self.english.format(**values)

    def translated(self, reason: str) -> str | None:
        """What was said in English, in Chinese; None for another sentence."""
        found = _pattern(self.english).fullmatch(reason)
        if found is None:
            return None
        said = found.groupdict()
        return self.chinese.format(**{name: self.words.get(v, v) for name, v in said.items()})


@lru_cache(maxsize=16)
def _pattern(template: str) -> re.Pattern[str]:
    """What a template gives, with a group for each of its values."""
    parts = re.split(r"\{(\w+)\}", template)
    groups = (f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(groups), re.DOTALL)


REUSED = Sentence(
    "eventID {name} was given at index {leaf} to another event",
    "事件编号 {name} 已在链节 {leaf} 用于另一事件",
    {},
)
CLASH = Sentence("its trace code {code} names {item} already", "其追溯码 {code} 已对应 {item}", {})
INEXACT = Sentence(
    "its quantity does not convert exactly to kg, L, m or pieces",
    "其数量无法精确换算为千克、升、米或件",
    {},
)
AS_WRITTEN = Sentence(
    "a GS1 identifier with a wrong length, digit or escape",
    "GS1标识的长度、校验位或转义有误",
    {},
)
RENAMED = Sentence(
    "by the authority's word this {kind} is {who}'s to state, for everyone",
    "经监管机构认定，该{kind}应由 {who} 登记",
    {"product": "产品", "place": "场所"},
)
_BY_RULE: Mapping[str, Sentence] = {
    "event-id": REUSED,
    "code": CLASH,
    "quantity": INEXACT,
    "identifier": AS_WRITTEN,
    "name": RENAMED,
}


def chinese(rule: str, reason: str) -> str:
    """The reason of a stored finding in Chinese; of one not said here, its rule's title."""
    sentence = _BY_RULE.get(rule)
    found = None if sentence is None else sentence.translated(reason)
    return heading(rule).chinese if found is None else found
