"""What the city grows, makes and cooks: products, and the lots and units of the story, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..identifiers import codes, gs1
from . import numbers
from .dice import Dice
from .parties import (
    A15,
    A18,
    A21,
    ABATTOIR,
    BUTCHER,
    DELI,
    DEPOT,
    FARM,
    FISHERY,
    FISHMONGER,
    GREENS,
    HOST,
    KITCHEN,
    PIGFARM,
    RESIDENTS,
    SCHOOL,
)

_PREFIXES = {resident.key: resident.gs1 for resident in RESIDENTS}


@dataclass(frozen=True, slots=True)
class Product:
    """A product of one party; `gtin` is its number under the party's prefix, 0 for none."""

    key: str
    owner: str
    name: str
    category: str
    unit: str = "KGM"
    gtin: int = 0
    spec: str = ""
    days: int | None = None
    conversions: Mapping[str, str] = field(default_factory=dict)

    def uri(self, dice: Dice) -> str:
        """Its URI: by GTIN, else by a code of the ledger."""
        if self.gtin:
            return f"{gs1.ID}/01/{self.gtin14}"
        return codes.uri_of(dice.code(f"product:{self.key}"), HOST, "product")

    @property
    def gtin14(self) -> str:
        """Its GTIN in 14 digits."""
        return gs1.gtin14(numbers.gtin(_PREFIXES[self.owner], self.gtin))


_BOX = {"箱": "10"}
PRODUCTS: Mapping[str, Product] = {
    product.key: product
    for product in (
        Product("bok-choy", FARM, "上海青", "蔬菜/叶菜类", days=3, conversions=_BOX),
        Product("spinach", FARM, "菠菜", "蔬菜/叶菜类", days=3, conversions=_BOX),
        Product("lettuce", FARM, "生菜", "蔬菜/叶菜类", days=3, conversions=_BOX),
        Product("cucumber", FARM, "黄瓜", "蔬菜/瓜类", days=5, conversions={"筐": "20"}),
        Product("aubergine", FARM, "茄子", "蔬菜/茄果类", days=5, conversions={"筐": "20"}),
        Product("carrot", FARM, "胡萝卜", "蔬菜/根茎类", days=30, conversions={"袋": "25"}),
        Product("cabbage", FARM, "包菜", "蔬菜/叶菜类", days=10, conversions={"袋": "25"}),
        Product("coriander", FARM, "香菜", "蔬菜/叶菜类", days=3),
        Product("beans", FARM, "豇豆", "蔬菜/豆类", days=5, conversions={"筐": "15"}),
        Product("bunches", DEPOT, "豇豆（扎把）", "蔬菜/豆类", spec="约500克/扎", days=4),
        Product("tomato", FARM, "番茄", "蔬菜/茄果类", gtin=11, days=7, conversions={"筐": "20"}),
        Product("cherry", FARM, "圣女果", "蔬菜/茄果类", gtin=12, days=7),
        Product("cherry-box", FARM, "圣女果（盒装）", "蔬菜/茄果类", "H87", 13, "500克/盒", 7),
        Product("pigs", PIGFARM, "商品猪（长白×大白）", "畜禽/生猪", "H87"),
        Product("carcass", ABATTOIR, "白条猪肉", "肉类/鲜猪肉", gtin=21, days=3),
        Product("offal", ABATTOIR, "猪副产品", "肉类/猪副产品", gtin=22, days=2),
        Product("hind", ABATTOIR, "猪后腿肉", "肉类/鲜猪肉", gtin=23, days=5),
        Product("shoulder", ABATTOIR, "猪前腿肉", "肉类/鲜猪肉", gtin=24, days=5),
        Product("belly", ABATTOIR, "猪五花肉", "肉类/鲜猪肉", gtin=25, days=5),
        Product("ribs", ABATTOIR, "猪排骨", "肉类/鲜猪肉", gtin=26, days=5),
        Product("fatback", ABATTOIR, "猪背膘", "肉类/鲜猪肉", gtin=27, days=5),
        Product("salt", KITCHEN, "食用盐（原料）", "调味品/盐"),
        Product("sugar", KITCHEN, "白砂糖（原料）", "调味品/糖"),
        Product("liquor", KITCHEN, "高粱白酒（原料）", "酒类/白酒"),
        Product("casing", KITCHEN, "天然猪肠衣（原料）", "肉类/肠衣"),
        Product("chili", KITCHEN, "辣椒花椒粉（原料）", "调味品/香辛料"),
        Product("sausage", KITCHEN, "广式腊肠", "肉制品/腌腊", gtin=31, spec="散装", days=90),
        Product("hot-sausage", KITCHEN, "麻辣香肠", "肉制品/腌腊", gtin=32, spec="散装", days=90),
        Product(
            "sausage-pack", KITCHEN, "广式腊肠（袋装）", "肉制品/腌腊", "H87", 33, "500克/袋", 90
        ),
        Product("gift", KITCHEN, "腊味礼盒", "肉制品/腌腊", "H87", 34, "2.5千克/盒", 90),
        Product("bass", FISHERY, "加州鲈鱼", "水产品/淡水鱼", days=2),
        Product("mullet", FISHERY, "鲻鱼", "水产品/海水鱼", days=2),
        Product("shrimp", FISHERY, "南美白对虾", "水产品/虾类", days=1),
        Product("basin", GREENS, "时蔬拼盆", "蔬菜/混装", days=1),
        Product("mince", BUTCHER, "现绞猪肉馅", "肉类/鲜猪肉", days=1),
        Product("fish-basin", FISHMONGER, "鲜鱼混装盆", "水产品/混装", days=1),
        Product("platter", DELI, "双味腊肠拼装", "肉制品/腌腊", days=30),
        Product("braised", SCHOOL, "红烧肉", "餐饮/热菜", "H87", spec="份", days=0),
        Product("stir-fry", SCHOOL, "清炒上海青", "餐饮/热菜", "H87", spec="份", days=0),
        Product("steamed-bass", SCHOOL, "清蒸鲈鱼", "餐饮/热菜", "H87", spec="份", days=0),
        Product("flour", SCHOOL, "小麦粉（原料）", "粮食/小麦粉"),
        Product("bun", SCHOOL, "青菜肉包", "餐饮/面点", "H87", spec="个", days=0),
        Product("borscht", SCHOOL, "罗宋汤", "餐饮/汤类", "H87", spec="份", days=0),
        Product("fried-beans", SCHOOL, "干煸豇豆", "餐饮/热菜", "H87", spec="份", days=0),
        Product("egg-soup", SCHOOL, "番茄蛋花汤", "餐饮/汤类", "H87", spec="份", days=0),
    )
}

