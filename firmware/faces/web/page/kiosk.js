// Kiosk: what a small screen at the charger shows; black on white and still, so that e-paper shows it.

import { code } from "/page/code.js";
import { ask } from "/page/door.js";
import { faultText, foreign, make, words } from "/page/kit.js";
import { choose, duration, money, number, say } from "/page/words.js";

const asked = new URLSearchParams(location.search);
const EVERY_MS = 1000 * Math.min(600, Math.max(1, Number(asked.get("every")) || 2));
const main = document.getElementById("main"), wrong = document.getElementById("wrong");
let shown = "";

function cost(session) {
  const sum = session.cost && (session.cost.now ?? session.cost.total);
  return sum === null || sum === undefined ? null : money(sum, session.cost.currency);
}

function evse(one, hasOthers) {
  const lines = [hasOthers ? make("h2", {}, say("evse", { id: one.id })) : null, make("p", { class: "status" }, words("status", one.status))];
  for (const fault of one.faults) lines.push(make("p", { class: "fault" }, faultText(fault.name, fault.text)));
  const session = one.session;
  if (session) {
    lines.push(make("p", { class: "power" }, one.power_w === null ? "–" : `${number(one.power_w / 1000)} kW`));
    const facts = [`${number(session.energy_wh / 1000, 1)} kWh`, session.duration_s === null ? null : duration(session.duration_s), cost(session)];
    lines.push(make("p", {}, facts.filter(Boolean).join(" · ")));
    if (session.cost && session.cost.text) lines.push(make("p", {}, session.cost.text));
  }
  if (one.waits_for) lines.push(make("p", {}, words("waits", one.waits_for)));
  if (one.message) lines.push(make("p", {}, one.message));
  if (one.payment_code) lines.push(code(one.payment_code));
  return make("section", {}, lines);
}

async function look() {
  try {
    const state = await ask("GET", "/display");
    wrong.hidden = true;
    const made = state.evses.map((one) => evse(one, state.evses.length > 1));
    const now = made.map((one) => one.innerText || one.textContent).join("\n");
    if (now !== shown) main.replaceChildren(...made);
    shown = now;
  } catch (error) {
    wrong.replaceChildren(error.status ? foreign(error.message) : say("away"));
    wrong.hidden = false;
    main.replaceChildren();
    shown = "";
  }
  setTimeout(look, EVERY_MS);
}

await choose(asked.get("language") || undefined);
look();
