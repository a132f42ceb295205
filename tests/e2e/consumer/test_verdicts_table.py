"""The phone says of each made history what the table says, and what `suyuan verify` says."""

from support.goods.verdicts_market import COLOURS, Market, by_python, file_of
from support.goods.verdicts_rows import ROWS
from support.ledger.world import World

from suyuan.keys import base64

ASK = """async ([files, trust]) => {
  const { verify } = await import("./verify/file.js");
  const { decode } = await import("./sign/base64.js");
  const found = [];
  for (const [file, holder] of files) {
    const said = await verify(decode(file), JSON.parse(trust), () => undefined, holder);
    found.push([said.states, said.colour]);
  }
  return found;
}"""


def test_the_phone_says_what_the_table_says(page, tmp_path):
    world = World(tmp_path / "home")
    market = Market(world)
    made = [row.build(market) for row in ROWS]
    world.ledger.followers.catch_up()
    files = [file_of(world, *one) for one in made]
    asked = [
        [base64.encode(file), holder.uri] for file, (_, holder) in zip(files, made, strict=True)
    ]
    asked += [[data, None] for data, _ in asked]
    found = page.evaluate(ASK, [asked, world.trust.to_json()])
    said = [(tuple(states), COLOURS[colour]) for states, colour in found]
    names = [row.name for row in ROWS]
    expected = [(row.states, row.colour) for row in ROWS]
    assert dict(zip(names, said, strict=False)) == dict(zip(names, expected, strict=True))
    alone = [by_python(file, world.trust, None) for file in files]
    assert dict(zip(names, said[len(ROWS) :], strict=True)) == dict(zip(names, alone, strict=True))
    world.ledger.close()