# Lots by key: their product, and the day before today whose date is their lot number. Lots of a
# product with a GTIN have a GS1 URI, the others a random code of the ledger.
LOTS: Mapping[str, tuple[str, int]] = {
    "bok-choy-1": ("bok-choy", 28),
    "bok-choy-2": ("bok-choy", 26),
    "bok-choy-3": ("bok-choy", 24),
    "spinach-1": ("spinach", 27),
    "lettuce-1": ("lettuce", 26),
    "cucumber-1": ("cucumber", 28),
    "cucumber-2": ("cucumber", 27),
    "aubergine-1": ("aubergine", 28),
    "carrot-1": ("carrot", 28),
    "cabbage-1": ("cabbage", 28),
    "coriander-1": ("coriander", 25),
    "beans-1": ("beans", 24),
    "bunches-1": ("bunches", 2),
    "tomato-1": ("tomato", 7),
    "tomato-2": ("tomato", 3),
    "cherry-1": ("cherry", 3),
    "cherry-box-1": ("cherry-box", 3),
    "pigs-1": ("pigs", 29),
    "pigs-2": ("pigs", 29),
    "carcass-1": ("carcass", 12),
    "carcass-2": ("carcass", 5),
    "carcass-3": ("carcass", 1),
    "offal-1": ("offal", 12),
    "offal-2": ("offal", 5),
    "offal-3": ("offal", 1),
    "hind-1": ("hind", 12),
    "shoulder-1": ("shoulder", 12),
    "ribs-1": ("ribs", 12),
    "fatback-1": ("fatback", 12),
    "hind-2": ("hind", 5),
    "belly-2": ("belly", 5),
    "ribs-2": ("ribs", 5),
    "fatback-2": ("fatback", 5),
    "hind-3": ("hind", 1),
    "belly-3": ("belly", 1),
    "ribs-3": ("ribs", 1),
    "salt-1": ("salt", 14),
    "sugar-1": ("sugar", 14),
    "liquor-1": ("liquor", 14),
    "casing-1": ("casing", 14),
    "chili-1": ("chili", 14),
    "sausage-1": ("sausage", 8),
    "hot-sausage-1": ("hot-sausage", 7),
    "sausage-pack-1": ("sausage-pack", 7),
    "bass-1": ("bass", 29),
    "bass-2": ("bass", 29),
    "mullet-1": ("mullet", 29),
    "shrimp-1": ("shrimp", 29),
    "basin-1": ("basin", 1),
    "basin-2": ("basin", 0),
    "mince-1": ("mince", 3),
    "mince-2": ("mince", 0),
    "fish-basin-1": ("fish-basin", 0),
    "platter-1": ("platter", 2),
    "braised-1": ("braised", 3),
    "flour-1": ("flour", 14),
    "bun-1": ("bun", 0),
    "borscht-1": ("borscht", 5),
    "stir-fry-1": ("stir-fry", 1),
    "steamed-bass-1": ("steamed-bass", 1),
    "egg-soup-1": ("egg-soup", 1),
    "fried-beans-1": ("fried-beans", 1),
}

