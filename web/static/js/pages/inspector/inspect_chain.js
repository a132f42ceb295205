// A chain on an inspector's desk: its evidence can be checked on this device as well.

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
