// One's own pages on this device: kept by the service worker, so that they open without a network.

import { forget } from "./counter-kept.js";
import { forgetTyped } from "./memory.js";

const MINE = "mine-1 "; // as the service worker names its caches

// Have the service worker keep this page and the files that it is made of.
export function keepHere() {
  if (!("serviceWorker" in navigator) || !self.isSecureContext) return;
  navigator.serviceWorker
    .register("/service.js")
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => {
      const [navigation] = performance.getEntriesByType("navigation");
      if (navigation && navigation.workerStart > 0) return; // the worker has seen it come
      const files = performance.getEntriesByType("resource").map((resource) => resource.name);
      active.postMessage({ keep: location.href, files });
    })
    .catch(() => undefined); // a browser that keeps none
}

// Have what is signed sent also after this page is closed, where the browser can.
export async function sendLater() {
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration && registration.sync) await registration.sync.register("outbox");
  } catch (error) {
    // then it is sent when a page is opened again
  }
}

// Let go of the kept pages of all keys but this one, and of what was looked up; of all for null.
export async function forgetPages(keyid) {
  forget(keyid);
  forgetTyped(keyid);
  try {
    const names = (await caches.keys()).filter((name) => name.startsWith(MINE) && name !== `${MINE}${keyid}`);
    await Promise.all(names.map((name) => caches.delete(name)));
  } catch (error) {
    // a browser that keeps none
  }
}
