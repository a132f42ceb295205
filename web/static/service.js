// Keeps the last pages of labels on the phone, and one's own, and shows them where there is no
// network: never as they were, but with a line that says as of when they are. Of what is not kept
// it shows a page that says so, and what does open. Of one's own pages
// only those of the key that signed in last are kept, and none once one has signed out. Where the
// browser lets it, what was signed is sent from here after its page was closed.

const PAGES = "pages-1";
const FILES = "files-1";
const MINE = "mine-1 "; // and the id of the key with which one is signed in
const OFFLINE = "offline-1"; // the page for what is not kept, in both languages, and its files
const MOST = { [PAGES]: 20, [FILES]: 120 };
const MARK = /<!--offline ([^]*?)-->/;
const AT = "x-suyuan-at";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(Promise.all(["zh", "en"].map(keepOffline)).catch(() => undefined));
});
self.addEventListener("activate", (event) => event.waitUntil(start()));

self.addEventListener("message", (event) => {
  const url = event.data && event.data.keep ? new URL(event.data.keep) : null;
  if (!url || !(isLabel(url) || isMine(url))) return;
  const files = (event.data.files || []).map((path) => new URL(path, url)).filter(isFile);
  const page = fetch(url).then((answer) => keepAny(url, answer));
  const keeping = [page, ...files.map((part) => file(event, part, part.href))];
  event.waitUntil(Promise.all(keeping.map((part) => part.catch(() => undefined))));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname === "/signout") event.waitUntil(forget(""));
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (isFile(url)) event.respondWith(file(event, url, event.request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendOutbox());
});

// With a preload the server is asked as it would be without this worker, and counts the scan.
async function start() {
  if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

function isLabel(url) {
  return url.origin === self.location.origin && /^\/(t|T|01|00)\//.test(url.pathname);
}

// What others wrote to an office, and what it found, is not left on a device.
function isMine(url) {
  return url.origin === self.location.origin && /^\/(me(\/[a-z]+)?|inspect\/counter)$/.test(url.pathname);
}

// Static files have their content's hash in their URL, so that what is kept is what it was.
function isFile(url) {
  if (url.origin !== self.location.origin) return false;
  return /^\/js\/[0-9a-f]{16}\//.test(url.pathname)
    || (/^\/static\//.test(url.pathname) && url.searchParams.has("v"));
}

async function page(event, url) {
  try {
    const answer = (await event.preloadResponse) || (await fetch(event.request));
    if (isLabel(url) || isMine(url)) event.waitUntil(keepAny(url, answer.clone()));
    return answer;
  } catch (error) {
    return (await (isMine(url) ? ownCopy(url) : copyOf(PAGES, url))) || (await offline(url)) || Response.error();
  }
}

async function keepOffline(lang) {
  const store = await caches.open(OFFLINE);
  const answer = await fetch(`/offline?lang=${lang}`);
  const files = [...(await answer.clone().text()).matchAll(/(?:href|src)="(\/(?:static|js)\/[^"]+)"/g)];
  await Promise.all([store.put(`/offline?lang=${lang}`, answer), store.addAll(files.map((found) => found[1]))]);
}

// The page for what is not kept: it lists one's own pages that are.
async function offline(url) {
  const lang = (url.searchParams.get("lang") || self.navigator.language || "zh").slice(0, 2) === "zh" ? "zh" : "en";
  const stored = await caches.match(`/offline?lang=${lang}`);
  if (!stored) return null;
  const text = await stored.text();
  const links = (await ownPages()).map(([path, title]) => `<li><a href="${path}">${title}</a></li>`);
  const shown = links.length ? text.replace("<!--kept-->", () => links.join("")) : text.replace(/<!--own-->[^]*<!--end-->/, "");
  return new Response(shown, { headers: stored.headers });
}

// The paths of one's own pages that are kept, each once, with their titles as HTML.
async function ownPages() {
  const pages = new Map();
  for (const name of (await caches.keys()).filter((other) => other.startsWith(MINE))) {
    const store = await caches.open(name);
    for (const request of await store.keys()) {
      const { pathname, search } = new URL(request.url);
      const title = /<title>([^<]*)<\/title>/.exec(await (await store.match(request)).text());
      if (title) pages.set(pathname, [`${pathname}${search.replace(/&/g, "&amp;").replace(/"/g, "%22")}`, title[1]]);
    }
  }
  return [...pages.values()];
}

async function copyOf(name, url, how) {
  const stored = await (await caches.open(name)).match(keyOf(url), how);
  if (!stored) return null;
  const text = await stored.text();
  const mark = MARK.exec(text);
  const since = new Date(Number(stored.headers.get(AT)));
  if (!mark || Number.isNaN(since.getTime())) return null; // it could not say as of when it is
  const language = (/<html lang="([^"]*)"/.exec(text) || [])[1];
  const notice = mark[1].replace("{time}", since.toLocaleString(language, { dateStyle: "long", timeStyle: "short" }));
  const stale = text.replace(MARK, () => `<p class="offline" role="alert">${notice}</p>`)
    .replace("<main>", '<main class="stale">').replace("<title>", "<title>⏱ ")
    // The time by the server's clock, by which one signs, has gone on since.
    .replace(/ data-now="(\d+)"/, (all, then) => ` data-now="${Number(then) + Date.now() - since.getTime()}"`);
  return new Response(stale, { headers: stored.headers });
}

// One's own page as it was last, in whichever language that was.
async function ownCopy(url) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(MINE)) continue;
    const answer = (await copyOf(name, url)) || (await copyOf(name, url, { ignoreSearch: true }));
    if (answer) return answer;
  }
  return null;
}

