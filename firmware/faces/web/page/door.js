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

export function send(path, file, onPercent) {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    request.open("PUT", API + path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (csrf) request.setRequestHeader("X-CSRF-Token", csrf);
    request.upload.onprogress = (event) => onPercent(Math.floor((100 * event.loaded) / event.total));
    request.onerror = () => refuse(new Refused(0, ""));
    request.onload = () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* the status says enough */ }
      if (request.status === 200) done(told);
      else refuse(new Refused(request.status, told.error || String(request.status)));
    };
    request.send(file);
  });
}

export function watch(onState, onLost) {
  const source = new EventSource(`${API}/events`);
  source.addEventListener("state", (event) => onState(JSON.parse(event.data)));
  source.onerror = () => onLost(source.readyState === EventSource.CLOSED);
  return source;
}
