// History: energy by day and by month, and every session.

import { bars } from "/page/bars.js";
import { ask } from "/page/door.js";
import { button, card, field, input, make, save, table, words } from "/page/kit.js";
import { date, duration, money, number, say, time } from "/page/words.js";

const PAGE = 25;
const KINDS = ["pdf", "csv", "json"];

function shortName(by, from) {
  return date(from, by === "day" ? { day: "numeric", month: "numeric" } : { month: "short" });
}

async function chart(box, by, buttons) {
  const told = await ask("GET", `/totals?by=${by}`);
  const options = by === "day" ? { dateStyle: "full" } : { month: "long", year: "numeric" };
  const rows = told.totals.map((one) => ({
    name: date(one.from, options), short: shortName(by, one.from), value: one.energy_wh / 1000, sessions: one.sessions,
  }));
  const whole = rows.reduce((sum, row) => sum + row.value, 0);
  const numbers = table(say("energy"), [say(`by.${by}`), "kWh", say("sessions")],
    rows.filter((row) => row.sessions).reverse().map((row) => [row.name, number(row.value, 2), String(row.sessions)]));
  box.replaceChildren(
    make("p", {}, say(`total.${by}`, { energy: number(whole, 1) })),
    bars(say(`chart.${by}`), rows, Math.max(280, box.clientWidth || 600)),
    make("details", {}, make("summary", {}, say("as-table")), numbers),
  );
  for (const [name, one] of Object.entries(buttons)) one.setAttribute("aria-pressed", String(name === by));
}

export function row(one) {
  const end = one.ended ? new Date(one.ended) : new Date();
  const cost = one.cost && (one.cost.total ?? one.cost.now);
  return [
    time(one.started),
    duration((end - new Date(one.started)) / 1000),
    one.energy_wh === null ? "–" : `${number(one.energy_wh / 1000, 2)} kWh`,
    one.id_tag || "–",
    cost === null || cost === undefined ? "–" : money(cost, one.cost.currency),
    one.ended ? words("reason", one.reason) : say("runs"),
  ];
}

export async function open({ act }) {
  const box = make("div"), list = make("div");
  const buttons = {};
  for (const by of ["day", "month"]) buttons[by] = button(say(`by.${by}`), () => act(() => chart(box, by, buttons)), { "aria-pressed": "false" });
  let offset = 0;
  const month = input("month", { type: "month", required: true, pattern: "20[0-9]{2}-[01][0-9]", placeholder: "2026-11", value: new Date().toISOString().slice(0, 7) });
  const log = KINDS.map((kind) => button(kind.toUpperCase(), () => act(async () => save(await ask("GET", `/charge-log?month=${encodeURIComponent(month.value)}&kind=${kind}`))), { "aria-label": `${say("charge-log")}: ${kind.toUpperCase()}` }));
  const receipt = (one) => one.ended ? button(say("receipt"), () => act(async () => save(await ask("GET", `/sessions/${encodeURIComponent(one.id)}/receipt?kind=pdf`))), { "aria-label": `${say("receipt")}: ${time(one.started)}` }) : "";
  const heads = () => ["began", "lasted", "energy", "card", "cost", "ended", ""].map((key) => key && say(key));
  const newer = button(say("newer"), () => turn(-PAGE)), older = button(say("older"), () => turn(PAGE));
  async function turn(by) {
    await act(async () => {
      const from = Math.max(0, offset + by);
      const told = await ask("GET", `/sessions?limit=${PAGE}&offset=${from}`);
      if (by > 0 && !told.sessions.length) { older.disabled = true; return; }
      offset = from;
      newer.disabled = offset === 0;
      older.disabled = told.sessions.length < PAGE;
      list.replaceChildren(told.sessions.length ? table(say("sessions"), heads(), told.sessions.map((one) => [...row(one), receipt(one)])) : make("p", {}, say("no-sessions")));
    });
  }
  const root = [
    card(say("place.history"), make("div", { class: "row" }, Object.values(buttons)), box),
    card(say("sessions"), list, make("div", { class: "row" }, newer, older)),
    card(say("charge-log"), make("div", { class: "row" }, field(say("month"), month), ...log)),
  ];
  return { root, begin: async () => { await act(() => chart(box, "day", buttons)); await turn(0); } };
}
