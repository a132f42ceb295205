"""Who lives in the demo's city: parties, their places and their keys, as data."""

from dataclasses import dataclass

from ..identifiers import codes, parties
from . import numbers
from .dice import Dice

HOST = "demo.suyuan.invalid"
ORIGIN = f"{HOST}/log"

AUTHORITY, OFFICE, GATEWAY = "authority", "office", "gateway"
MARKET, LAB, SCHOOL = "market", "laboratory", "school"
FARM, PIGFARM, FISHERY = "farm", "pig-farm", "fishery"
ABATTOIR, KITCHEN, DEPOT = "slaughterhouse", "sausage-maker", "wholesaler"
GREENS, BUTCHER, FISHMONGER, DELI = "stall-greens", "stall-meat", "stall-fish", "stall-sausage"
A15, A18, A21 = "stall-a15", "stall-a18", "stall-a21"  # they sell vegetables too


@dataclass(frozen=True, slots=True)
class Resident:
    """A party of the city.

    `number` is its USCC as kind and number, "gln" where its GLN names it, "code" where a code of
    the ledger does; `gs1` its company prefix, if it has one.
    """

    key: str
    name: str
    role: str
    division: str
    place: str
    number: tuple[str, int] | str = "code"
    gs1: str = ""
    part_of: str = ""
    alg: str = "Ed25519"
    kept: str = "file"


_LAKE, _HILL, _PIGS, _BAY, _WORKS = (
    "359902001",
    "359905003",
    "359906002",
    "359904001",
    "359903004",
)

RESIDENTS: tuple[Resident, ...] = (
    Resident(
        AUTHORITY, "鹭岛市市场监督管理局（演示）", "authority", "3599", "局机关", ("11", 410031)
    ),
    Resident(
        OFFICE, "鹭岛市湖滨市场监督管理所（演示）", "office", _LAKE, "湖滨所快检室", ("11", 410058)
    ),
    Resident(
        MARKET,
        "鹭岛市湖心农贸市场管理有限公司",
        "market",
        _LAKE,
        "湖心农贸市场",
        ("91", 30518842),
        "699001201",
    ),
    Resident(
        FARM,
        "鹭岛绿野蔬菜专业合作社",
        "producer",
        _HILL,
        "绿野合作社北坡基地",
        ("93", 58102936),
        "699001202",
    ),
    Resident(
        PIGFARM,
        "鹭岛翔丰生猪养殖有限公司",
        "producer",
        _PIGS,
        "翔丰养殖场",
        ("91", 56430217),
        "699001203",
    ),
    Resident(
        FISHERY,
        "鹭岛沧江水产养殖有限公司",
        "producer",
        _BAY,
        "沧江一号养殖基地",
        ("91", 67158034),
        "699001204",
    ),
    Resident(
        ABATTOIR,
        "鹭岛闽安生猪定点屠宰有限公司",
        "processor",
        _PIGS,
        "闽安屠宰厂",
        ("91", 70523918),
        "699001205",
    ),
    Resident(
        KITCHEN,
        "鹭岛古厝肉制品有限公司",
        "processor",
        _WORKS,
        "古厝肉制品厂",
        ("91", 62007455),
        "699001206",
    ),
    Resident(
        DEPOT,
        "鹭岛中埔农产品批发市场有限公司",
        "wholesaler",
        _WORKS,
        "中埔批发市场配送中心",
        ("91", 15498206),
        "699001207",
    ),
    Resident(
        GREENS,
        "湖心市场A12摊·四季鲜蔬",
        "stall",
        f"{_LAKE}002",
        "湖心市场A12摊位",
        part_of=MARKET,
        alg="ECDSA-P256",
        kept="browser",
    ),
    Resident(
        BUTCHER,
        "湖心市场B05摊·放心鲜肉",
        "stall",
        f"{_LAKE}002",
        "湖心市场B05摊位",
        part_of=MARKET,
        alg="ECDSA-P256",
        kept="browser",
    ),
    Resident(
        FISHMONGER,
        "湖心市场C08摊·沧江水产",
        "stall",
        f"{_LAKE}002",
        "湖心市场C08摊位",
        part_of=MARKET,
        kept="browser",
    ),
    Resident(
        DELI,
        "湖心市场D03摊·古厝腊味",
        "stall",
        f"{_LAKE}002",
        "湖心市场D03摊位",
        part_of=MARKET,
        kept="browser",
    ),
    Resident(
        A15,
        "湖心市场A15摊·阿香蔬菜",
        "stall",
        f"{_LAKE}002",
        "湖心市场A15摊位",
        part_of=MARKET,
        alg="ECDSA-P256",
        kept="browser",
    ),
    Resident(
        A18,
        "湖心市场A18摊·鲜又多蔬菜",
        "stall",
        f"{_LAKE}002",
        "湖心市场A18摊位",
        part_of=MARKET,
        kept="browser",
    ),
    Resident(
        A21,
        "湖心市场A21摊·陈记菜行",
        "stall",
        f"{_LAKE}002",
        "湖心市场A21摊位",
        part_of=MARKET,
        alg="ECDSA-P256",
        kept="browser",
    ),
    Resident(
        SCHOOL,
        "鹭岛寄宿实验学校食堂",
        "caterer",
        _LAKE,
        "实验学校第一食堂",
        "gln",
        "699001208",
        kept="browser",
    ),
    Resident(
        LAB,
        "鹭岛市食品安全检验中心（演示）",
        "laboratory",
        _LAKE,
        "检验中心实验室",
        ("12", 42660713),
        "699001209",
        kept="hardware",
    ),
    Resident(GATEWAY, "鹭岛溯源演示导入网关", "gateway", "3599", "市局机房"),
)

LOG_KEY = "log"
FIELD_PHONE = "farm-field-phone"  # the farm's further key
NEW_PHONE = "stall-fish-new-phone"  # the one that the fishmonger bought when the first was lost
OTHER_KEYS = {LOG_KEY: "Ed25519", FIELD_PHONE: "ECDSA-P256", NEW_PHONE: "Ed25519"}


@dataclass(frozen=True, slots=True)
class Person:
    """A resident with its URIs."""

    data: Resident
    uri: str
    place: str


def people(dice: Dice) -> dict[str, Person]:
    """All residents by key, with the URIs that this seed gives those that have only a code."""
    found = {}
    for data in RESIDENTS:
        place = codes.uri_of(dice.code(f"place:{data.key}"), HOST, "place")
        if data.gs1:
            place = f"https://id.gs1.org/414/{numbers.gln(data.gs1, 101)}"
        if isinstance(data.number, tuple):
            uri = numbers.uscc(*data.number)
        elif data.number == "gln":
            uri = parties.gln_uri(numbers.gln(data.gs1, 1))
        else:
            uri = codes.uri_of(dice.code(f"party:{data.key}"), HOST, "party")
        found[data.key] = Person(data, uri, place)
    return found
