// Keeps the last pages of labels on the phone, and shows them where there is no network: never as
// they were, but with a line that says as of when they are. It touches no other pages.

const PAGES = "pages-1";
const FILES = "files-1";
const MOST = { [PAGES]: 20, [FILES]: 60 };
const MARK = /<!--offline ([^]*?)-->/;
const AT = "x-suyuan-at";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(start()));

self.addEventListener("message", (event) => {
  const url = event.data && event.data.keep ? new URL(event.data.keep) : null;
  if (url && isLabel(url)) event.waitUntil(fetch(url).then((answer) => keepPage(url, answer)).catch(() => undefined));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && isLabel(url)) event.respondWith(page(event, url));
  else if (isFile(url)) event.respondWith(file(event, url));
});

// With a preload the server is asked as it would be without this worker, and counts the scan.
async function start() {
  if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

function isLabel(url) {
  return url.origin === self.location.origin && /^\/(t|T|01|00)\//.test(url.pathname);
}

// Static files have their content's hash in their URL, so that what is kept is what it was.
function isFile(url) {
  return /^\/js\/[0-9a-f]{16}\//.test(url.pathname)
    || (/^\/static\//.test(url.pathname) && url.searchParams.has("v"));
}

async function page(event, url) {
  try {
    const answer = (await event.preloadResponse) || (await fetch(event.request));
    event.waitUntil(keepPage(url, answer.clone()));
    return answer;
  } catch (error) {
    return (await kept(url)) || Response.error();
  }
}

async function kept(url) {
  const found = await (await caches.open(PAGES)).match(keyOf(url));
  if (!found) return null;
  const text = await found.text();
  const mark = MARK.exec(text);
  const since = new Date(Number(found.headers.get(AT)));
  if (!mark || Number.isNaN(since.getTime())) return null; // it could not say as of when it is
  const language = (/<html lang="([^"]*)"/.exec(text) || [])[1];
  const said = mark[1].replace("{time}", since.toLocaleString(language, { dateStyle: "long", timeStyle: "short" }));
  const stale = text.replace(MARK, () => `<p class="offline" role="alert">${said}</p>`)
    .replace("<main>", '<main class="stale">').replace("<title>", "<title>⏱ ");
  return new Response(stale, { headers: found.headers });
}

async function keepPage(url, answer) {
  if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("text/html")) return;
  const headers = new Headers(answer.headers);
  headers.set(AT, String(Date.now()));
  headers.delete("content-encoding");
  headers.delete("content-length");
  await put(PAGES, keyOf(url), new Response(await answer.text(), { headers }));
}

async function file(event, url) {
  const store = await caches.open(FILES);
  const found = await store.match(url.href);
  if (found) return found;
  const answer = await fetch(event.request);
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
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST[name])).map((old) => store.delete(old)));
}
