// Recording a step: the form asks what the step needs, remembers the last answers, and says beside
// each field what is wrong with it; then it is signed here.

import { post } from "../../sign/api.js";
import { Unfit, attach } from "../attach.js";
import { ofChain } from "../../offline/codes.js";
import { remember, remembered } from "../../offline/memory.js";
import { answer, mistakesOf, sayAll } from "../beside.js";
import "../divisions.js";
import { at, element, fail, offerToSign, say, words } from "../page.js";
import { choose, choosing, goodsOf, lines, madeOf } from "./process-lines.js";
import { MISTAKES } from "./process-mistakes.js";
import { reading } from "./process-readers.js";
import { recipients } from "../recipient.js";
import { _, fill } from "../../sign/text.js";

const data = document.body.dataset;
const asks = JSON.parse(data.asks);
const MEMORY = `suyuan-process ${data.party}`; // the last answers, step by step
const REMEMBERED = ["substance", "dose", "withdrawal", "origin", "shelf_life", "reason"];
const OWN = ["product", "produced", "shelf_life", "origin", "substance", "dose", "withdrawal", "certificate", "temperature", "result", "note", "reason"];
const isChinese = document.documentElement.lang.startsWith("zh");

const attached = []; // {line, file}: what is kept already
if (at("process")) start();

function start() {
  const goods = lines("goods", { made: choosing, label: goodsLabel });
  const made = lines("made", { label: () => _("Goods") });
  const to = recipients();
  const form = { goods, made, to, readers: reading() };
  for (const button of document.querySelectorAll("[data-to]")) {
    button.addEventListener("click", () => to.pick(JSON.parse(button.dataset.to)));
  }
  at("step").addEventListener("change", () => show(form));
  at("add-goods").addEventListener("click", () => goods.add().querySelector("select, input").focus());
  at("add-made").addEventListener("click", () => made.add().querySelector("input").focus());
  at("fresh").addEventListener("change", () => fresh(form));
  at("outside").addEventListener("change", outside);
  at("fresh-container").addEventListener("change", () => {
    at("container").disabled = at("fresh-container").checked;
  });
  at("files").addEventListener("change", () => take(at("files")));
  goods.add();
  made.add();
  if (data.chosen || data.typed) choose(goods.all()[0], data.chosen, data.typed);
  show(form);
  answer(at("process"), at("go"), () => draft(form));
}

function step() {
  return asks[at("step").value];
}

function goodsLabel() {
  const wanted = step();
  if (!wanted) return _("Goods");
  return wanted.makes ? _("What went in") : wanted.has_container ? _("Contents") : _("Goods");
}

// Only what the step asks for is there; what was typed in the rest stays for another step.
function show(form) {
  const wanted = step();
  at("rest").hidden = !wanted;
  quiet();
  if (!wanted) return;
  for (const part of document.querySelectorAll("[data-field]")) {
    part.hidden = !wanted.fields.includes(part.dataset.field);
  }
  form.readers.show(wanted.is_priced);
  at("of-container").hidden = !wanted.has_container;
  at("of-fresh-container").hidden = !wanted.may_be_fresh;
  at("of-fresh").hidden = !wanted.may_be_new;
  at("of-made").hidden = !wanted.makes;
  at("add-goods").parentElement.hidden = !wanted.is_many;
  at("goods-title").textContent = goodsLabel();
  while (!wanted.is_many && form.goods.all().length > 1) form.goods.all().pop().remove();
  for (const line of form.goods.all()) line.querySelector(".amounts").hidden = wanted.amount === "none";
  form.goods.name();
  fresh(form);
  outside();
  fillIn(form);
}

// What is new has no code yet, and is called something.
function fresh(form) {
  const wanted = step();
  const isNew = wanted.may_be_new && at("fresh").checked;
  for (const line of form.goods.all()) line.querySelector(".of-item").hidden = isNew;
  if (!wanted.may_be_new) return;
  for (const name of ["product", "produced", "shelf_life", "origin"]) {
    document.querySelector(`[data-field=${name}]`).hidden = !isNew;
  }
}

function outside() {
  const isAsked = step().fields.includes("to");
  at("of-to-name").hidden = !(isAsked && at("outside").checked);
  at("to").disabled = at("outside").checked;
}

// Fill in the last answers of this party on this browser to a step.
function fillIn(form) {
  const last = (remembered(MEMORY) || {})[at("step").value] || {};
  for (const name of REMEMBERED) {
    if (last[name] && !at(name).value && step().fields.includes(name)) at(name).value = last[name];
  }
  const isOpen = step().fields.includes("to") && !at("to").value;
  if (isOpen && last.recipient) form.to.pick(last.recipient);
}

