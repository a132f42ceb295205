// Recomputing a draw from its own file, in the reader's own browser (docs/format.md section 4).

import * as canonical from "../sign/canonical.js";
import { encodeUrl } from "../sign/base64.js";
import { hex, sha256, utf8 } from "../sign/dsse.js";
import { verify } from "./file.js";
import { bytesOf64, bytesOfUrl, isObject, isText } from "./forms.js";
import { Checker } from "./keys.js";
import { cosigners, isIncluded, isMet, openCheckpoint, readKey, readPolicy } from "./log.js";

const FILES = ["pool", "inspectors", "parameters"];
const BEACONS = { __proto__: null, "drand quicknet": [1692803367, 3], "drand default": [1595431050, 30] };

// What a draw's file shows: {faults, open: [code], picks: [{id, stratum, team}] or null, committed,
// exists (POSIX seconds), value, statements}. Codes are those of `Recomputed` on the page.
export async function recompute(bytes, trust, uri) {
  const shown = { faults: [], open: [], picks: null, committed: null, exists: null, value: null, statements: [] };
  const file = readFile(bytes);
  if (file === null || file.evidence.item !== uri) return { ...shown, faults: ["file"] };
  const evidence = await verify(canonical.bytesOf(file.evidence), trust);
  if (evidence.faults.length) shown.faults.push("evidence");
  if (evidence.open.length) shown.open.push("evidence");
  const stated = evidence.links.filter(({ link }) => link && link.statement && link.statement.type === "draw" && link.statement.uri === uri);
  shown.statements = stated.map(({ index, link }) => ({ index, op: link.statement.op, actor: link.actor }));
  const [commit] = stated;
  if (!commit || commit.link.statement.op !== "commit") return { ...shown, faults: [...shown.faults, "commit"] };
  const said = commit.link.statement;
  await before(shown, file, commit, trust, evidence.time);
  const end = stated.find(({ link }) => ["reveal", "abort"].includes(link.statement.op));
  if (!end) return { ...shown, open: [...shown.open, "running"] };
  course(shown, stated, end);
  if (end.link.statement.op === "abort") return { ...shown, open: [...shown.open, "aborted"] };
  const { nonce, value } = end.link.statement;
  shown.value = value;
  if (hex(await sha256(bytesOfUrl(nonce))) !== said.nonce) shown.faults.push("nonce");
  const lists = await listsOf(shown, file, said);
  const changes = await changesOf(shown, file, stated.filter(({ index, link }) => link.statement.op === "replace" && index < end.index));
  if (lists === null || changes === null) return shown;
  const seed = await sha256(canonical.bytesOf(["draw-v1", uri, ...FILES.map((name) => said[name]), value, nonce]));
  shown.picks = await new Ranking(seed, ...lists).replaced(changes);
  if (shown.picks === null) shown.faults.push("rank");
  return shown;
}

function readFile(bytes) {
  try {
    const file = canonical.parse(bytes);
    const isFile = isObject(file) && Object.keys(file).sort().join() === "committed,evidence,files,v" && file.v === 1;
    return isFile && isObject(file.evidence) && isText(file.committed) && isObject(file.files) ? file : null;
  } catch (error) {
    return null;
  }
}

// Whether witnesses had cosigned the commitment before its value existed.
async function before(shown, file, commit, trust, time) {
  const { beacon, round, from } = commit.link.statement;
  const known = existsFrom(beacon, round);
  const own = Date.parse(from) / 1000;
  shown.exists = known === null ? own : known;
  if (known !== null && known !== own) shown.faults.push("from");
  const proved = await committedAt(file.committed, commit, trust);
  if (proved === false) shown.faults.push("committed");
  const times = [time, proved].filter((second) => Number.isFinite(second) && second !== null && second !== false);
  shown.committed = times.length ? Math.min(...times) : null;
  if (shown.committed === null) shown.open.push("unwitnessed");
  else if (shown.committed >= shown.exists) shown.open.push("after");
}

function existsFrom(beacon, round) {
  if (!/^[0-9]{1,15}$/.test(round)) return null;
  if (beacon === "nist") return Math.floor(Number(round) / 1000);
  if (!BEACONS[beacon]) return null;
  return BEACONS[beacon][0] + (Number(round) - 1) * BEACONS[beacon][1];
}

// The second by which witnesses had cosigned what covers the commitment; null where they had not,
// false for no proof of it.
async function committedAt(text, commit, trust) {
  const at = text.indexOf("\n\n");
  const [head, index, ...lines] = text.slice(0, at).split("\n");
  const hashes = lines.map(bytesOf64);
  if (at < 0 || head !== "c2sp.org/tlog-proof@v1" || index !== `index ${commit.index}` || hashes.includes(null)) return false;
  const [checker, log] = [new Checker(), await readKey(trust.log, 1)];
  const checkpoint = await openCheckpoint(text.slice(at + 2), log, checker);
  if (checkpoint === null || !checkpoint.isSigned) return false;
  const leaf = Uint8Array.from(commit.hash.match(/../g), (byte) => parseInt(byte, 16));
  if (!(await isIncluded(leaf, commit.index, checkpoint.size, hashes, checkpoint.root))) return false;
  const policy = await readPolicy(trust.policy, log);
  if (policy === null || policy.quorum === "none") return null;
  const cosigned = await cosigners(checkpoint.opened, policy, log, checker);
  if (cosigned === null) return false;
  const names = [];
  for (const witness of cosigned.sort((first, second) => first.time - second.time)) {
    names.push(witness.name);
    if (isMet(policy, names)) return witness.time;
  }
  return null;
}

