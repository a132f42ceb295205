// Requests to this site's own API.

const AGAIN = 3;
const SOON = 2; // s

// What a program was answered instead of what it asked for: RFC 9457 problem details.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `status ${status}`);
    this.status = status;
    this.body = body;
  }
}

// GET; the answer's value. Problem where it is refused; `status` 0 without network.
export function get(path) {
  return send("GET", path);
}

// POST a value as JSON; the answer's value. Problem where it is refused; `status` 0 without network.
export function post(path, value) {
  return send("POST", path, JSON.stringify(value));
}

// The same for a text that is JSON already, as an entry is.
export function postText(path, text) {
  return send("POST", path, text);
}

// The same for a file or a picture, as its bytes.
export function postBlob(path, blob) {
  return send("POST", path, blob, blob.type || "application/octet-stream");
}

// The same for a form: its values by name, a file among them.
export function postForm(path, values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  return send("POST", path, form, null);
}

// DELETE; Problem as above.
export function remove(path) {
  return send("DELETE", path);
}

// Where the server is busy it says that nothing was done, and when another try makes sense.
async function send(method, path, body, type) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(method, path, body, type);
    const wait = answer.status === 503 && Number(answer.headers.get("Retry-After"));
    if (!wait || wait > SOON || attempt > AGAIN) return content(answer);
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
  }
}

async function ask(method, path, body, type = "application/json") {
  try {
    return await fetch(path, {
      method,
      body,
      headers: {
        "Accept-Language": document.documentElement.lang, // what is refused is said as the page speaks
        ...(body === undefined || type === null ? {} : { "Content-Type": type }),
      },
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (error) {
    throw new Problem(0, {});
  }
}

async function content(answer) {
  const text = await answer.text();
  let value = {};
  try {
    value = text ? JSON.parse(text) : {};
  } catch (error) {
    if (answer.ok) throw new Problem(answer.status, {});
  }
  if (!answer.ok) throw new Problem(answer.status, value);
  return value;
}
