// Files to be named in a record: made smaller, hashed here, and kept by the server before they are
// named. What the server answers must be the hash that was made here.

import { Problem, postBlob, postForm } from "../sign/api.js";
import { encodeUrl } from "../sign/base64.js";
import { hex, sha256 } from "../sign/dsse.js";
import { drawn } from "./photo.js";

const KINDS = ["application/pdf", "image/jpeg", "image/png", "image/webp"];
const LONGEST = 2400;

// Why a file cannot be attached; `mistake` names it.
export class Unfit extends Error {
  constructor(mistake, exact) {
    super(exact || mistake);
    this.mistake = mistake;
  }
}

// Keep a file: {sha256, size, type} as a record names it. Unfit, before anything is sent, for one
// that is too large, empty or of another kind; and where the server says so. `seen` gets the
// hash as soon as it is made. A private one has a `salt` too: it is named by SHA-256(salt ||
// content), and opens for those who are shown the salt.
export async function attach(file, most, seen, isPrivate) {
  if (file.size === 0) throw new Unfit("file_empty");
  if (!KINDS.includes(file.type)) throw new Unfit("file_kind");
  const isPicture = file.type.startsWith("image/");
  const content = isPicture ? await drawn(file, LONGEST, 0.9, "#fff").catch(() => null) : file;
  if (!content) throw new Unfit("file_kind");
  if (content.size > most) throw new Unfit("file_large");
  const bytes = new Uint8Array(await content.arrayBuffer());
  const salt = crypto.getRandomValues(new Uint8Array(isPrivate ? 32 : 0));
  const digest = hex(await sha256(salt, bytes));
  seen({ sha256: digest, size: content.size, type: content.type });
  let stored;
  try {
    const blob = new Blob([bytes], { type: content.type });
    stored = isPrivate
      ? await postForm("/api/v1/attachments", { file: blob, salt: encodeUrl(salt) })
      : await postBlob("/api/v1/attachments", blob);
  } catch (error) {
    if (error instanceof Problem && error.status === 429 && error.body.field) throw new Unfit("file_daily");
    const isUnfit = error instanceof Problem && (error.status === 422 || error.status === 413);
    if (!isUnfit) throw error;
    throw new Unfit(error.status === 413 ? "file_large" : "file_kind", error.message);
  }
  if (stored.sha256 !== digest) throw new Unfit("file_other");
  return isPrivate ? { ...stored, salt: encodeUrl(salt) } : stored;
}
