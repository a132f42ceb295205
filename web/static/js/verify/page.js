// "How do I know?": fetches the evidence of a page and checks it here, on the reader's own phone.

import { verify } from "./file.js";
import { codeOf, codeOfChain } from "./items.js";
import { utf8 } from "../sign/dsse.js";
import { _, learn } from "../sign/text.js";

// Check the evidence that the panel names and show the result in it. Returns the result, or null.
export async function check(panel) {
  let words;
  try {
    words = await (await fetch(panel.dataset.words, { credentials: "same-origin" })).json();
  } catch (error) {
    return null; // the page's own words are gone with the network
  }
  learn(words.texts);
  const report = new Report(panel, words);
  report.line(_("Fetching the evidence…"));
  if (!self.crypto || !crypto.subtle) return report.byServer([_("This page came without https, and browsers then check nothing.")]);
  let result;
  const start = performance.now();
  try {
    const [evidence, trust] = await Promise.all([get(panel.dataset.evidence), get("/api/v1/trust")]);
    if (!evidence.ok || !trust.ok) return report.refused(evidence.ok ? trust : evidence);
    const keys = await trust.json();
    result = await verify(new Uint8Array(await evidence.arrayBuffer()), keys, report.step, panel.dataset.actor || null);
    result.log = keys.log.split("+").slice(0, 2).join("+");
    await isOfThisPage(result, panel.dataset, keys);
  } catch (error) {
    report.line(error instanceof TypeError ? _("Without a network there is no evidence to check.") : error.message, "warn");
    return null;
  }
  result.ms = Math.round(performance.now() - start);
  report.step(1, 1);
  await report.outcome(result);
  return result;
}

function get(path) {
  return fetch(path, { cache: "no-store", credentials: "same-origin" });
}

// The file is about the page's item, has its holder's own chain, and the code is theirs.
async function isOfThisPage(result, { item, actor, code }, trust) {
  const refuse = (rule, why) => {
    Object.assign(result, { verdict: "broken", states: ["broken"], colour: "bad" });
    result.faults.push({ rule, why, index: null });
  };
  if (result.item === null) return;
  if (result.item !== item) refuse("item", result.item);
  const isTheirs = ({ link }) => link && link.actor === actor && link.items.some((part) => part.item === item);
  if (actor && !result.links.some(isTheirs)) refuse("item", `no record of ${actor}`);
  const start = `https://${trust.host}/t/`;
  const own = item.startsWith(start) ? item.slice(start.length) : await codeOf(utf8(item));
  if (code && code !== (actor ? await codeOfChain(item, actor) : own)) refuse("code", code);
}

// What a file leaves open, by the name that its verification has for it.
function openOf(why) {
  return {
    __proto__: null,
    unwitnessed: _("It is not yet witnessed: too few witnesses have cosigned it."),
    newer: _("A part of it is newer than this page, and was not understood."),
    unread: _("The content of a record is in a file that is not enclosed."),
    cut: _("One holder's records are not in it whole: what is between was not checked."),
  }[why] || why;
}

class Report {
  constructor(panel, words) {
    this.panel = panel;
    this.words = words;
    this.status = panel.querySelector(".said");
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
    this.status.textContent = text;
    this.panel.dataset.tone = tone;
    if (tone) this.bar.hidden = true;
  }

  async outcome(result) {
    const { words } = this;
    const lacks = result.open.filter((why) => why.startsWith("no "));
    if (!result.states.includes("broken") && lacks.length) {
      await this.byServer(lacks.map((why) => _("This browser cannot check signatures of the kind %(name)s.", { name: why.slice(3) })), result);
      return;
    }
    const values = { links: result.about, others: result.links.length - result.about };
    // What a file cannot show, a label's standing say, the page may know: never greener than that.
    const page = this.panel.dataset.colour || "good";
    const isGreener = result.colour === "good" && page !== "good";
    const tone = isGreener ? "warn" : result.colour;
    const unchanged = { ...values, said: words.verdicts[isGreener ? this.panel.dataset.verdict : result.verdict] };
    const text = {
      verified: isGreener ? _("Every record is unchanged and signed (%(links)s of this food, %(others)s of parties and keys), this phone found. But checked by the server: %(said)s", unchanged) : _("Verified on this phone: %(links)s records of this food, and %(others)s of parties and keys.", values),
      broken: _("This phone found it broken. Do not rely on it."),
      undecided: _("This phone could not decide; nothing that it checked is wrong."),
    }[result.verdict] || _("Every record is unchanged and signed (%(links)s of this food, %(others)s of parties and keys), this phone found. But: %(said)s", unchanged);
    this.line(tone === "good" ? `${text} (${_("in %(ms)s ms", result)})` : text, tone);
    this.faults(result);
    this.list(result.open.map((why) => openOf(why)));
    if (result.verdict !== "broken") this.details(result);
  }

