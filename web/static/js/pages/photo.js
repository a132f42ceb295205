// Photos made smaller before they are sent: telephones make them larger than anyone needs.

const LONGEST = 2000;
const SMALL = 1500000; // bytes that are sent as they are

// Replace the file that is chosen by a smaller JPEG, where it is large and the browser can.
export async function shrink(input) {
  const [file] = input.files;
  if (!file || file.size <= SMALL) return;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.9); });
    const held = new DataTransfer();
    held.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
    input.files = held.files;
  } catch (error) {
    // It is sent as it is, and the server says if it is too large.
  }
}
