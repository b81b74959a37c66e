// App: which view is shown, and what the charger tells, put into it.

import { ask, Refused, trust, watch } from "/page/door.js";
import { EvseView, parts } from "/page/evse.js";
import { words } from "/page/kit.js";
import { plain } from "/page/said.js";
import { choose, duration, has, money, number, say, time, translate } from "/page/words.js";

// Where there is something, what it needs, and the file that is only then loaded.
const PLACES = [
  ["", "see", null],
  ["history", "history", "/page/history.js"],
  ["hours", "limit", "/page/hours.js"],
  ["settings", "configure", "/page/settings.js"],
  ["drivers", "access", "/page/drivers.js"],
  ["people", "own", "/page/people.js"],
  ["service", "service", "/page/service.js"],
  ["commissioning", "service", "/page/commissioning.js"],
  ["logs", "history", "/page/logs.js"],
];
const LIST_EVERY_MS = 30000;
const main = document.getElementById("main"), nav = document.getElementById("nav");
let welcome = null, source = null, views = new Map(), charger = null, log = null, running = "";
let overview = null, place = null, evses = [], listedAt = 0;

function show(id, text) {
  const line = document.getElementById(id);
  line.textContent = text || "";
  line.hidden = !text;
}

export async function act(work, done) {
  show("wrong", "");
  show("said", "");
  try {
    const told = await work();
    show("said", done ? say(done) : told && told.result ? result(told.result) : "");
    return told;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401 && welcome.who) return begin();
    show("wrong", error.status === 0 ? say("away") : plain(error.message) ?? error.message);
    return null;
  }
}

function result(text) {
  return has(`result.${text}`) ? say(`result.${text}`) : plain(text) ?? text;
}

function fill(template) {
  const made = document.getElementById(template).content.firstElementChild.cloneNode(true);
  translate(made);
  return made;
}

function enter(isFirst) {
  const form = fill("t-enter"), f = parts(form);
  const kind = isFirst ? "setup" : "login";
  f.heading.textContent = say(`${kind}.heading`);
  f.help.textContent = say(`${kind}.help`);
  f.send.textContent = say(`${kind}.send`);
  f["code-row"].hidden = !isFirst;
  form.elements.code.required = isFirst;
  f["password-name"].textContent = say(isFirst ? "password.new" : "password");
  form.elements.password.autocomplete = isFirst ? "new-password" : "current-password";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { name: form.elements.name.value, password: form.elements.password.value };
    if (isFirst) body.code = form.elements.code.value;
    f.send.disabled = true;
    const told = await act(() => ask("POST", isFirst ? "/setup" : "/login", body));
    f.send.disabled = false;
    if (told) begin();
  });
  leave();
  nav.hidden = true;
  main.replaceChildren(form);
  (isFirst ? form.elements.code : form.elements.name).focus();
}

function may(right) {
  return Boolean(welcome.who && welcome.who.rights.includes(right));
}

function open() {
  views = new Map();
  log = null;
  running = "";
  charger = fill("t-charger");
  const f = parts(charger);
  f["mode-form"].hidden = !may("limit");
  f.mode.addEventListener("change", () => act(() => ask("PUT", "/mode", { mode: f.mode.value }), "done"));
  overview = document.createElement("div");
  overview.className = "grid";
  overview.append(charger);
  navigate();
  go();
  source = watch(onState, (isOver) => {
    show("link", say("away"));
    if (isOver) { source.close(); setTimeout(begin, 3000); }
  });
}

function here() {
  return location.hash.replace(/^#\/?/, "");
}

function navigate() {
  const items = PLACES.filter(([, right]) => may(right)).map(([name]) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `#/${name}`;
    link.textContent = say(`place.${name || "overview"}`);
    item.append(link);
    return item;
  });
  nav.hidden = items.length < 2;
  nav.querySelector("ul").replaceChildren(...items);
}

function leave() {
  if (place && place.end) place.end();
  place = null;
}

