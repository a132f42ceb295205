// Requests to this site's own API.

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

async function send(method, path, body, type = "application/json") {
  let answer;
  try {
    answer = await fetch(path, {
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
  const text = await answer.text();
  let content = {};
  try {
    content = text ? JSON.parse(text) : {};
  } catch (error) {
    if (answer.ok) throw new Problem(answer.status, {});
  }
  if (!answer.ok) throw new Problem(answer.status, content);
  return content;
}
