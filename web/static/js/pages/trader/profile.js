// A profile: photos are kept, the form is drafted by the server, and the statement is signed here.

import { post } from "../../sign/api.js";
import { _ } from "../../sign/text.js";
import { Unfit, attach } from "../attach.js";
import { answer, clear } from "../beside.js";
import { cellsOf, markAll } from "../fields.js";
import { at, element, fail, offerToSign } from "../page.js";

const data = document.body.dataset;
const stated = JSON.parse(data.stated);
const form = at("profile");
const photos = stated.photos || [];
const PARTS = { g: ["kg", 1000], ml: ["L", 1000] }; // smaller units, and how many make one base unit

const texts = () => form.querySelectorAll("input[id*='.'], textarea[id*='.']");

function fill() {
  for (const field of texts()) {
    const [member, language] = field.id.split(".");
    field.value = (stated[member] || {})[language] || "";
  }
  for (const id of ["standard", "person", "phone", "address"]) if (at(id)) at(id).value = stated[id] || "";
  for (const box of form.querySelectorAll("#allergens input")) box.checked = (stated.allergens || []).includes(box.value);
  if (at("coordinates") && stated.coordinates) at("coordinates").value = `${stated.coordinates.latitude}, ${stated.coordinates.longitude}`;
  if (at("net") && stated.net) showNet(stated.net);
  if (at("rows")) {
    for (const licence of stated.licences || []) row(licence);
    if (!at("rows").firstChild) row({});
  }
  for (const photo of photos) {
    const picture = element("img", undefined, "thumb");
    picture.src = `/api/v1/attachments/${photo.sha256}/picture?link=${data.index}`;
    show(photo, picture);
  }
}

function showNet({ value, unit }) {
  const small = Object.keys(PARTS).find((name) => PARTS[name][0] === unit && Number(value) < 1);
  at("net-unit").value = small || unit;
  at("net").value = small ? String(Math.round(Number(value) * 1e9) / 1e6) : value;
}

function row(licence) {
  const line = at("licence").content.firstElementChild.cloneNode(true);
  for (const name of ["kind", "number", "expires"]) if (licence[name]) line.querySelector(`.${name}`).value = licence[name];
  at("rows").append(line);
  return line;
}

function show(photo, picture) {
  const line = at("photo").content.firstElementChild.cloneNode(true);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", _("Photo"));
  line.prepend(picture);
  line.querySelector("button").addEventListener("click", () => {
    photos.splice(photos.indexOf(photo), 1);
    line.remove();
    at("files").focus();
  });
  at("photos").append(line);
}

// The chosen file, small: no link names it yet, so no address has it.
async function preview(file) {
  const [canvas, picture] = [element("canvas", undefined, "thumb"), await createImageBitmap(file)];
  const side = Math.min(picture.width, picture.height);
  canvas.width = canvas.height = 224;
  canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, 0, side, side, 0, 0, 224, 224);
  picture.close();
  return canvas;
}

const MISTAKES = {
  file_large: _("It is over 7 MB."), file_daily: _("That is enough for today."), file_empty: _("It is empty."),
  file_kind: _("It is no photo that can be read."), file_other: _("It was changed on its way."), file_many: _("There are enough photos."),
};

async function take(input) {
  const files = Array.from(input.files);
  input.value = "";
  at("files-wrong").textContent = "";
  try {
    for (const file of files) {
      if (photos.length >= Number(data.mostPhotos)) throw new Unfit("file_many");
      if (!file.type.startsWith("image/")) throw new Unfit("file_kind");
      const photo = await attach(file, Number(data.mostBytes), () => {}, false);
      photos.push(photo);
      show(photo, await preview(file));
    }
  } catch (error) {
    if (error instanceof Unfit) at("files-wrong").textContent = MISTAKES[error.mistake];
    else fail(error);
  }
}

function body() {
  const typed = { uri: data.of, photos };
  for (const member of ["names", "description", "ingredients", "storage"]) typed[member] = { ...stated[member] };
  for (const field of texts()) {
    const [member, language] = field.id.split(".");
    typed[member][language] = field.value;
  }
  for (const id of ["standard", "person", "phone", "address", "coordinates"]) if (at(id)) typed[id] = at(id).value;
  typed.allergens = Array.from(form.querySelectorAll("#allergens :checked"), (box) => box.value);
  if (at("net")) typed.net = { value: at("net").value, unit: at("net-unit").value };
  typed.licences = Array.from(form.querySelectorAll(".is-licence"), (line) => Object.fromEntries(
    ["kind", "number", "expires"].map((name) => [name, line.querySelector(`.${name}`).value]),
  ));
  return typed;
}

async function state() {
  clear(form);
  try {
    const set = await post("/api/v1/profiles/draft", body());
    await offerToSign(set, at("go"), (receipts) => {
      const next = new URL(data.next, location.href);
      next.searchParams.set("signed", receipts[0].index);
      location.assign(next.href);
    });
  } catch (error) {
    const cells = cellsOf(error);
    if (cells === null) return void fail(error);
    markAll(form, cells, "net");
  }
}

fill();
at("files").addEventListener("change", () => take(at("files")));
if (at("add-licence")) at("add-licence").addEventListener("click", () => row({}).querySelector("select").focus());
answer(form, at("go"), state);