function keep(form) {
  const last = { recipient: form.to.picked() };
  for (const name of REMEMBERED) last[name] = at(name).value.trim();
  remember(MEMORY, { ...remembered(MEMORY), [at("step").value]: last });
}

// Files, one after the other: hashed here, then kept.
async function take(input) {
  const files = Array.from(input.files);
  const isPrivate = at("files-private").checked;
  input.value = "";
  at("files-wrong").textContent = "";
  for (const file of files) {
    if (attached.length >= Number(data.mostFiles)) return void wrongFile(file, "file_many");
    const line = at("file-line").content.firstElementChild.cloneNode(true);
    const about = line.querySelector(".about");
    line.querySelector(".name").textContent = file.name;
    line.querySelector(".kind").value = guess();
    about.textContent = _("Being sent…");
    const remove = line.querySelector(".remove");
    remove.setAttribute("aria-label", _("Remove: %(name)s", { name: file.name }));
    at("attached").append(line);
    try {
      const stored = await attach(file, Number(data.mostBytes), (sent) => {
        line.querySelector(".hash").textContent = _("SHA-256 begins with %(start)s", { start: sent.sha256.slice(0, 12) });
      }, isPrivate);
      const kind = stored.type.split("/")[1].toUpperCase();
      about.textContent = [kind, sizeOf(stored.size), _("kept"), ...(isPrivate ? [_("not for everybody")] : [])].join(", ");
      const entry = { line, kept: stored };
      attached.push(entry);
      remove.addEventListener("click", () => {
        attached.splice(attached.indexOf(entry), 1);
        line.remove();
        at("files").focus();
      });
    } catch (error) {
      line.remove();
      if (error instanceof Unfit) wrongFile(file, error.mistake);
      else fail(error);
    }
  }
}

// A paper is a certificate only if it is called one.
function guess() {
  return { test: "report", dispatch: "note" }[at("step").value] || "other";
}

function wrongFile(file, mistake) {
  at("files-wrong").textContent = `${file.name}: ${fill(MISTAKES[mistake], { files: data.dailyFiles, size: data.dailySize })}`;
}

