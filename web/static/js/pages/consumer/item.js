// The page of a label, or of a chain on an inspector's desk: what it can do once scripts run.
// Without them it says its answer all the same.

import "../../offline/back.js";

const panel = document.getElementById("phone");

if (panel) {
  panel.hidden = false;
  const button = panel.querySelector("button");
  button.onclick = async () => {
    button.disabled = true;
    try {
      const { check } = await import("../../verify/page.js");
      await check(panel);
    } finally {
      button.disabled = false;
    }
  };
}

// The last labels seen open without a network, and then say as of when they are.
if (!document.body.matches(".is-desk") && "serviceWorker" in navigator && self.isSecureContext) {
  navigator.serviceWorker.register("/service.js").then(() => navigator.serviceWorker.ready)
    .then((worker) => worker.active.postMessage({ keep: location.href }))
    .catch(() => undefined);
}
