// What an inspector is shown of a lot at a counter: an answer of GET /api/v1/items/counter.

import { at, element, rowOf } from "../page.js";
import { _ } from "../../sign/text.js";

// Show a view; `asOf` is when it was asked for, where it is not new.
export function show(view, asOf) {
  const seen = at("seen");
  const find = (selector) => seen.querySelector(selector);
  const language = document.documentElement.lang;
  const [first, ...rest] = view.notices;
  const answer = at("answer");
  answer.className = `answer is-${first.tone}`;
  find(".heading").textContent = first.heading;
  find("#answer .text").textContent = first.text;
  find("#answer .detail").textContent = first.detail || "";
  at("as-of").hidden = !asOf;
  if (asOf) at("as-of").textContent = _("As of %(time)s. What came later is not known.", { time: timeOf(asOf, language) });
  find(".goods").textContent = view.name;
  find(".number").textContent = view.code;
  const link = find(".page");
  link.href = `${view.path}${location.search.includes("lang=") ? `?lang=${language}` : ""}`;
  find(".size").textContent = _("as of %(size)s records in the ledger", { size: view.derived });
  left(find(".left"), view);
  licence(view.holder, language);
  const wrong = rest.map((notice) => line(notice.heading, [notice.text, notice.detail], `is-${notice.tone}`));
  const isChinese = language.startsWith("zh");
  for (const finding of view.findings) {
    const words = isChinese ? [finding.title_zh, finding.reason_zh] : [finding.title, finding.reason];
    wrong.push(line(words[0], [words[1]], `is-${finding.severity === "minor" ? "warn" : "bad"}`));
  }
  list("wrong", wrong);
  list("tests", view.tests.map((test) => line(`${test.what} · ${test.result}`, [`${test.who} · ${test.when}`], `is-${test.tone}`)));
  seen.hidden = false;
}

function left(where, view) {
  const rows = view.holding.map((stock) => {
    const row = element("li");
    row.append(element("b", stock.words || _("How much is left cannot be told from the records.")));
    const notes = [stock.is_inside ? _("in a container") : "", stock.is_on_way ? _("on its way") : ""].filter(Boolean);
    if (notes.length) row.append(element("span", ` ${notes.join(" · ")}`));
    return row;
  });
  where.replaceChildren(...(rows.length ? rows : [element("li", _("Nothing should be left."))]));
}

function licence(holder, language) {
  document.querySelector(".licence").hidden = !holder;
  if (!holder) return;
  document.querySelector(".holder").textContent = holder.name || holder.number;
  const admitted = holder.admitted ? _("Admitted since %(day)s", { day: dayOf(holder.admitted, language) }) : "";
  const rows = [
    [_("Licence"), holder.is_admitted ? admitted : _("Not admitted any more")],
    [_("Number"), holder.number],
    [_("Roles"), holder.role_names.join(" · ")],
    [_("Division"), holder.division_name],
    [_("Part of"), holder.part_of],
  ];
  rowsOf(at("licence"), rows);
  at("licence").classList.toggle("is-bad", !holder.is_admitted);
}

// A list of label and value; what has no value is left out.
export function rowsOf(where, rows) {
  where.replaceChildren(...rows.filter(([, value]) => value).map(rowOf));
}

function list(id, rows) {
  at(id).hidden = rows.length === 0;
  at(id).querySelector("ul").replaceChildren(...rows);
}

function line(heading, texts, tone) {
  const row = element("li", undefined, tone);
  row.append(element("b", heading), ...texts.filter(Boolean).map((text) => element("p", text)));
  return row;
}

export function timeOf(instant, language) {
  return new Date(instant).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

function dayOf(instant, language) {
  return new Date(instant).toLocaleDateString(language, { dateStyle: "medium" });
}
