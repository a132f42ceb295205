"""Small stories for the rules of plausibility: events of lots, and the findings on them."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import HOST, Actor, World

from suyuan.trace.admission import acts
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.messages import Message
from suyuan.trace.format.steps import SHANGHAI, Portion
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.read.lineage_reader import Lineage

NOON = (datetime.now(SHANGHAI) - timedelta(days=30)).replace(
    hour=12, minute=0, second=0, microsecond=0
)


def day(days: float) -> datetime:
    """The time these days after noon thirty days ago, in Shanghai."""
    return (NOON + timedelta(days=days)).astimezone(UTC)


def kg(lot: str, kilos: str | float | None, uom: str | None = "KGM") -> Portion:
    """A portion of a lot, in kilograms."""
    return Portion(lot) if kilos is None else Portion(lot, Decimal(str(kilos)), uom)


def pieces(lot: str, count: int) -> Portion:
    """A portion of a lot, in pieces."""
    return kg(lot, count, "H87")


def say(
    world: World,
    actor: Actor,
    step: str,
    when: float,
    *portions: Portion,
    after: Sequence[Receipt] = (),
    **more: object,
) -> Receipt:
    """Record one event, `when` days after the beginning."""
    event = steps.event(step, day(when), portions, **more)
    refs = tuple(AfterRef(receipt.index, receipt.hash) for receipt in after)
    (receipt,) = world.do(actor, event, after=refs)
    return receipt


def harvest(
    world: World, actor: Actor, lot: str, kilos: str | float, when: float = 0, **ilmd: object
) -> Receipt:
    """Record a harvest of a lot, with the members of its coding."""
    more = {f"suyuan:{name}": value for name, value in ilmd.items()}
    extra = steps.coding("上海青", f"{day(when).astimezone(SHANGHAI):%Y-%m-%d}", None, "350212")
    extra["ilmd"] |= more
    return say(world, actor, "harvest", when, kg(lot, kilos), extra=extra)


def send(
    world: World, actor: Actor, to: Actor, when: float, *portions: Portion, **more: object
) -> Receipt:
    """A dispatch."""
    return say(
        world, actor, "dispatch", when, *portions, sender=actor.uri, recipient=to.uri, **more
    )  # fmt: skip


def product(world: World, category: str, **more: object) -> str:
    """State a product of a category, owned by the authority; its URI."""
    uri = codes.uri_of(codes.new(), HOST, "product")
    members = {"uri": uri, "name": "产品", "category": category, "unit": "KGM"} | more
    world.say(world.authority, {"type": "product"} | members, acts.assign(uri, world.authority.uri))
    return uri


def party(world: World, role: str, division: str = "350206", **more: Sequence[str]) -> Actor:
    """A party of a role in a division."""
    return world.party("某某", role, division=division, **more)


def findings(world: World, rule: str | None = None) -> list[ItemFinding]:
    """The findings now, of one rule or all; the same after the follower's rebuild."""
    listed = _findings(world)
    for finding in listed:
        assert_same_facts(finding.message)
    world.ledger.followers.rebuild("lineage")
    assert _findings(world) == listed
    return [finding for finding in listed if rule in (None, finding.rule)]


def _findings(world: World) -> list[ItemFinding]:
    with world.caught_up() as reader:
        return Lineage(reader).findings()


def numbers(text: str) -> Counter[str]:
    """The numbers in a sentence, each as often as it stands there."""
    return Counter(re.findall(r"[0-9]+(?:\.[0-9]+)?", text))


def assert_same_facts(message: Message) -> None:
    """Fail where a message has other facts in Chinese than in English."""
    assert_texts_agree(str(message), message.text("zh"))


def assert_texts_agree(english: str, chinese: str) -> None:
    """That both tell the same numbers, and the Chinese has no English words but URIs and °C."""
    assert re.search(r"[\u4e00-\u9fff]", chinese), chinese
    assert numbers(english) == numbers(chinese), (english, chinese)
    bare = re.sub(r"[a-z]+:[!-~]+|°C", "", chinese)
    assert not re.search("[A-Za-z]", bare), chinese


def rules(world: World) -> list[str]:
    """The rules of the findings, each as often as it has one."""
    return sorted(finding.rule for finding in findings(world))


def only(world: World, rule: str) -> ItemFinding:
    """The only finding, which must be of this rule."""
    listed = findings(world)
    assert [finding.rule for finding in listed] == [rule], listed
    return listed[0]
