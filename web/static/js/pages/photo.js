// Photos made smaller before they are sent, and codes that a camera sees.

import { _ } from "../sign/text.js";

const LONGEST = 2000;
const SMALL = 1500000; // bytes that are sent as they are

// A picture drawn anew as a JPEG: upright, its longer side `longest` pixels at most, and nothing
// but the picture in it. Null, or an Error, where the browser cannot.
export async function drawn(file, longest, quality, ground = "#000") {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
}

// Replace the file that is chosen by a smaller JPEG, where it is large and the browser can.
export async function shrink(input) {
  const [file] = input.files;
  if (!file || file.size <= SMALL) return;
  try {
    const held = new DataTransfer();
    held.items.add(new File([await drawn(file, LONGEST, 0.9)], "photo.jpg", { type: "image/jpeg" }));
    input.files = held.files;
  } catch (error) {
    // It is sent as it is, and the server says if it is too large.
  }
}

// The text of the first code that a camera sees in `video`; null, with a message, without a camera.
export async function seen(detector, video, say) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
  } catch (error) {
    video.hidden = true;
    say(_("The camera is not to be had. Take a photo, or type the code."));
    return null;
  }
  say(_("Hold the code into the frame."));
  for (;;) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code) {
      stream.getTracks().forEach((track) => track.stop());
      return code.rawValue;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
