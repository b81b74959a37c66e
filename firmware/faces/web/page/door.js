// Door: requests to the charger; an error is a sentence for the person.

const API = "/api/v1";
let csrf = "";

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export function trust(who) {
  csrf = who ? who.csrf : "";
}

export async function ask(method, path, body) {
  const headers = {};
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(API + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused(0, "");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told.error || String(answer.status));
  return told;
}

export function watch(onState, onLost) {
  const source = new EventSource(`${API}/events`);
  source.addEventListener("state", (event) => onState(JSON.parse(event.data)));
  source.onerror = () => onLost(source.readyState === EventSource.CLOSED);
  return source;
}
