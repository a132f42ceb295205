"""One Chinese term for a concept, and no makers' words where people read: a table holds them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from support.ledger import catalogue

ROOT = Path(__file__).parents[3]
# What is not written, and the term that is; what a word may stand in all the same.
EVERYWHERE = {
    "钥匙": "密钥", "联署": "见证签名", "经手人": "经办人", "暂控": "暂停销售", "链节": "记录",
    "追溯单元": "批次", "追溯链": "记录", "准入": "登记", "已关闭": "已结案",
    "发件箱": "待发送", "供货者": "供货商", "供货方": "供货商", "标签序号": "标签编号",
    "回执编号": "受理编号", "市场管理处": "市场管理方", "市场办公室": "市场管理方",
    "检查人员": "监管人员", "已破坏": "验证不通过", "谱系": "来源与去向", "大白话": "平实的语言",
    "显而易见": "常理", "加盐": "防改凭证", "去向不明": "尚未处置", "缺少单证": "票证不全",
    "其他须知": "风险提示", "见证方": "见证人", "送出": "提交", "用自己的话": "问题描述",
    "凭什么相信": "怎么核实", "本机查过": "手机已核对",
    "不可能是对的": "数据有矛盾", "较轻": "一般", "承诺过": "对应",
}  # fmt: skip
ON_PAGES = {"哈希": "校验值", "链": "记录", "日志": "账本", "入账": "登记", "字节": "内容"}
ALLOWED = re.compile("供应链|冷链|链接|[0-9)s] 字节|字节数|登记入账")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!](?![0-9/])|[\u4e00-\u9fff]\.(?:$|\s)")
DOCUMENTS = sorted(str(file.relative_to(ROOT)) for file in ROOT.glob("**/*.zh-CN.md"))


read = cache(catalogue.read)


def wrong(text: str, table: dict[str, str]) -> list[str]:
    """What of the table a text says, as `word → term`."""
    bare = ALLOWED.sub("", text)
    return [f"{word} → {term}" for word, term in table.items() if word in bare]


def chinese(named: set[tuple[object, str | None]] | None = None) -> Iterator[tuple[str, str]]:
    """The catalogue's texts with their msgids; those that are named, else all."""
    for message in read():
        if message.id and (named is None or (message.id, message.context) in named):
            given = message.string
            yield str(message.id), given if isinstance(given, str) else "".join(given)


def problems(texts: Iterator[tuple[str, str]], table: dict[str, str]) -> list[str]:
    return [f"{msgid[:60]}: {text[:60]}: {found}" for msgid, text in texts
            if (found := wrong(text, table))]  # fmt: skip


def test_a_concept_has_one_term() -> None:
    assert problems(chinese(), EVERYWHERE) == []


def test_pages_say_no_makers_words() -> None:
    named = {*catalogue.of_templates(), *catalogue.of_scripts(), *catalogue.of_pages()}
    assert len(named) > 1_000
    assert problems(chinese(named), ON_PAGES) == []


def test_punctuation_is_chinese() -> None:
    bare = ((msgid, re.sub(r"`[^`]*`", "", text)) for msgid, text in chinese())
    assert [pair for pair in bare if HALF_WIDTH.search(pair[1])] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_use_the_same_terms(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert problems(((name, line) for line in lines), EVERYWHERE) == []


def test_scripts_and_data_use_the_same_terms() -> None:
    files = [*(ROOT / "web/static/js").rglob("*.js"), *(ROOT / "trace").rglob("*.py")]
    files += [*(ROOT / "web").rglob("*.html"), ROOT / "trace/format/vocabulary.json"]
    for file in files:
        assert wrong(file.read_text(encoding="utf-8"), EVERYWHERE) == [], file


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请用您的钥匙签名", ["钥匙 → 密钥"]),
        ("供应链上下游的链接", []),
        ("每条链的哈希", ["哈希 → 校验值", "链 → 记录"]),
    ],
)
def test_a_word_that_is_planted_is_caught(text: str, found: list[str]) -> None:
    assert wrong(text, EVERYWHERE | ON_PAGES) == found
