"""The words of a notice, in Chinese and then in English: its subject and its text."""

from collections.abc import Sequence
from datetime import datetime

from ..identifiers import codes
from ..lineage.words import amount
from ..messages import Language
from ..times import zone
from .matter import BEGINS, COMING, HAD, HELD, SENT, Held, Line, Links, Matter

_LONGEST = 1_000  # characters of a stranger's words
_OWN = 200  # of a party's own items by name; the rest by their number
_DRILL_MARK = "模拟召回 DRILL"
_LEVELS = {1: ("一级", "class I"), 2: ("二级", "class II"), 3: ("三级", "class III")}
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_TITLES = {
    "recall.order": ("召回通知", "Recall notice"),
    "recall.extend": ("召回范围扩大通知", "Recall extended"),
    "recall.clear": ("召回范围缩小通知", "Items cleared from a recall"),
    "recall.close": ("召回结束通知", "Recall closed"),
    "recall.withdraw": ("召回撤销通知", "Recall withdrawn"),
    "hold.place": ("暂控通知", "Hold notice"),
    "hold.release": ("解除暂控通知", "Hold released"),
}
_DRILL = (
    "【模拟召回】这是一次演练，食品并无问题，请勿因此停止销售或销毁；其余步骤请照实完成。",
    "DRILL. This is an exercise: nothing is wrong with the food. Do not stop sales or destroy "
    "anything because of it; do all the other steps as in earnest.",
)
_TO_DO = {
    "recall": (
        (
            "立即停止销售、使用和发运，单独存放并作明显标识；在途的请召回或拒收。",
            "确认收到：suyuan recall acknowledge {act}",
            "报告找回、已售、已销毁和剩余的数量：suyuan recall report {act}",
        ),
        (
            "Stop selling, using and dispatching it at once; store it apart and mark it clearly. "
            "Call back, or refuse, what is on its way.",
            "Acknowledge: suyuan recall acknowledge {act}",
            "Report what was recovered, sold and destroyed, and what remains: suyuan recall "
            "report {act}",
        ),
    ),
    "drill": (
        (
            "查清现有数量和去向，不必停止销售。",
            "确认收到：suyuan recall acknowledge {act}",
            "报告如真实召回时应报告的数量：suyuan recall report {act}",
        ),
        (
            "Find out how much of it you have and where it went; sales need not stop.",
            "Acknowledge: suyuan recall acknowledge {act}",
            "Report the quantities as you would in earnest: suyuan recall report {act}",
        ),
    ),
    "contains": (
        (
            "下列批次本身不在召回或暂控之列，但用其制成、或与其同装。请暂停销售和发运，单独存放，"
            "等待生产者或监管机构的决定。",
        ),
        (
            "What is listed below is not named itself: it was made from, or is packed with, what "
            "is. Stop selling and dispatching it and store it apart until its maker or the "
            "authority decides.",
        ),
    ),
    "hold": (
        ("立即停止销售、使用和发运，单独存放，等待解除暂控或召回的通知。",),
        (
            "Stop selling, using and dispatching it at once, store it apart, and wait: a notice "
            "follows when the hold is released or becomes a recall.",
        ),
    ),
}
_AFTER = {
    "recall.clear": (
        "上述批次经查与本次召回无关，可以恢复销售和发运；其余批次仍在召回之列。",
        "The items above were found not to be concerned: they may be sold and dispatched again. "
        "The others are recalled still.",
    ),
    "recall.close": (
        "召回工作已结束。所列批次仍属召回食品，尚存的不得销售。",
        "The recall's work is done. The items stay recalled: what is left of them must not be "
        "sold.",
    ),
    "recall.withdraw": (
        "召回已撤销，所列批次可以恢复销售和发运。",
        "The recall is withdrawn: the items may be sold and dispatched again.",
    ),
    "hold.release": (
        "暂控已解除，所列批次可以恢复销售和发运。",
        "The hold is released: the items may be sold and dispatched again.",
    ),
}
_STATES = {
    HELD: ("在库", "held"),
    COMING: ("在途，将运到", "on its way here"),
    SENT: ("已发出，对方尚未收货", "sent, not yet received"),
    HAD: ("曾经手，账面已无存量", "handled earlier, nothing left on record"),
}
_WORDS = {
    "by": ("发布", "By"),
    "what": ("批次：共 {0} 个", "Items: {0}"),
    "more": ("另有 {0} 个，见下方链接。", "and {0} more: see the link below."),
    "reason": ("原因：{0}", "Reason: {0}"),
    "no reason": ("原因：未公开", "Reason: not public"),
    "start": ("启动期限：{0}", "To be started by: {0}"),
    "finish": ("完成期限：{0}", "To be finished by: {0}"),
    "provisional": ("完成期限（暂定）：{0}", "To be finished by (provisional): {0}"),
    "yours": ("贵处的有关批次：共 {0} 条", "What is recorded as yours of it: {0}"),
    "nothing": ("贵处目前没有账面存量。", "Nothing of it is recorded as yours at present."),
    "contains": ("（用所列批次制成，或与其同装）", " (made from, or packed with, what is named)"),
    "inside": ("，在容器 {0} 内", ", in container {0}"),
    "to do": ("请您：", "What to do:"),
    "act": ("详情：{0}", "Details: {0}"),
    "proof": (
        "核验：账本 {0} 第 {1} 号链节，哈希 {2}，包含证明见 {3}",
        "To verify: link {1} of ledger {0}, hash {2}; its inclusion proof is at {3}",
    ),
    "made": ("（{0} 生产）", " (produced {0})"),
    "unnamed": ("名称不详", "no name on record"),
}


