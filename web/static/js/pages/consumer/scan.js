// Reading a code with the camera, where the browser can; else a photo is sent by itself.

import { seen, shrink } from "../photo.js";
import { _ } from "../../sign/text.js";

const page = document.querySelector(".scan");
const camera = document.getElementById("camera");
const photo = document.getElementById("photo");

photo.onchange = async () => {
  await shrink(photo);
  photo.form.requestSubmit();
};
offerCamera();

async function offerCamera() {
  if (!("BarcodeDetector" in self) || !navigator.mediaDevices) return;
  const formats = await BarcodeDetector.getSupportedFormats();
  const ours = ["qr_code", "data_matrix", "ean_13", "code_128"].filter((format) => formats.includes(format));
  if (!ours.includes("qr_code")) return;
  camera.hidden = false;
  camera.querySelector("button").onclick = () => look(new BarcodeDetector({ formats: ours }));
}

async function look(detector) {
  const say = (text) => { camera.querySelector(".said").textContent = text; };
  say(_("Asking for the camera…"));
  const code = await seen(detector, camera.querySelector("video"), say);
  if (code === null) return;
  const query = new URLSearchParams({ code });
  const language = new URLSearchParams(location.search).get("lang");
  if (language) query.set("lang", language);
  location.assign(`/find?${query}`);
}
