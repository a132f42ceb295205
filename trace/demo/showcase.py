"""The labels to try first: four or five scans that make good pages."""

from ..ledger import Ledger
from .city import read_demo
from .dice import Dice
from .parties import DELI, FISHMONGER, GREENS, SCHOOL, people
from .products import items, serials

Shown = tuple[str, str, str, str, str]

_LABELS = (
    ("腊肠：从猪场到摊位", "Sausage: from the pig farm to the stall", DELI, "sausage-1"),
    ("上海青：基地直送摊位", "Bok choy: straight from the field", GREENS, "bok-choy-2"),
    ("加州鲈鱼：从鱼塘到摊位", "Bass: from the pond to the stall", FISHMONGER, "bass-2"),
    ("时蔬拼盆：一盆多批", "Mixed greens: several lots in one basin", GREENS, "basin-2"),
    ("学校早餐：青菜肉包", "School breakfast: buns with pork and bok choy", SCHOOL, "bun-1"),
)


def showcase(ledger: Ledger) -> list[Shown]:
    """Title in Chinese and English, item, actor and serial of each label to try.

    Raises CannotDecide where the ledger's home is no demo.
    """
    seed, today = read_demo(ledger.home)
    dice = Dice(seed)
    uris, cast = items(dice, today), people(dice)
    return [
        (chinese, english, uris[lot], cast[who].uri, serials(dice, who, lot)[0])
        for chinese, english, who, lot in _LABELS
    ]
