"""Divisions by name: as they are and were, in Chinese and English, and as one types them."""

import pytest

from suyuan.trace.format.identifiers import division_table, divisions
from suyuan.trace.format.identifiers.errors import IdentifierError


@pytest.mark.parametrize(
    ("code", "chinese", "english"),
    [
        ("35", "福建省", "Fujian"),
        ("350200", "厦门市", "Xiamen"),
        ("350206", "厦门市湖里区", "Xiamen, Huli District"),
        ("350203006", "厦门市思明区鹭江街道", "Xiamen, Siming District, Lujiang Subdistrict"),
        ("110108", "北京市海淀区", "Beijing, Haidian District"),
        ("441900003", "东莞市东城街道", "Dongguan, Dongcheng Subdistrict"),
        ("469001", "五指山市", "Wuzhishan"),
        ("610100", "西安市", "Xi'an"),
        ("150100", "呼和浩特市", "Hohhot"),
        ("533300", "怒江傈僳族自治州", "Nujiang Autonomous Prefecture"),
        ("220623", "白山市长白朝鲜族自治县", "Baishan, Zhangbai Autonomous County"),
        ("71", "台湾省", "Taiwan"),
        # A district that ended in 2021, a street of it, an area that statistics alone have a code
        # for, a code of nobody, and the demo's city.
        ("330103", "杭州市下城区", "Hangzhou, Xiacheng District"),
        ("330103004", "杭州市下城区其他区域", "Hangzhou, Xiacheng District, another area"),
        ("350271001", "厦门市其他区域", "Xiamen, another area"),
        ("990000", "未知区划 990000", "unknown division 990000"),
        ("359902001", "鹭岛市湖滨区湖心街道", "Ludao, Hubin District, Huxin Subdistrict"),
        ("山东省临沂市", "山东省临沂市", "山东省临沂市"),
    ],
)
def test_a_code_is_shown_by_its_name(code, chinese, english):
    assert divisions.shown(code, is_chinese=True) == chinese
    assert divisions.shown(code, is_chinese=False) == english


def test_a_name_is_found_without_reading_the_rows():
    division_table._lines.cache_clear()
    divisions.shown.cache_clear()
    divisions.shown("350212", is_chinese=True)
    assert division_table._lines.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("思明", "350203"), ("厦门思明", "350203"), ("思明区鹭江", "350203006"), ("3502", "3502"),
        ("siming", "350203"), ("Xiamen, Siming District", "350203"),
        ("xiamen lujiang", "350203006"),
        ("tibet", "54"), ("lvliang", "1411"), ("城关", "540102"),
    ],
)  # fmt: skip
def test_search_takes_any_part_of_the_names_and_pinyin(typed, first):
    found = divisions.search(typed)
    assert found[0] == first and len(found) <= divisions.MOST


def test_search_shows_what_is_near_first():
    assert divisions.search("城关", ("3205",))[0] == "540102"
    assert divisions.search("城关", ("62",))[0] == "620102"
    assert divisions.search("lujiang", ("350203",))[0] == "350203006"  # a street, by pinyin


@pytest.mark.parametrize(
    "typed", ["", " ", "\\+", "[", ".*", "不是地方", "a" * 5_000, "街" * 5_000]
)
def test_search_of_nonsense_finds_nothing(typed):
    assert divisions.search(typed) == []


@pytest.mark.parametrize(
    ("typed", "near", "code"),
    [
        ("350206", (), "350206"), ("359999", (), "359999"),
        ("福建省厦门市思明区", (), "350203"), ("厦门市 思明区", (), "350203"),
        ("厦门思明", (), "350203"), ("思明", (), "350203"),
        ("xiamen, siming district", (), "350203"),
        ("鼓楼区", ("3201",), "320106"),
    ],
)  # fmt: skip
def test_a_name_that_was_typed_is_one_division(typed, near, code):
    assert divisions.read(typed, near) == code


def test_a_name_of_several_and_one_of_none_are_refused():
    with pytest.raises(IdentifierError, match=r"several divisions .*南京市鼓楼区、.*福州市鼓楼区"):
        divisions.read("鼓楼区")
    with pytest.raises(IdentifierError, match="no division is called Atlantis"):
        divisions.read("Atlantis")


@pytest.mark.parametrize("code", ["350206", "350212", "110108", "359902001002", "3502", "35"])
def test_what_is_shown_is_taken_back(code):
    for is_chinese in (True, False):
        assert divisions.exact(divisions.shown(code, is_chinese=is_chinese)) == code


def test_words_that_only_resemble_a_name_stay_words():
    assert divisions.exact("福建厦门") is None
    assert divisions.exact("山东临沂兰陵") is None
