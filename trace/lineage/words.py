"""What drawings and tables of a lineage say, in Chinese and in English."""

import re
from collections.abc import Mapping
from typing import Literal

from ..quantities import Quantity
from ..steps import OWN, STEPS

Language = Literal["zh", "en"]

# Steps of makings in English; their Chinese is in the table of steps.
_ENGLISH: Mapping[str, str] = {
    "slaughter": "Slaughtered",
    "make": "Made",
    "cut": "Cut up",
    "mix": "Mixed",
    "repack": "Repacked",
}
# Business steps of CBV that imported transformations have.
_CBV: Mapping[str, tuple[str, str]] = {
    "assembling": ("组装", "Put together"),
    "commissioning": ("加工", "Made"),
    "creating_class_instance": ("加工", "Made"),
    "packing": ("包装", "Packed"),
    "repackaging": ("分装", "Repacked"),
    "repairing": ("维修", "Repaired"),
    "replacing": ("更换", "Replaced"),
    "transforming": ("加工", "Made"),
}
# Steps that GDST adds, by the end of their names.
_OTHERS: Mapping[str, tuple[str, str]] = {
    "commingling": ("混批", "Commingled"),
    "farmHarvest": ("养殖起捕", "Farm harvest"),
    "freezing": ("冷冻", "Frozen"),
    "hatching": ("孵化", "Hatched"),
    "processing": ("加工", "Processed"),
}
_CAPTIONS: Mapping[str, tuple[str, str]] = {
    "title": ("追溯谱系图", "Lineage graph"),
    "back": ("溯源：由什么制成", "Back: what it was made from"),
    "forward": ("追踪：制成了什么", "Forward: what was made from it"),
    "both": ("双向：由什么制成，制成了什么", "Both ways: what it was made from, and what from it"),
    "item": ("追溯单元", "Item"),
    "direction": ("方向", "Direction"),
    "asked": ("所查", "Asked for"),
    "and more": ("另有 {0} 个", "and {0} more"),
    "holders more": ("另有 {0} 处", "and {0} more places"),
    "as of": ("截至", "As of"),
    "links": ("{0} 条记录", "{0} records"),
    "made at": ("制图时间", "Drawn"),
    "ledger": ("账本", "Ledger"),
    "extent": ("范围", "Extent"),
    "counts": ("{0} 个追溯单元，{1} 次加工", "{0} items, {1} makings"),
    "cut": ("未列全：还有更多", "Not all of it: there is more"),
    "all": ("已列全", "All of it, as recorded"),
    "some steps": ("限 {0} 步", "within {0} step(s)"),
    "legend": ("图例", "Legend"),
    "legend item": ("批次、存量", "lot, and who has how much"),
    "legend root": ("所查批次", "asked for"),
    "legend making": ("加工步骤", "a making"),
    "legend inside": ("在容器内", "was inside"),
    "legend container": ("容器", "container"),
    "legend doubted": ("有疑点", "doubted"),
    "legend amounts": (
        "线上数字：投入或产出的数量",
        "on lines: how much went in, or came out",
    ),
    "legend back": ("循环（记录有误）", "a cycle: recorded wrongly"),
    "recalled": ("召回", "RECALLED"),
    "contains recalled": ("含召回品", "CONTAINS RECALLED"),
    "on hold": ("暂控", "ON HOLD"),
    "doubted": ("疑点 {0} 处", "doubts: {0}"),
    "as reported": ("据报", "as reported"),
    "container": ("容器", "Container"),
    "inside": ("在内", "inside"),
    "since": ("{0} 起", "since {0}"),
    "unknown": ("数量不详", "amount unknown"),
    "on its way": ("运往 {0}", "on its way to {0}"),
    "somewhere": ("账外", "outside the ledger"),
    "reported": ("{0}（据报）", "{0} (as reported)"),
    "none left": ("无存量记录", "none left on record"),
    "in container": ("{0}（在 {1} 内）", "{0} (in {1})"),
    "sheet": (
        "第 {0} 页，共 {1} 页（第 {2} 行第 {3} 列）",
        "Sheet {0} of {1} (row {2}, column {3})",
    ),
    "depth": ("层", "Depth"),
    "relation": ("关系", "Relation"),
    "made by": ("由何步骤而来", "Made by"),
    "made": ("产出", "Made"),
    "used": ("投入", "Used"),
    "quantity": ("数量", "Quantity"),
    "containers": ("容器", "Containers"),
    "marks": ("标记", "Marks"),
    "name": ("名称", "Name"),
    "code": ("追溯码", "Code"),
    "holders": ("存量", "Holders"),
    "asked for": ("所查", "asked for"),
    "lot": ("批次 {0}", "lot {0}"),
    "piece": ("单件 {0}", "piece {0}"),
    "unit": ("物流单元 {0}", "logistic unit {0}"),
    "time unknown": ("时间不详", "time unknown"),
}  # fmt: skip
_LONGEST = 200  # of a stranger's step
_UNITS: Mapping[str, tuple[str, str]] = {
    "kg": ("千克", "kg"),
    "L": ("升", "L"),
    "m": ("米", "m"),
    "1": ("件", "pcs"),
}


def say(language: Language, name: str, *values: object) -> str:
    """A caption, with values put in."""
    return _CAPTIONS[name][_at(language)].format(*values)


def step(language: Language, name: str | None) -> str:
    """A making's step in a word or two; of other people's steps the end of their name."""
    if name is None:
        return ("加工", "Made")[_at(language)]
    bare = name.removeprefix(OWN)[-_LONGEST:]
    if bare in _ENGLISH:
        return STEPS[bare].chinese if language == "zh" else _ENGLISH[bare]
    if bare in _CBV:
        return _CBV[bare][_at(language)]
    last = re.split("[/:#]", bare.rstrip("/:#"))[-1] or bare
    return _OTHERS[last][_at(language)] if last in _OTHERS else last


def amount(language: Language, quantity: Quantity | None) -> str:
    """An amount with its unit, in its own digits."""
    if quantity is None:
        return say(language, "unknown")
    text = f"{quantity.value:,f}"
    digits = text.rstrip("0").rstrip(".") if "." in text else text
    unit = _UNITS[quantity.unit][_at(language)] if quantity.unit in _UNITS else quantity.unit
    return f"{digits} {unit}"


def _at(language: Language) -> int:
    return 0 if language == "zh" else 1
