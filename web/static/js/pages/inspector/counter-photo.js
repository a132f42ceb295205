// A photo as it is kept: drawn anew, so that neither place nor camera stands in it, and not large.

const LONGEST = 2000; // pixels

// {sha256, size, type, blob} of a picture that was chosen; an Error where it cannot be drawn.
export async function photoOf(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
  if (!blob) throw new Error("the picture cannot be drawn");
  return { sha256: await hexOf(blob), size: blob.size, type: blob.type, blob };
}

async function hexOf(blob) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
