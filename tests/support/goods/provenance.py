"""Histories looked at by an attacker."""

from dataclasses import dataclass

from support.ledger.world import World
from support.web.client import client_of, page_of

from suyuan.trace.evidence import closure
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import AfterRef
from suyuan.trace.goods import history
from suyuan.trace.recall.status import judge


@dataclass
class Seen:
    """One holder's goods as everybody sees them."""

    states: list[str]
    colour: str
    actors: set[str]
    page: str


def seen(world: World, lot: str, holder) -> Seen:
    """The verdict, which page, API and file share, and the parties on the page's way."""
    world.ledger.followers.catch_up()
    client = client_of(world.ledger)
    page = client.get(page_of(lot, holder.uri), headers={"Accept-Language": "en"}).text
    body = client.get(page_of(lot, holder.uri).replace("/t/", "/api/v1/items/")).json
    genesis = world.trust.genesis
    with world.ledger.reading() as reader:
        path = history.path(reader, genesis, lot, holder.uri)
        made = judge(reader, genesis, path)
        file = closure.bundle(reader, path, world.ledger.attachments.get)
    verdict = verify(file, world.trust, holder=holder.uri)
    assert verdict.exit_code == 0, list(verdict.all_faults())
    assert [str(state) for state in verdict.judged.states] == body["states"]
    assert body["colour"] == verdict.judged.tone == made.verdict.tone
    assert f'<section class="answer is-{body["colour"]}"' in page
    assert f'data-colour="{body["colour"]}"' in page
    return Seen(body["states"], body["colour"], made.path.actors, page)


def after(receipt):
    return (AfterRef(receipt.index, receipt.hash),)