# Pieces by key: their product and serial.
PIECES: Mapping[str, tuple[str, str]] = {
    "gift-1": ("gift", "LH0001"),
    "gift-2": ("gift", "LH0002"),
}

# Logistic units by key: whose company prefix numbers them, and the number.
UNITS: Mapping[str, tuple[str, int]] = {
    "pallet-1": (KITCHEN, 2001),
    "pallet-2": (KITCHEN, 2002),
    "cage-1": (ABATTOIR, 501),
    "cage-2": (ABATTOIR, 502),
    "crate-1": (FARM, 9001),
    "crate-2": (FARM, 9002),
    "tote-1": (DEPOT, 77001),
    "tote-2": (DEPOT, 77002),
    "tank-1": (FISHERY, 31),
}


# Labels that are issued, by issuer and lot: how many.
LABELS: Mapping[tuple[str, str], int] = {
    (DELI, "sausage-1"): 120,
    (DELI, "sausage-pack-1"): 80,
    (GREENS, "bok-choy-2"): 60,
    (GREENS, "basin-2"): 30,
    (GREENS, "beans-1"): 40,
    (A15, "bunches-1"): 40,
    (A18, "bunches-1"): 30,
    (A21, "beans-1"): 30,
    (BUTCHER, "hind-3"): 60,
    (FISHMONGER, "bass-2"): 50,
    (SCHOOL, "stir-fry-1"): 40,
    (SCHOOL, "bun-1"): 60,
}


def serials(dice: Dice, who: str, lot: str) -> list[str]:
    """The serials of the labels that `who` issues for a lot, in byte order."""
    return dice.serials(f"{who}/{lot}", LABELS[who, lot])


def product_of(key: str) -> Product | None:
    """The product of a lot or piece; None for a logistic unit."""
    if key in LOTS:
        return PRODUCTS[LOTS[key][0]]
    return PRODUCTS[PIECES[key][0]] if key in PIECES else None


def items(dice: Dice, today: date) -> dict[str, str]:
    """The URIs of all lots, pieces and logistic units, by key."""
    found = {}
    for key, (name, days) in LOTS.items():
        product = PRODUCTS[name]
        if product.gtin:
            lot = f"{today - timedelta(days=days):%Y%m%d}A"
            found[key] = gs1.lot_uri(product.gtin14, lot)
        else:
            found[key] = codes.uri_of(dice.code(f"item:{key}"), HOST)
    for key, (name, serial) in PIECES.items():
        found[key] = gs1.piece_uri(PRODUCTS[name].gtin14, serial)
    for key, (owner, number) in UNITS.items():
        found[key] = numbers.unit(_PREFIXES[owner], number)
    return found
