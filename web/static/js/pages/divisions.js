// Choosing a division by typing its name: the browser's own list of suggestions, filled as one types.

import { get } from "../sign/api.js";

const PAUSE = 200; // ms after the last letter

for (const field of document.querySelectorAll("[data-divisions]")) {
  let timer = null;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (isOffered(field)) return into(field);
    timer = setTimeout(() => suggest(field), PAUSE);
  });
}

function isOffered(field) {
  return Array.from(field.list.options).some((option) => option.value === field.value);
}

// What was chosen for a list of several goes there, a line of its own.
function into(field) {
  const list = document.getElementById(field.dataset.divisions);
  if (!list) return;
  list.value = `${list.value.trimEnd()}\n${field.value}`.trimStart();
  field.value = "";
}

async function suggest(field) {
  const typed = field.value.trim();
  if (!typed) return;
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  try {
    const { divisions } = await get(`/api/v1/divisions?lang=${language}&q=${encodeURIComponent(typed)}`);
    if (field.value.trim() !== typed) return;
    field.list.replaceChildren(...divisions.map(({ code, name }) => new Option(code, name)));
  } catch (error) {
    // Without suggestions the name is typed whole.
  }
}