function sizeOf(count) {
  return count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} KB` : `${(count / 1e6).toFixed(1)} MB`;
}

async function draft(form) {
  quiet();
  const wanted = step();
  if (!wanted) return;
  const body = { step: at("step").value, goods: goodsIn(form, wanted), time: at("time").value };
  for (const name of OWN) if (wanted.fields.includes(name)) body[name] = at(name).value.trim();
  if (wanted.makes) body.made = form.made.all().map(madeOf);
  if (wanted.has_container) body.container = at("fresh-container").checked && wanted.may_be_fresh ? "new" : at("container").value.trim();
  if (wanted.fields.includes("to")) {
    if (at("outside").checked) body.to_name = at("to_name").value.trim();
    else body.to = form.to.value();
  }
  if (at("place")) body.place = at("place").value;
  body.files = attached.map(({ kept: stored, line }) => ({
    sha256: stored.sha256,
    kind: line.querySelector(".kind").value,
    ...(stored.salt && { salt: stored.salt }),
  }));
  for (const name of ["remark", "person", ...(wanted.is_priced ? ["price"] : [])]) body[name] = at(name).value.trim();
  body.readers = form.readers.chosen();
  const unread = Object.keys(body.readers).filter((name) => Array.isArray(body.readers[name]) && !body.readers[name].length);
  for (const name of unread) delete body.readers[name]; // so that the server says of all the rest
  const own = unread.length ? [{ field: "readers", mistake: "readers_needed" }] : [];
  try {
    const set = await post("/api/v1/events/draft", body);
    if (own.length) return void wrong(form, own);
    warn(form, set.warnings);
    await offerToSign(set, at("go"), (receipts) => done(form, set, receipts));
  } catch (error) {
    const mistakes = mistakesOf(error);
    if (!mistakes.length) return void fail(error);
    wrong(form, [...mistakes, ...own]);
  }
}

function goodsIn(form, wanted) {
  const isNew = wanted.may_be_new && at("fresh").checked;
  const goods = form.goods.all().map((line) => {
    const portion = goodsOf(line);
    if (isNew) portion.item = "new";
    return wanted.amount === "none" ? { item: portion.item } : portion;
  });
  const isEmpty = (portion) => !portion.item && !portion.quantity;
  return step().may_be_empty ? goods.filter((portion) => !isEmpty(portion)) : goods;
}

// The place of a field of the API in this form: what is marked, and where its message stands.
function placeOf(form, field) {
  const [kind, number, part] = field.split(".");
  const line = part && form[kind] ? form[kind].all()[Number(number)] : null;
  if (!line) {
    const isOutside = kind === "to" && at("outside").checked;
    const id = isOutside ? "to_name" : at(`${kind}-wrong`) ? kind : "step";
    return { mark: at(id === "readers" ? "reader" : id), says: at(`${id}-wrong`) };
  }
  const says = line.querySelector(`.${part}-wrong`);
  if (part !== "item") return { mark: line.querySelector(`.${part}`), says };
  const isTyped = line.querySelector(".choice").value === "*";
  return { mark: line.querySelector(isTyped ? ".code" : ".choice"), says };
}

// Say every mistake beside its field, the server's own words where the page has none.
function wrong(form, mistakes) {
  sayAll(mistakes, ({ field }) => placeOf(form, field), ({ mistake, detail }) => {
    const text = MISTAKES[mistake];
    return { text, exact: mistake === "hold" || !text ? detail : "" };
  });
}

// Show the findings that would follow: beside the goods, and all of them before signing.
function warn(form, warnings) {
  at("warned").replaceChildren(
    ...warnings.map((warning) => {
      const item = element("li");
      const title = element("b", `${words.severities[warning.severity]}: ${isChinese ? warning.title_chinese : warning.title}`);
      item.append(title, element("br"), isChinese ? warning.reason_chinese : warning.reason);
      return item;
    }),
  );
  at("warnings").hidden = warnings.length === 0;
  for (const warning of warnings) {
    if (!warning.field) continue;
    const { says } = placeOf(form, warning.field);
    says.classList.add("is-warn");
    says.textContent = isChinese ? warning.title_chinese : warning.title;
  }
}

function quiet() {
  say("");
  at("sign").hidden = true;
  at("warnings").hidden = true;
  for (const field of document.querySelectorAll("#process [aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const place of document.querySelectorAll("#process .field-wrong")) {
    place.textContent = "";
    place.classList.remove("is-warn");
  }
}

function done(form, set, receipts) {
  keep(form);
  const title = at("step").selectedOptions[0].textContent;
  const item = element("li");
  const index = receipts.map((receipt) => receipt.index).join(", ");
  item.append(element("b", title), ` · ${_("Signed and recorded as no. %(index)s.", { index })}`);
  const about = set.made.length ? set.made : [...new Set(set.drafts.flatMap((link) => link.subjects))];
  const list = element("ul", undefined, "lots");
  for (const uri of about.slice(0, 20)) list.append(recordedLine(uri, set));
  item.append(list);
  for (const uri of set.made) offer(uri, set.names[uri]);
  at("recorded").prepend(item);
  at("done").hidden = false;
  at("warnings").hidden = true;
  clear(form);
  at("done-title").focus();
}

// What is new can be chosen in the next step.
function offer(uri, name) {
  const choice = at("goods-line").content.querySelector(".choice");
  const option = element("option", name);
  ofChain(uri, data.party)
    .then((code) => option.append(` · …${code.slice(-4)}`))
    .catch(fail);
  option.value = uri;
  choice.insertBefore(option, choice.lastElementChild);
}

// An item that was recorded: its name leads to its page, and where it is new, on to its labels;
// both by the code that those carry.
function recordedLine(uri, set) {
  const line = element("li");
  const link = element("a", set.names[uri] || uri);
  const shown = element("span", "", "mono");
  const labels = element("a", _("Labels"), "button is-small is-plain");
  line.append(link, shown, ...(set.made.includes(uri) ? [labels] : []));
  ofChain(uri, data.party)
    .then((code) => {
      link.href = data.itemUrl.replace("/t/", `/t/${code}`);
      shown.textContent = code.match(/.{1,4}/g).join("-");
      const to = new URL(data.labelsUrl, location.href);
      to.searchParams.set("item", code);
      labels.href = to.href;
    })
    .catch(fail);
  return line;
}

// Ready for the next: the goods go, the last answers come back with the step.
function clear(form) {
  for (const input of at("process").querySelectorAll("input")) {
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
  }
  attached.splice(0).forEach((entry) => entry.line.remove());
  form.goods.clear();
  form.made.clear();
  form.goods.add();
  form.made.add();
  at("to-picked").textContent = "";
  at("container").disabled = false;
  at("when").open = false;
  at("confidential").open = false;
  form.readers.clear();
  show(form);
}
