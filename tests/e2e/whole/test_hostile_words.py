"""What a hostile draft, name or phone of others shows: what is signed, and nothing that is left."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.web.signing import MODULES

INHERITED = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    r"|setAttribute\(\s*[\"']on|createContextualFragment|DOMParser|setTimeout\(\s*[\"'`]"
)


def spoken(page, script, *given):
    return page.evaluate(f"async (given) => {{ {script} }}", list(given))


def test_no_script_of_ours_writes_markup():
    sources = [*MODULES.rglob("*.js"), Path(MODULES.parent, "service.js")]
    assert len(sources) > 40
    found = [path.name for path in sources if SINKS.search(path.read_text("utf-8"))]
    assert found == []
    for path in sources:  # nor asks anybody else for anything
        assert (
            re.findall(r"(?:fetch|import|open)\(?\s*[\"'`](?:https?:)?//", path.read_text("utf-8"))
            == []
        )


@pytest.mark.parametrize("name", [*INHERITED, MARKUP])
def test_a_draft_is_shown_as_it_says_whatever_its_words_are_called(page, name):
    """Units, steps, kinds and members named as what every object has are shown by that name."""
    event = {
        "type": "ObjectEvent",
        "bizStep": name,
        "eventTime": "2026-11-24T09:00:00+08:00",
        "quantityList": [{"epcClass": name, "quantity": 7, "uom": name}],
        "suyuan:outcomes": [name],
        "suyuan:result": name,
    }
    known = {"steps": {}, "units": {}, "fields": {}, "outcomes": {}, "results": {},
             "statements": {}, "roles": {}}  # fmt: skip
    script = """
      const { describe, wordsOf } = await import("./sign/words.js");
      const words = wordsOf(given[1]);
      const of = (body) => describe(body, words, {}, []);
      const list = document.createElement("div");
      const { title, rows } = of({ event: JSON.parse(given[0]) });
      const said = of({ statement: JSON.parse(given[2]) });
      list.append(...[title, said.title, ...rows.flat(), ...said.rows.flat()].map(String));
      return [title, said.title, JSON.stringify([rows, said.rows]), list.children.length];"""
    statement = {"type": name, "party": name, "roles": [name], name: name}
    title, second, rows, count = spoken(
        page, script, json.dumps(event), json.dumps(known), json.dumps(statement)
    )
    assert (title, second, count) == (name, name, 0)
    assert "native code" not in rows and "[object" not in rows
    assert json.dumps(f"{name} 7 {name}", ensure_ascii=False) in rows


def test_no_json_changes_what_objects_have(page):
    script = """
      const { parse, dumps } = await import("./sign/canonical.js");
      const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
      const value = parse(new TextEncoder().encode(text));
      const { contents, payloadOf } = await import("./sign/link.js");
      const set = { ledger: "l", actor: "a", drafts: [JSON.parse(
        '{"subjects":["urn:x:1"],"after":[],"statement":{"__proto__":{"polluted":1},"type":"x"}}'
      )] };
      const payload = payloadOf(set, set.drafts[0], {}, "2026-01-01T00:00:00Z");
      const shown = dumps(contents(set)[0]);
      return [dumps(value) === text, ({}).polluted === undefined, dumps(payload), shown];"""
    same, clean, payload, shown = spoken(page, script)
    assert same and clean
    # What is signed has the odd member too, as it is shown: nothing is dropped between the two.
    assert shown.strip("{}") in payload and "polluted" in shown


def test_what_is_signed_is_what_was_shown(page):
    """Other members that a server puts into a draft are neither shown nor signed."""
    script = """
      const { contents, payloadOf } = await import("./sign/link.js");
      const draft = { subjects: ["urn:x:1"], after: [], event: { type: "ObjectEvent" },
        actor: "urn:x:evil", ledger: "evil", v: 9, signed_at: "1999",
        items: [{ item: "urn:x:2", seq: 0, prev: null }] };
      const set = { ledger: "l", actor: "a", drafts: [draft] };
      return [Object.keys(contents(set)[0]), payloadOf(set, draft, {}, "2026-01-01T00:00:00Z")];"""
    shown, payload = spoken(page, script)
    assert shown == ["event"]
    assert payload == {
        "v": 1, "ledger": "l", "actor": "a", "signed_at": "2026-01-01T00:00:00Z",
        "items": [{"item": "urn:x:1", "seq": 0, "prev": None}], "after": [],
        "event": {"type": "ObjectEvent"},
    }  # fmt: skip


def test_a_shared_phone_lets_go_of_what_was_looked_up(page):
    script = """
      const kept = await import("./offline/counter-kept.js");
      const { forgetPages } = await import("./offline/offline-page.js");
      const view = { item: "urn:x:1", holder: null, code: "A" };
      await caches.open("mine-1 " + "a".repeat(64));
      kept.keep("a".repeat(64), "A", view);
      const others = kept.all("b".repeat(64)).length;
      await forgetPages("a".repeat(64));
      const own = kept.all("a".repeat(64)).length;
      await forgetPages(null);
      const left = kept.all("a".repeat(64)).length;
      return [others, own, left, localStorage.length, await caches.keys()];"""
    assert spoken(page, script) == [0, 1, 0, 0, []]
    expect(page.locator("script")).to_have_count(0)
