// Said: sentences that the charger says in English, in the language that was chosen.
//
// A table has English sentences with {} for what changes. A hole is told too, if it is one of them.

const FEW_LETTERS = 4; // a sentence of fewer could be anything: only what is known fits into it
const DEPTH_MAX = 4;
const AMOUNT = /^(?:-?[\d.]+)?(?: [A-Za-z/%]{1,8})?$/;
const POINT = /(\d)\.(\d+)(?= (?:A|kWh|kW|W|V|s|min|h)\b)/g;
const JOINTS = /(: |; )/;
let whole = new Map(), tails = [], shapes = [];

export function forget() {
  whole = new Map();
  tails = [];
  shapes = [];
}

export function learn(table) {
  for (const [english, told] of Object.entries(table)) {
    if (english.includes("{}")) shapes.push(shape(english, told));
    else whole.set(english, told);
  }
  tails = [...whole].filter(([english]) => /^[,;] /.test(english));
  shapes.sort((one, other) => other.letters - one.letters);
}

// The sentence, or null where nobody knows it.
export function plain(text) {
  const told = text ? look(text, 0) : null;
  return told && told.replace(POINT, "$1,$2");
}

function shape(english, told) {
  const parts = english.split("{}").map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { pattern: new RegExp(`^${parts.join("([\\s\\S]*?)")}$`), told, letters: english.replace(/[^A-Za-z]/g, "").length };
}

function look(text, depth) {
  if (whole.has(text)) return whole.get(text);
  if (depth === DEPTH_MAX) return null;
  const parts = text.split(JOINTS);
  const known = whole.has(parts[0]) ? null : filled(text, depth);
  return known ?? tailed(text, depth) ?? joined(parts, depth);
}

function filled(text, depth) {
  for (const { pattern, told, letters } of shapes) {
    const found = pattern.exec(text);
    if (!found) continue;
    const holes = found.slice(1), known = holes.map((one) => look(one, depth + 1));
    if (letters < FEW_LETTERS && holes.some((one, place) => known[place] === null && !AMOUNT.test(one))) continue;
    let place = -1;
    return told.replace(/\{\}/g, () => {
      place += 1;
      return known[place] ?? holes[place];
    });
  }
  return null;
}

function tailed(text, depth) {
  const tail = tails.find(([english]) => text.endsWith(english));
  if (!tail) return null;
  const rest = text.slice(0, -tail[0].length);
  return (look(rest, depth + 1) ?? rest) + tail[1];
}

function joined(parts, depth) {
  if (parts.length === 1) return null;
  const known = parts.map((one) => look(one, depth + 1));
  return known.some((one) => one !== null) ? known.map((one, place) => one ?? parts[place]).join("") : null;
}
