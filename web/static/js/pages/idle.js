// A shared terminal that nobody uses goes back to signing in.

const IDLE = 300000; // ms, as the server has it
let timer;

function used() {
  clearTimeout(timer);
  timer = setTimeout(() => location.assign("/signin"), IDLE);
}

for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, used, { passive: true });
used();
