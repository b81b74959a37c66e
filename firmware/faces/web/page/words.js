// Words: every text of the page in the language that was chosen, one file for each.

import { forget, learn } from "/page/said.js";

const LANGUAGES = ["en", "de"];
const KEY = "ampkeeper.language";
let words = {};
let chosen = "en";

export async function choose(wanted) {
  const asked = wanted || localStorage.getItem(KEY) || navigator.language.slice(0, 2);
  chosen = LANGUAGES.includes(asked) ? asked : "en";
  if (wanted && wanted === chosen) localStorage.setItem(KEY, chosen);
  forget();
  [words] = await Promise.all([load(`${chosen}.json`), more("said")]);
  document.documentElement.lang = chosen;
  return chosen;
}

async function load(name) {
  return (await fetch(`/page/${name}`)).json();
}

// What the charger says itself is English already.
export async function more(part) {
  if (chosen !== "en") learn(await load(`${chosen}.${part}.json`));
}

export function has(key) {
  return key in words;
}

export function say(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/{(\w+)}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function number(value, digits = 1) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(chosen, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function money(value, currency) {
  if (!currency) return number(value, 2);
  return new Intl.NumberFormat(chosen, { style: "currency", currency }).format(value);
}

export function time(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(chosen, isToday ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" }).format(at);
}

export function date(text, options) {
  return new Intl.DateTimeFormat(chosen, options).format(new Date(`${text}T12:00:00`));
}

export function duration(seconds) {
  seconds = Math.max(0, seconds); // a browser's clock may be behind the charger's
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

export function translate(root) {
  for (const one of root.querySelectorAll("[data-t]")) one.textContent = say(one.dataset.t);
  for (const one of root.querySelectorAll("[data-a]")) one.setAttribute("aria-label", say(one.dataset.a));
}
