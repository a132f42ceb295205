// The log: inclusion, checkpoints, cosignatures and the policy (docs/format.md section 8).

import { hex, sha256, utf8 } from "../sign/dsse.js";
import { bytesOf64 } from "./forms.js";
import { algorithm, edSpki } from "./keys.js";

// Whether a path leads from a leaf hash to the root (RFC 9162 section 2.1.3.2); `size` a BigInt.
export async function isIncluded(leaf, index, size, proof, root) {
  let [number, last, node] = [BigInt(index), size - 1n, leaf];
  if (number < 0n || number >= size || proof.length > 64) return false;
  for (const step of proof) {
    if (step.length !== 32 || last === 0n) return false;
    if (number & 1n || number === last) {
      node = await sha256([1], step, node);
      while (!(number & 1n) && number) {
        number >>= 1n;
        last >>= 1n;
      }
    } else {
      node = await sha256([1], node, step);
    }
    number >>= 1n;
    last >>= 1n;
  }
  return last === 0n && hex(node) === hex(root);
}

// A verifier key `<name>+<8 hex>+<base64>` of this type: its name, id and spki; null for others.
export async function readKey(text, kind) {
  const match = /^([^\s+\p{Cc}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text);
  const raw = match ? bytesOf64(match[3]) : null;
  if (raw === null || raw[0] !== kind || raw.length !== 33) return null;
  const digest = await sha256(utf8(`${match[1]}\n`), raw);
  if (hex(digest.slice(0, 4)) !== match[2] || !algorithm(edSpki(raw.slice(1)))) return null;
  return { name: match[1], id: match[2], spki: edSpki(raw.slice(1)) };
}

// A signed note's text and lines, none of them verified; null for what is none.
export function readNote(note) {
  const at = note.lastIndexOf("\n\n");
  const rest = note.slice(at + 2);
  if (at < 0 || note.length > 1 << 20 || !rest.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) {
    return null;
  }
  const lines = rest.slice(0, -1).split("\n").map((line) => {
    const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    const raw = match ? bytesOf64(match[2]) : null;
    return raw === null || raw.length < 5 ? null
      : { name: match[1], id: hex(raw.slice(0, 4)), signature: raw.slice(4) };
  });
  return lines.length > 100 || lines.includes(null) ? null : { text: note.slice(0, at + 1), lines };
}

// Size and root of a checkpoint that this log signed; null for any other note. `isSigned` is null
// where the browser cannot check it.
export async function openCheckpoint(note, log, checker) {
  const opened = readNote(note);
  if (opened === null) return null;
  const own = opened.lines.filter((line) => line.name === log.name && line.id === log.id);
  const [origin, size, root, end, ...more] = opened.text.split("\n");
  const digest = bytesOf64(root);
  if (own.length !== 1 || origin !== log.name || end !== "" || more.length) return null;
  if (!/^(0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) >= 2n ** 63n) return null;
  if (digest === null || digest.length !== 32) return null;
  const isSigned = await checker.isValid(log.spki, utf8(opened.text), own[0].signature);
  return isSigned === false ? null : { opened, size: BigInt(size), root: digest, isSigned };
}

// The witnesses, groups and quorum of a trust file; null where it asks for no witness. An Error
// where it cannot be used.
export async function readPolicy(text, log) {
  if (text === "none") return null;
  const policy = { witnesses: [], groups: [], quorum: null, others: 0 };
  let [logs, isOurs] = [0, false];
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.split(/[ \t]+/).filter(Boolean);
    if (word === "log") {
      const key = await readKey(rest[0], 1);
      logs += 1;
      isOurs = isOurs || (key !== null && key.name === log.name && key.id === log.id);
    } else if (word === "witness") {
      const key = await readKey(rest[1], 4);
      if (key === null) policy.others += 1; // of a kind that browsers do not have
      else policy.witnesses.push({ ...key, as: rest[0] });
    } else if (word === "group") {
      const members = rest.slice(2);
      const least = { any: 1, all: members.length }[rest[1]] || Number(rest[1]);
      policy.groups.push({ name: rest[0], least, members });
    } else if (word === "quorum") {
      [policy.quorum] = rest;
    } else if (word !== undefined && !word.startsWith("#")) {
      throw new Error(`the policy has a line that begins with ${word}`);
    }
  }
  if (policy.quorum === null || (logs && !isOurs)) throw new Error("the policy cannot be used");
  return policy;
}

export function isMet(policy, names) {
  if (policy.quorum === "none") return true;
  const met = new Set(policy.witnesses.map((witness) => witness.as).filter((name) => names.includes(name)));
  for (const group of policy.groups) {
    if (group.members.filter((member) => met.has(member)).length >= group.least) met.add(group.name);
  }
  return met.has(policy.quorum);
}

// Who of the policy's witnesses cosigned, and when; null where a known one's line is not as it was
// made. A line of nobody known is left aside.
export async function cosigners(opened, policy, log, checker) {
  const cosigned = [];
  const known = new Set([...policy.witnesses, log].map((key) => `${key.name} ${key.id}`));
  for (const line of opened.lines) {
    for (const witness of policy.witnesses) {
      const isIts = line.name === witness.name && line.id === witness.id;
      if (!isIts && known.has(`${line.name} ${line.id}`)) continue;
      const time = line.signature.slice(0, 8);
      const other = [time[0] & 15, ...time.slice(1)];
      const good = await isCosigned(opened.text, witness, time, line.signature, checker);
      const isMoved = !isIts && (good
        || (await isCosigned(opened.text, witness, other, line.signature, checker)));
      if (isMoved || (isIts && (good === false || cosigned.some((cosigner) => cosigner.name === witness.as)))) {
        return null;
      }
      if (isIts && good) cosigned.push({ name: witness.as, time: Number(whole(time)) });
    }
  }
  return cosigned;
}

function whole(bytes) {
  return BigInt(`0x${hex(Array.from(bytes)) || "0"}`);
}

async function isCosigned(text, witness, time, line, checker) {
  if (line.length !== 72 || whole(time) >= 2n ** 63n) return false;
  const message = utf8(`cosignature/v1\ntime ${whole(time)}\n${text}`);
  return checker.isValid(witness.spki, message, line.slice(8));
}
