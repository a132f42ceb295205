// A page that is shown without a network is shown anew once there is one; where something was typed
// into it, it says so instead.

const EACH = 10000; // ms: a server may come back while the network was there all the time
const banner = document.querySelector(".offline");

if (banner) {
  let isTyped = false;
  const timer = setInterval(look, EACH);
  addEventListener("input", () => { isTyped = true; });
  addEventListener("online", look);

  async function look() {
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (!answer || answer.status >= 500) return;
    clearInterval(timer);
    removeEventListener("online", look);
    const back = document.getElementById("back");
    if (!isTyped || !back) return void location.reload();
    document.querySelector("main").classList.remove("stale");
    banner.replaceWith(back.content);
  }
}
