// Where somebody of the shop signs on the screen: drawn, or typed by who cannot draw.

import { at } from "../page.js";

const INK = "#14201b";

// Let one sign on the canvas; answers {picture, clear}: a Blob of it, null while it is empty.
export function signing() {
  const canvas = at("pad");
  const pen = canvas.getContext("2d");
  let isDrawn = false;
  let last = null;
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    isDrawn = false;
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * (canvas.width / box.width), (event.clientY - box.top) * (canvas.height / box.height)];
  };
  canvas.onpointerdown = (event) => {
    if (at("typed").value) type("");
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
  };
  canvas.onpointermove = (event) => {
    if (last === null) return;
    const next = place(event);
    Object.assign(pen, { strokeStyle: INK, lineWidth: 4, lineCap: "round" });
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
    isDrawn = true;
  };
  canvas.onpointerup = canvas.onpointercancel = () => { last = null; };
  const type = (text) => {
    at("typed").value = text;
    clear();
    Object.assign(pen, { fillStyle: INK, font: "italic 56px serif", textBaseline: "middle" });
    pen.fillText(text, 24, canvas.height / 2, canvas.width - 48);
    isDrawn = Boolean(text.trim());
  };
  at("typed").oninput = () => type(at("typed").value);
  at("pad-clear").onclick = () => type("");
  clear();
  return { picture: () => new Promise((done) => { if (isDrawn) canvas.toBlob(done, "image/png"); else done(null); }), clear: () => type("") };
}
