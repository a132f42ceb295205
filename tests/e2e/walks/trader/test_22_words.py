"""Pages of each role speak one language: no makers' words, no sentence of the other language."""

import re

import pytest

from suyuan.trace.cli.demo.city import showcase

CHINESE = re.compile("[\u4e00-\u9fff][，。；：？！]")  # of a sentence, not of a name
MAKERS = ("钥匙", "哈希", "链节", "追溯单元", "追溯链", "准入", "入账", "发件箱")
ENGLISH = re.compile(r"(?:\b[a-z]+\b ){5}")  # words in a row, as no name or code has them
PAGES = (("/t", None), ("/me", "farm"), ("/me/arrivals", "stall-greens"), ("/inspect", "authority"))


@pytest.mark.parametrize(("path", "who"), PAGES)
def test_a_page_is_in_one_language(walk, path, who) -> None:
    if path == "/t":
        label = showcase(walk.people.served.home)[0]
        path = f"/t/{label.code}/{label.serial}"
    text = walk.open(path, who).locator("main").inner_text()
    if walk.language == "zh":
        assert [word for word in MAKERS if word in text] == []
        assert ENGLISH.findall(text) == []
    else:
        assert CHINESE.findall(text) == []
