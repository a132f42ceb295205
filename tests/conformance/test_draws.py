"""Draws: a second implementation, by the ten lines of the format, recomputes a thousand."""

import random

import pytest
from conformance.reference import draws

from suyuan.keys import base64
from suyuan.trace.inspection.draws import draw
from suyuan.trace.inspection.draws.draw import Change, DrawError, Ranking


def a_draw(dice):
    """A random draw: its URI, files, value and nonce."""
    strata = ["A", "B 级", "C", "élevé"][: dice.randint(1, 4)]
    firms = [f"urn:uscc:{dice.getrandbits(64):018X}" for _ in range(dice.randint(4, 30))]
    people = [
        f"https://x.example/party/{dice.getrandbits(60):x}" for _ in range(dice.randint(4, 9))
    ]
    pool = {firm: dice.choice(strata) for firm in firms}
    team = dice.randint(1, 2)
    avoids = {one: [] for one in people}
    for firm in dice.sample(firms, len(firms) // 3):
        for one in dice.sample(people, dice.randint(0, len(people) - team)):
            avoids[one].append(firm)
    sizes = {stratum: list(pool.values()).count(stratum) for stratum in set(pool.values())}
    counts = {stratum: dice.randint(0, size) for stratum, size in sizes.items()}
    counts[pool[firms[0]]] = dice.randint(1, sizes[pool[firms[0]]])
    files = draw.write(pool, avoids, counts, team, {"title": "双随机抽查"})
    uri = f"https://x.example/draw/{dice.getrandbits(60):x}"
    nonce = base64.encode_url(dice.randbytes(dice.randint(16, 64)))
    return uri, files, f"{dice.getrandbits(256):064x}", nonce


def changed(dice, ranking):
    """Some replacements that a draw allows, as an office makes them."""
    changes = []
    for _ in range(dice.randint(0, 4)):
        picks = ranking.replaced(changes)
        pick = dice.choice(picks)
        at = dice.choice([None, pick.id])
        of = pick.id if at is None else dice.choice(pick.team)
        used = [one.of for one in changes if one.at == at]
        try:
            changes.append(Change(of, ranking.next(picks, used, of, at), at))
        except DrawError:
            continue
    return changes


@pytest.mark.slow
def test_a_thousand_draws():
    dice = random.Random(20261202)
    replaced = 0
    for _ in range(1_000):
        uri, files, value, nonce = a_draw(dice)
        assert draws.commitment(nonce) == draw.nonce_digest(nonce)
        ranking = Ranking(files, draw.seed_of(uri, files.digests, value, nonce))
        changes = changed(dice, ranking)
        expected = [[pick.id, list(pick.team)] for pick in ranking.replaced(changes)]
        said = [change.said() for change in changes]
        assert draws.recompute(uri, files.all(), value, nonce, said) == expected
        replaced += len(changes)
    assert replaced > 1_000


def test_a_replacement_of_another_rank_is_neither_s():
    dice = random.Random(7)
    wrong = 0
    for _ in range(100):
        uri, files, value, nonce = a_draw(dice)
        ranking = Ranking(files, draw.seed_of(uri, files.digests, value, nonce))
        pick = ranking.drawn()[0]
        for change in (Change(pick.id, next(iter(files.strata))),
                       Change(pick.team[0], next(iter(files.avoided)), pick.id)):  # fmt: skip
            theirs = draws.recompute(uri, files.all(), value, nonce, [change.said()])
            if theirs is None:
                wrong += 1
                with pytest.raises(DrawError):
                    ranking.replaced([change])
            else:
                assert theirs == [[p.id, list(p.team)] for p in ranking.replaced([change])]
    assert wrong > 100
