// Kit: what the places of the page are built from: cards, tables, forms.

import { plain } from "/page/said.js";
import { has, say } from "/page/words.js";

export function make(tag, values = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(values)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...inside.flat().filter((one) => one !== null && one !== undefined));
  return made;
}

export function words(group, key) {
  return has(`${group}.${key}`) ? say(`${group}.${key}`) : String(key);
}

let count = 0;

export function card(title, ...inside) {
  count += 1;
  const id = `h${count}`;
  return make("section", { class: "card", "aria-labelledby": id }, make("h2", { id }, title), ...inside);
}

export function table(name, heads, rows) {
  // Roles, as on a phone a row is shown as a block, which takes a table's own from it.
  const head = make("tr", { role: "row" }, heads.map((one) => make("th", { scope: "col", role: "columnheader" }, one)));
  const cell = (one, place) => make("td", { role: "cell", "data-name": heads[place] || false }, one === null || one === undefined ? "–" : one);
  const body = rows.map((row) => make("tr", { role: "row" }, row.map(cell)));
  // It can be scrolled by keys, as it may be wider than the window.
  return make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": name },
    make("table", { role: "table" }, make("caption", { class: "hidden" }, name),
      make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, body)));
}

export function button(text, onclick, values = {}) {
  return make("button", { type: "button", onclick, ...values }, text);
}

export function field(text, input, after = "") {
  return make("label", {}, make("span", {}, text), " ", after ? make("span", {}, input, ` ${after}`) : input);
}

export function input(name, values = {}) {
  return make("input", { name, ...values });
}

export function select(name, options, chosen) {
  const made = make("select", { name });
  for (const [value, text] of options) made.append(new Option(text, value, value === chosen, value === chosen));
  return made;
}

export function form(fields, text, onSend, values = { class: "row" }) {
  const made = make("form", values, ...fields, make("button", { class: "main" }, text));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = made.querySelector("button:last-of-type");
    send.disabled = true;
    const told = Object.fromEntries(new FormData(made));
    await onSend(told, made);
    send.disabled = false;
  });
  return made;
}

export function facts(rows) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return make("dl", {}, shown.flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, value)]));
}

export function foreign(text) {
  const told = plain(text);
  return make("span", { lang: told === null && text ? "en" : false }, told ?? text ?? "");
}

export function faultName(name) {
  return has(`fault-name.${name}`) ? `${say(`fault-name.${name}`)} (${name})` : name;
}

export function faultText(name, text) {
  return has(`fault.${name}`) ? make("span", {}, say(`fault.${name}`)) : foreign(text);
}

export function save(told) {
  give(told.name, told.kind, new Uint8Array(told.hex.match(/../g).map((pair) => parseInt(pair, 16))));
}

export function give(name, kind, content) {
  const link = make("a", { href: URL.createObjectURL(new Blob([content], { type: kind })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