function keepAny(url, answer) {
  return isMine(url) ? keepMine(url, answer) : keepPage(PAGES, url, answer);
}

async function keepPage(name, url, answer) {
  if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("text/html")) return;
  const headers = new Headers(answer.headers);
  headers.set(AT, String(Date.now()));
  headers.delete("content-encoding");
  headers.delete("content-length");
  await put(name, keyOf(url), new Response(await answer.text(), { headers }));
}

// A page of one who is signed in names the key; an answer that leads elsewhere is for nobody.
async function keepMine(url, answer) {
  if (answer.redirected || answer.type === "opaqueredirect") return forget("");
  if (!answer.ok) return undefined;
  const match = / data-keyid="([0-9a-f]{64})"/.exec(await answer.clone().text());
  if (!match) return forget("");
  await forget(MINE + match[1]);
  return keepPage(MINE + match[1], bare(url), answer);
}

// One's own page by its path and language: what was asked for on it is not.
function bare(url) {
  const lang = url.searchParams.get("lang");
  return new URL(lang ? `${url.pathname}?lang=${encodeURIComponent(lang)}` : url.pathname, url);
}

// Let go of all pages of one's own but those in the cache of this name.
async function forget(name) {
  const names = (await caches.keys()).filter((other) => other.startsWith(MINE) && other !== name);
  await Promise.all(names.map((other) => caches.delete(other)));
}

async function file(event, url, request) {
  const stored = await caches.match(url.href);
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok) event.waitUntil(put(FILES, url.href, answer.clone()));
  return answer;
}

function keyOf(url) {
  return url.origin + url.pathname + url.search;
}

// Put, and let go of the oldest beyond the most that are kept.
async function put(name, key, answer) {
  const store = await caches.open(name);
  await store.put(key, answer);
  const keys = await store.keys();
  const most = MOST[name] || MOST[PAGES];
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((old) => store.delete(old)));
}

// The outbox (js/offline/outbox.js), where none of its pages is open: what is due is sent with its exact
// bytes. All that is not a plain success is left to the next page that opens.

const LEASE = 30000; // ms, as there

async function sendOutbox() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (windows.length) return; // an open page sends by itself
  const all = await outbox("readonly", (records) => records.getAll());
  const held = all.filter((left) => left.state === "held").sort((left, right) => left.made - right.made);
  for (const { id, due } of held) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(60000, Math.max(0, due - Date.now()))));
    await sendRecord(id);
  }
}

async function sendRecord(id) {
  const token = `worker ${Date.now()} ${Math.random()}`;
  const isBare = ({ photos = [], beside = [] }) =>
    !photos.length && !beside.some((part) => part.attachments || part.disclosures);
  const isFree = (record) =>
    record.state === "held" && isBare(record) && !(record.claim && Date.now() - record.claim.at < LEASE);
  const claimed = await change(id, (record) =>
    isFree(record) ? { ...record, is_tried: true, claim: { token, at: Date.now() } } : undefined);
  if (!claimed) return;
  const settle = (values) =>
    change(id, (record) => (record.claim && record.claim.token === token ? { ...record, ...values, claim: null } : undefined));
  try {
    const receipts = await post(claimed.entries);
    if (receipts.some((receipt, at) => receipt.hash !== claimed.hashes[at])) throw new Error("another link's receipt");
    await settle({ state: "sent", indexes: receipts.map((receipt) => receipt.index) });
  } catch (error) {
    await settle({});
    throw error; // the browser tries again, or a page does
  }
}

async function post(entries) {
  const isOne = entries.length === 1;
  const answer = await fetch(isOne ? "/api/v1/links" : "/api/v1/links?atomic=true", {
    method: "POST",
    body: isOne ? entries[0] : JSON.stringify(entries),
    headers: { "Content-Type": "application/json" },
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const body = await answer.json();
  return isOne ? [body] : body;
}

async function change(id, decide) {
  let made;
  await outbox("readwrite", (records) => {
    const request = records.get(id);
    request.onsuccess = () => {
      made = request.result === undefined ? undefined : decide(request.result);
      if (made !== undefined) records.put(made);
    };
    return request;
  });
  return made;
}

async function outbox(mode, ask) {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("suyuan-outbox", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("records", { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error || new Error("IndexedDB is blocked"));
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("records", mode);
      const request = ask(transaction.objectStore("records"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
