// "How do I know?": fetches the evidence of a page and checks it here, on the reader's own phone.

import { verify } from "./verify-file.js";
import { codeOf, codeOfChain } from "./verify-items.js";
import { utf8 } from "./dsse.js";
import { fill } from "./text.js";

// Check what the panel names; what was found is said in it. Returns the verdict, or null.
export async function check(panel) {
  let words;
  try {
    words = await (await fetch(panel.dataset.words, { credentials: "same-origin" })).json();
  } catch (error) {
    return null; // the page's own words are gone with the network
  }
  const say = new Telling(panel, words);
  say.line(say.words.fetching);
  if (!self.crypto || !crypto.subtle) return say.byServer([say.words.no_https]);
  let found;
  const start = performance.now();
  try {
    const [evidence, trust] = await Promise.all([get(panel.dataset.evidence), get("/api/v1/trust")]);
    if (!evidence.ok || !trust.ok) return say.refused(evidence.ok ? trust : evidence);
    const keys = await trust.json();
    found = await verify(new Uint8Array(await evidence.arrayBuffer()), keys, say.step, panel.dataset.actor || null);
    found.log = keys.log.split("+").slice(0, 2).join("+");
    await isOfThisPage(found, panel.dataset, keys);
  } catch (error) {
    say.line(error instanceof TypeError ? say.words.offline : error.message, "warn");
    return null;
  }
  found.ms = Math.round(performance.now() - start);
  say.step(1, 1);
  await say.outcome(found);
  return found;
}

function get(path) {
  return fetch(path, { cache: "no-store", credentials: "same-origin" });
}

// The file is about the page's item, has its holder's own chain, and the code is theirs.
async function isOfThisPage(found, { item, actor, code }, trust) {
  const refuse = (rule, why) => {
    Object.assign(found, { verdict: "broken", states: ["broken"], colour: "bad" });
    found.faults.push({ rule, why, index: null });
  };
  if (found.item === null) return;
  if (found.item !== item) refuse("item", found.item);
  const isTheirs = ({ link }) => link && link.actor === actor && link.items.some((part) => part.item === item);
  if (actor && !found.links.some(isTheirs)) refuse("item", `no record of ${actor}`);
  const start = `https://${trust.host}/t/`;
  const own = item.startsWith(start) ? item.slice(start.length) : await codeOf(utf8(item));
  if (code && code !== (actor ? await codeOfChain(item, actor) : own)) refuse("code", code);
}

class Telling {
  constructor(panel, words) {
    this.panel = panel;
    this.words = words;
    this.said = panel.querySelector(".said");
    this.bar = panel.querySelector("progress");
    this.more = panel.querySelector(".more-of-it");
    this.more.replaceChildren();
    this.bar.hidden = false;
    this.bar.removeAttribute("value");
    this.step = (done, all) => {
      this.bar.max = all;
      this.bar.value = done;
    };
  }

  line(text, tone = "") {
    this.said.textContent = text;
    this.panel.dataset.tone = tone;
    if (tone) this.bar.hidden = true;
  }

  async outcome(found) {
    const { words } = this;
    const lacks = found.open.filter((why) => why.startsWith("no "));
    if (!found.states.includes("broken") && lacks.length) {
      await this.byServer(lacks.map((why) => fill(words.no_algorithm, { name: why.slice(3) })), found);
      return;
    }
    const values = { links: found.links.length, signatures: found.signatures };
    // What a file cannot show, a label's standing say, the page may know: never greener than that.
    const page = this.panel.dataset.colour || "good";
    const tone = found.colour === "good" && page !== "good" ? "warn" : found.colour;
    const isFull = ["verified", "broken", "undecided"].includes(found.verdict);
    const text = isFull ? fill(words[found.verdict], values)
      : fill(words.checked, { ...values, said: words.verdicts[found.verdict] });
    this.line(found.verdict === "verified" ? `${text} (${fill(words.time, found)})` : text, tone);
    this.faults(found);
    this.list(found.open.map((why) => words[why] || why));
    if (found.verdict !== "broken") this.details(found);
  }

  faults(found) {
    this.list(found.faults.map(({ rule, why, index }) => {
      const said = document.createDocumentFragment();
      if (index !== null) {
        const name = fill(this.words.record, { index });
        const link = document.getElementById(`l${index}`) ? element("a", name) : element("b", name);
        if (link.tagName === "A") link.href = `#l${index}`;
        said.append(link, " · ");
      }
      const exact = element("span", why);
      exact.className = "exact";
      exact.lang = "en";
      said.append(`${this.words.rules[rule] || rule} `, exact);
      return said;
    }));
  }

  details(found) {
    const { words } = this;
    const names = found.cosigned.map((one) => one.name).join(", ");
    const time = found.time === null ? "" : new Date(found.time * 1000).toLocaleString(document.documentElement.lang);
    this.head(words.on_phone);
    const all = { ...found, links: found.links.length, names, time };
    const said = found.signatures ? ["signatures"] : [];
    said.push("hashes", "inclusion");
    if (found.asked === 0) said.push("no_witness");
    else if (names && time) said.push("witnesses");
    if (found.scopes) said.push("scopes");
    if (this.panel.dataset.code) said.push("code");
    this.list(said.map((name) => fill(words[name], all)));
    this.head(words.with_keys);
    this.list([fill(words.keys, { key: found.log })]);
    this.head(words.by_server);
    this.list([...(this.panel.dataset.serial ? [words.label] : []), words.left_out]);
  }

  // What the phone cannot do is asked of the server, and said to be its word only.
  async byServer(why, found) {
    const { words } = this;
    let verdict;
    try {
      const answer = await get(this.panel.dataset.history);
      verdict = answer.ok ? (await answer.json()).verdict : null;
    } catch (error) {
      verdict = null;
    }
    if (verdict === null) return this.line(words.offline, "warn");
    const text = found ? words.partly : words.server;
    this.line(fill(text, { said: words.verdicts[verdict] || verdict }), verdict === "broken" ? "bad" : "warn");
    this.list(why);
    if (found) this.details(found);
    return null;
  }

  async refused(answer) {
    const problem = await answer.json().catch(() => ({}));
    this.line(answer.status === 409 ? this.words.broken : this.words.none, answer.status === 409 ? "bad" : "warn");
    const exact = element("span", problem.detail || String(answer.status));
    exact.className = "exact";
    exact.lang = "en";
    const said = document.createDocumentFragment();
    said.append(`${this.words.none} `, exact);
    this.list([said]);
    return null;
  }

  head(text) {
    this.more.append(element("h3", text));
  }

  list(parts) {
    if (!parts.length) return;
    const list = element("ul");
    for (const part of parts) {
      const line = element("li");
      line.append(part);
      list.append(line);
    }
    this.more.append(list);
  }
}

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}
