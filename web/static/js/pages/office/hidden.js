// What a record hides, as far as one may read it: erased by a statement that is signed here.

import { post } from "../../sign/api.js";
import { answer } from "../beside.js";
import { at, fail, offerToSign } from "../page.js";

const { index, needed } = document.body.dataset;
if (at("go")) answer(at("erase"), at("go"), erase);

async function erase() {
  const form = at("erase");
  const digests = Array.from(form.querySelectorAll("[name=digest]:checked"), (box) => box.value);
  const isAll = Boolean(form.querySelector("[name=all]:checked"));
  at("erase-wrong").textContent = digests.length || isAll ? "" : needed;
  if (!digests.length && !isAll) return void form.querySelector("[type=checkbox]").focus();
  try {
    const body = { digests, all: isAll, reason: at("reason").value.trim() };
    const set = await post(`/api/v1/links/${index}/erasure/draft`, body);
    await offerToSign(set, at("go"), () => location.reload());
  } catch (error) {
    fail(error);
  }
}
