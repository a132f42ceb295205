// The page of a label: what it can do once scripts run. Without them it says its answer all the same.

const panel = document.getElementById("phone");

if (panel) {
  panel.hidden = false;
  const button = panel.querySelector("button");
  button.onclick = async () => {
    button.disabled = true;
    try {
      const { check } = await import("./verify-page.js");
      await check(panel);
    } finally {
      button.disabled = false;
    }
  };
}
