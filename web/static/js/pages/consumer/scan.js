// Reading a code with the camera, where the browser can; else a photo is sent by itself.

import { shrink } from "../photo.js";
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
  const ours = ["qr_code", "data_matrix", "ean_13", "code_128"].filter((one) => formats.includes(one));
  if (!ours.includes("qr_code")) return;
  camera.hidden = false;
  camera.querySelector("button").onclick = () => look(new BarcodeDetector({ formats: ours }));
}

async function look(detector) {
  const video = camera.querySelector("video");
  const said = camera.querySelector(".said");
  said.textContent = _("Asking for the camera…");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
  } catch (error) {
    video.hidden = true;
    said.textContent = _("The camera is not to be had. Take a photo, or type the code.");
    return;
  }
  said.textContent = _("Hold the code into the frame.");
  const next = async () => {
    const [found] = await detector.detect(video).catch(() => []);
    if (!found) {
      setTimeout(next, 150);
      return;
    }
    stream.getTracks().forEach((track) => track.stop());
    const query = new URLSearchParams({ code: found.rawValue });
    const language = new URLSearchParams(location.search).get("lang");
    if (language) query.set("lang", language);
    location.assign(`/find?${query}`);
  };
  next();
}