async function go(isAsked) {
  if (!welcome || !welcome.who) return;
  leave();
  show("said", "");
  show("wrong", "");
  const found = PLACES.find(([name, right]) => name === here() && may(right)) || PLACES[0];
  const [name, , file] = found;
  for (const link of nav.querySelectorAll("a")) {
    if (link.getAttribute("href") === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!file) {
    main.replaceChildren(overview);
  } else {
    const module = await import(file);
    const made = await module.open({ act, may, evses, who: welcome.who, say });
    if (found[0] !== here()) return; // somebody was faster
    const box = document.createElement("div");
    box.className = `grid place-${name}`;
    box.append(...made.root);
    main.replaceChildren(box);
    place = made;
    await made.begin();
  }
  if (isAsked) main.focus();
}

function onState(state) {
  show("link", "");
  evses = state.evses.map((evse) => evse.id);
  const now = JSON.stringify(state.evses.map((evse) => evse.session && evse.session.id));
  const isOld = state.evses.some((evse) => evse.session && evse.session.id) && Date.now() > listedAt + LIST_EVERY_MS;
  if (may("history") && (now !== running || isOld)) history();
  running = now;
  document.title = `${state.evses.map((evse) => `${number((evse.power_w ?? 0) / 1000)} kW`).join(" · ")} – Ampkeeper`;
  const f = parts(charger);
  const facts = [
    ["device", `${state.vendor} ${state.model}, ${state.serial}`],
    ["firmware", state.firmware],
    ["update", state.update === "Idle" ? "" : words("order", state.update)],
    ["central", link(state.link)],
    ["mains", state.mains && state.mains.power_w !== null ? `${number(state.mains.power_w / 1000)} kW` : ""],
    ["surplus", state.mains && state.mains.surplus_w !== null ? `${number(state.mains.surplus_w / 1000)} kW` : ""],
    ["price", state.price ? `${money(state.price.price, state.price.currency)}/kWh, ${say("until", { time: time(state.price.until) })}` : ""],
    ["site", state.site ? plain(state.site) ?? state.site : ""],
  ];
  list(f.facts, facts);
  if (f.mode.options.length === 0) {
    for (const mode of state.modes) f.mode.append(new Option(say(`mode.${mode}`), mode));
  }
  if (document.activeElement !== f.mode) f.mode.value = state.mode;
  for (const evse of state.evses) {
    let view = views.get(evse.id);
    if (!view) {
      view = new EvseView(fill("t-evse"), evse.id, state.evses.length > 1, may, act, welcome.has_world ? fill("t-world") : null);
      views.set(evse.id, view);
      charger.before(view.root);
    }
    view.show(evse, state.time, state.refused_card);
  }
}

function link(told) {
  if (told.state === "none") return say("link.none");
  const waiting = told.queued ? `, ${say("queued", { count: told.queued })}` : "";
  const words = has(`link.${told.state}`) ? say(`link.${told.state}`) : told.state;
  return `${words}${told.version ? ` (OCPP ${told.version})` : ""}${waiting}`;
}

export function list(box, rows) {
  const made = [];
  for (const [key, value] of rows) {
    if (!value) continue;
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = say(key);
    text.textContent = value;
    made.push(term, text);
  }
  const now = made.map((one) => one.textContent).join("\n");
  if (box.dataset.now !== now) { box.replaceChildren(...made); box.dataset.now = now; }
}

async function history() {
  listedAt = Date.now();
  const told = await ask("GET", "/sessions?limit=10").catch(() => null);
  if (!told || !told.sessions.length || !welcome.who) return;
  const card = fill("t-history"), f = parts(card);
  const heads = [...card.querySelectorAll("th")].map((one) => one.textContent);
  for (const one of told.sessions) {
    const row = document.createElement("tr");
    const end = one.ended ? new Date(one.ended) : new Date();
    const cost = one.cost && (one.cost.total ?? one.cost.now);
    const cells = [
      time(one.started),
      duration((end - new Date(one.started)) / 1000),
      one.energy_wh === null ? "–" : `${number(one.energy_wh / 1000, 2)} kWh`,
      cost === null || cost === undefined ? "–" : money(cost, one.cost.currency),
      one.ended ? words("reason", one.reason) : say("runs"),
    ];
    cells.forEach((text, place) => {
      const cell = row.insertCell();
      cell.textContent = text;
      cell.dataset.name = heads[place];
    });
    f.rows.append(row);
  }
  if (log) log.replaceWith(card);
  else overview.append(card);
  log = card;
}

async function begin() {
  if (source) source.close();
  source = null;
  const told = await act(() => ask("GET", "/welcome"));
  if (!told) { setTimeout(begin, 3000); return; }
  welcome = told;
  trust(welcome.who);
  document.getElementById("who").textContent = welcome.who ? `${welcome.who.name} (${say(`role.${welcome.who.role}`)})` : "";
  document.getElementById("logout").hidden = !welcome.who;
  if (welcome.who) open();
  else enter(welcome.can_set_up);
}

async function start() {
  const box = document.getElementById("language");
  box.value = await choose();
  translate(document);
  box.addEventListener("change", async () => {
    await choose(box.value);
    translate(document);
    begin();
  });
  document.getElementById("logout").addEventListener("click", async () => {
    await act(() => ask("POST", "/logout"));
    begin();
  });
  window.addEventListener("hashchange", () => go(true));
  begin();
}

start();