def subject(matter: Matter) -> str:
    """One line: what it is, of how serious a level, about what."""
    mark = f"【{_DRILL_MARK}】" if matter.is_drill else ""
    return f"{mark}{_headline(matter, 'zh')} / {_headline(matter, 'en')}"


def text(matter: Matter, held: Sequence[Held], links: Links) -> str:
    """The whole notice; the Chinese text first. A drill says so in both languages before all."""
    parts = [_text(matter, held, links, language) for language in _LANGUAGES]
    mark = f"*** {_DRILL_MARK} ***\n\n" if matter.is_drill else ""
    return mark + ("\n\n" + "-" * 60 + "\n\n").join(parts) + "\n"


def clean(words: str, longest: int = _LONGEST) -> str:
    """A stranger's words on one line: what cannot be printed, line ends too, as spaces."""
    found = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return found if len(found) <= longest else found[: longest - 1] + "…"


def _headline(matter: Matter, language: Language) -> str:
    at = _at(language)
    title = _TITLES[matter.what][at]
    level = "" if matter.level is None else _LEVELS[matter.level][at]
    name = next((clean(line.name, 60) for line in matter.lines if line.name), None)
    if language == "zh":
        drill = "模拟·" if matter.is_drill else ""
        about = f"{name}等 " if name and matter.count > 1 else f"{name or ''} "
        return f"【{drill}{title}】{level}{'：' if level else ''}{about}{matter.count} 个批次"
    drill = "DRILL: " if matter.is_drill else ""
    of = f", {level}" if level else ""
    about = f"{name}, " if name else ""
    number = "1 item" if matter.count == 1 else f"{matter.count} items"
    return f"{drill}{title}{of}: {about}{number}"


def _text(matter: Matter, held: Sequence[Held], links: Links, language: Language) -> str:
    at = _at(language)
    lines = [_headline(matter, language), ""]
    if matter.is_drill:
        lines += [_DRILL[at], ""]
    by = clean(matter.by_name, 200) if matter.by_name else matter.by
    colon = "：" if language == "zh" else ": "
    lines.append(f"{_WORDS['by'][at]}{colon}{by}")
    if matter.reason:
        lines.append(_WORDS["reason"][at].format(clean(matter.reason)))
    elif matter.is_reason_hidden:
        lines.append(_WORDS["no reason"][at])
    finish = "provisional" if matter.is_provisional else "finish"
    for name, due in (("start", matter.start_due), (finish, matter.finish_due)):
        if due is not None:
            lines.append(_WORDS[name][at].format(_moment(due)))
    if language == "en":
        lines += [f"({clean(note)})" for note in matter.notes]
    lines += ["", _WORDS["what"][at].format(matter.count)]
    lines += [f"  {n}. {_line(line, language)}" for n, line in enumerate(matter.lines, 1)]
    if matter.count > len(matter.lines):
        lines.append("  " + _WORDS["more"][at].format(matter.count - len(matter.lines)))
    if held or matter.what in BEGINS:
        lines += ["", *_yours(held, language)]
    lines += ["", *_to_do(matter, held, language), ""]
    lines.append(_WORDS["act"][at].format(links.act))
    place = (matter.origin, matter.index, matter.hash, links.proof)
    lines.append(_WORDS["proof"][at].format(*place))
    return "\n".join(lines)


def _yours(held: Sequence[Held], language: Language) -> list[str]:
    at = _at(language)
    if not held:
        return [_WORDS["nothing"][at]]
    lines = [_WORDS["yours"][at].format(len(held))]
    lines += [f"  - {_held(one, language)}" for one in held[:_OWN]]
    if len(held) > _OWN:
        lines.append("  " + _WORDS["more"][at].format(len(held) - _OWN))
    return lines


def _held(one: Held, language: Language) -> str:
    at = _at(language)
    said = [] if one.state == HAD else [amount(language, one.quantity)]
    said.append(_STATES[one.state][at])
    inside = "" if one.container is None else _WORDS["inside"][at].format(clean(one.container, 200))
    contains = "" if one.is_named else _WORDS["contains"][at]
    stop, comma = ("：", "，") if language == "zh" else (": ", ", ")
    return f"{_line(one.line, language)}{contains}{stop}{comma.join(said)}{inside}"


def _to_do(matter: Matter, held: Sequence[Held], language: Language) -> list[str]:
    at = _at(language)
    if matter.what in _AFTER:
        return [_AFTER[matter.what][at]]
    kind = "drill" if matter.is_drill else matter.kind
    if held and not matter.is_drill and not any(one.is_named for one in held):
        kind = "contains"
    steps = _TO_DO[kind][at]
    lines = [f"  {n}. {step.format(act=matter.act)}" for n, step in enumerate(steps, 1)]
    return [_WORDS["to do"][at], *lines]


def _line(line: Line, language: Language) -> str:
    at = _at(language)
    name = clean(line.name, 200) if line.name else _WORDS["unnamed"][at]
    made = "" if line.produced is None else _WORDS["made"][at].format(clean(line.produced, 40))
    return f"{codes.shown(line.code)} {name}{made}"


def _moment(instant: datetime) -> str:
    """In the ledger's zone, which the text names by its offset."""
    return f"{instant.astimezone(zone()):%Y-%m-%d %H:%M (UTC%z)}"


def _at(language: Language) -> int:
    return 0 if language == "zh" else 1