  faults(result) {
    this.list(result.faults.map(({ rule, why, index }) => {
      const line = document.createDocumentFragment();
      if (index !== null) {
        const name = _("Record no. %(index)s", { index });
        const link = document.getElementById(`l${index}`) ? element("a", name) : element("b", name);
        if (link.tagName === "A") link.href = `#l${index}`;
        line.append(link, " · ");
      }
      const exact = element("span", why);
      exact.className = "exact";
      exact.lang = "en";
      line.append(`${this.words.rules[rule] || rule} `, exact);
      return line;
    }));
  }

  details(result) {
    const names = result.cosigned.map((witness) => witness.name).join(", ");
    const time = result.time === null ? "" : new Date(result.time * 1000).toLocaleString(document.documentElement.lang);
    this.head(_("Checked on this phone"));
    const all = { ...result, links: result.links.length, names, time };
    const lines = result.signatures ? [_("%(signatures)s signatures; each key was enrolled for its holder before it signed", all)] : [];
    lines.push(_("%(links)s records, how each follows from the one before, and that none is missing", all));
    lines.push(_("that each stands in the ledger, by its signed checkpoint of size %(size)s", all));
    if (result.asked === 0) lines.push(_("no witness cosigns: only this server states when it was recorded"));
    else if (names && time) lines.push(_("cosignatures of %(names)s, by which all was recorded by %(time)s", all));
    if (result.scopes) lines.push(_("%(scopes)s entries in lists of holds and recalls", all));
    if (this.panel.dataset.code) lines.push(_("that this code is the one of this item and this holder"));
    this.list(lines);
    this.head(_("With keys that this site gave"));
    this.list([_("The log's key %(key)s, the authority's key and the witnesses' come from this site's trust file. Compare them with what the authority has published elsewhere.", { key: result.log })]);
    this.head(_("Only by the server"));
    const label = _("whether this label's own number was issued, and how often it was scanned");
    this.list([...(this.panel.dataset.serial ? [label] : []), _("that nothing was left out, such as a later recall or a revoked key")]);
  }

  // For what the phone cannot check: the server's verdict, marked as the server's alone.
  async byServer(why, result) {
    const { words } = this;
    let verdict;
    try {
      const answer = await get(this.panel.dataset.history);
      verdict = answer.ok ? (await answer.json()).verdict : null;
    } catch (error) {
      verdict = null;
    }
    if (verdict === null) return this.line(_("Without a network there is no evidence to check."), "warn");
    const verdictWords = words.verdicts[verdict] || verdict;
    const text = result ? _("Checked in part on this phone, the rest only by the server: %(said)s", { said: verdictWords })
      : _("Not checked on this phone. The server says: %(said)s", { said: verdictWords });
    this.line(text, verdict === "broken" ? "bad" : "warn");
    this.list(why);
    if (result) this.details(result);
    return null;
  }

  async refused(answer) {
    const problem = await answer.json().catch(() => ({}));
    const none = _("The server gives no evidence.");
    this.line(answer.status === 409 ? _("This phone found it broken. Do not rely on it.") : none, answer.status === 409 ? "bad" : "warn");
    const exact = element("span", problem.detail || String(answer.status));
    exact.className = "exact";
    exact.lang = "en";
    const line = document.createDocumentFragment();
    line.append(`${none} `, exact);
    this.list([line]);
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