// All before the end is named by it, or stands in its own chain; nothing stands behind it.
function course(shown, stated, end) {
  const named = new Set((end.link.after || []).filter((ref) => ref.ledger === undefined).map((ref) => ref.index));
  for (const { index, link } of stated) {
    if (index > end.index) shown.faults.push("late");
    else if (index < end.index && link.actor !== end.link.actor && !named.has(index)) shown.faults.push("unnamed");
  }
}

async function listsOf(shown, file, said) {
  const names = FILES.map((name) => said[name]);
  if (Object.keys(file.files).some((name) => !names.includes(name))) shown.faults.push("files");
  if (names.some((name) => !Object.hasOwn(file.files, name))) {
    shown.open.push("files");
    return null;
  }
  const lists = [];
  for (const name of names) {
    const data = bytesOf64(file.files[name]);
    if (data === null || hex(await sha256(data)) !== name) {
      shown.faults.push("files");
      return null;
    }
    try {
      lists.push(canonical.parse(data));
    } catch (error) {
      shown.faults.push("files");
      return null;
    }
  }
  const [pool, inspectors, parameters] = lists;
  const isFit = isOrdered(pool) && isOrdered(inspectors) && isObject(parameters) && isObject(parameters.draw)
    && pool.every((row) => isText(row.stratum) && !row.stratum.includes("|")) && inspectors.every((row) => Array.isArray(row.avoids))
    && Object.entries(parameters.draw).every(([stratum, count]) => count <= pool.filter((row) => row.stratum === stratum).length);
  if (!isFit) shown.faults.push("files");
  return isFit ? lists : null;
}

// A list whose ids stand in order, each once, none with what separates them in a rank.
function isOrdered(rows) {
  return Array.isArray(rows) && rows.every((row, at) => isObject(row) && isText(row.id) && !row.id.includes("|") && (at === 0 || rows[at - 1].id < row.id));
}

// What the replacements hide, as far as the file discloses it; null where it does not.
async function changesOf(shown, file, replacing) {
  const disclosed = new Map();
  for (const stored of file.evidence.disclosures || []) {
    const [, pointer, value] = canonical.parse(bytesOfUrl(stored));
    if (pointer === "/said") disclosed.set(encodeUrl(await sha256(utf8(stored))), value);
  }
  const changes = [];
  for (const { link } of replacing) {
    const hidden = (link.statement["suyuan:private"] || {})._sd;
    const said = (hidden || []).map((digest) => disclosed.get(digest)).find(Boolean);
    const isChange = isObject(said) && isText(said.of) && isText(said.to) && Object.keys(said).every((name) => ["at", "of", "to"].includes(name));
    if (!said && hidden) shown.open.push("replace");
    else if (!isChange) shown.faults.push("replace");
    else changes.push(said);
  }
  return changes.length === replacing.length ? changes : null;
}

class Ranking {
  constructor(seed, pool, inspectors, parameters) {
    Object.assign(this, { seed, pool, inspectors, parameters });
  }

  async ordered(group, ids) {
    this.key = this.key || await crypto.subtle.importKey("raw", this.seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const rank = async (id) => [hex(new Uint8Array(await crypto.subtle.sign("HMAC", this.key, utf8(`${group}|${id}`)))), id];
    const ranks = await Promise.all(ids.map(rank));
    return ranks.sort((first, second) => (first.join("|") < second.join("|") ? -1 : 1)).map(([, id]) => id);
  }

  team(drawn) {
    const may = this.inspectors.filter((one) => !one.avoids.includes(drawn)).map((one) => one.id);
    return this.ordered(`inspector|${drawn}`, may);
  }

  // Whom the draw gives after replacements, each by the next that was in no place; null for another.
  async replaced(changes) {
    const size = this.parameters.team;
    const [picks, lines, teams] = [[], new Map(), new Map()];
    for (const stratum of Object.keys(this.parameters.draw).sort()) {
      const ids = await this.ordered(stratum, this.pool.filter((row) => row.stratum === stratum).map((row) => row.id));
      const count = this.parameters.draw[stratum];
      lines.set(stratum, ids.slice(count));
      for (const id of ids.slice(0, count)) picks.push({ id, stratum, team: (await this.team(id)).slice(0, size) });
    }
    for (const { at, of, to } of changes) {
      const pick = picks.find((one) => one.id === (at === undefined ? of : at));
      if (!pick) return null;
      if (at !== undefined && !teams.has(at)) teams.set(at, (await this.team(at)).slice(size));
      const rest = at === undefined ? lines.get(pick.stratum) : teams.get(at);
      if (rest.shift() !== to || (at !== undefined && !pick.team.includes(of))) return null;
      if (at === undefined) Object.assign(pick, { id: to, team: (await this.team(to)).slice(0, size) });
      else pick.team = pick.team.map((one) => (one === of ? to : one));
    }
    return picks;
  }
}
