// Drivers: who may charge here, with which cards, until when and how much.

import { ask } from "/page/door.js";
import { button, card, field, foreign, form, give, input, make, table } from "/page/kit.js";
import { number, say, time } from "/page/words.js";

const LOOK_MS = 1000, LEARN_S = 30;

export async function open({ act }) {
  const list = make("div"), lesson = make("p", { role: "status" });
  let timer = null;
  const show = async () => {
    const told = await ask("GET", "/drivers");
    list.replaceChildren(told.users.length ? drivers(told.users) : make("p", {}, say("no-drivers")));
  };

  function drivers(users) {
    const heads = ["name", "cards", "valid", "budget", ""].map((key) => key && say(key));
    return table(say("place.drivers"), heads, users.map((one) => [
      make("span", {}, one.name, one.why_not ? make("small", { class: "bad" }, " ", foreign(one.why_not)) : ""),
      one.cards.join(", ") || "–",
      `${one.from ? time(one.from) : "…"} – ${one.until ? time(one.until) : "…"}`,
      one.budget_wh === null ? "–" : `${number(one.used_wh / 1000)} / ${number(one.budget_wh / 1000)} kWh`,
      make("span", { class: "row" },
        button(say("learn"), () => learn(one), { "aria-label": `${say("learn")}: ${one.name}` }),
        button(say("personal"), () => take(one), { "aria-label": `${say("personal")}: ${one.name}` }),
        button(say("forget"), () => confirm(say("sure-forget", { name: one.name })) && forget(one), { "aria-label": `${say("forget")}: ${one.name}` }),
        button(say("remove"), () => confirm(say("sure", { name: one.name })) && drop(one), { "aria-label": `${say("remove")}: ${one.name}` })),
    ]));
  }

  async function drop(one) {
    await act(async () => { await ask("DELETE", `/drivers/${one.number}`); await show(); }, "done");
  }

  async function take(one) {
    const told = await act(() => ask("GET", `/drivers/${one.number}/data`));
    if (told) give(`driver-${one.number}.json`, "application/json", JSON.stringify(told, null, 1));
  }

  async function forget(one) {
    await act(async () => { await ask("DELETE", `/drivers/${one.number}/data`); await show(); }, "forgotten");
  }

  async function learn(one) {
    clearInterval(timer);
    if (!await act(() => ask("POST", `/drivers/${one.number}/learn`, { for_s: LEARN_S }), "hold-card")) return;
    timer = setInterval(async () => {
      const told = await ask("GET", "/lesson").catch(() => null);
      if (!told) return;
      lesson.replaceChildren(foreign(told.says || ""));
      if (told.lesson === "waits") return;
      clearInterval(timer);
      await show().catch(() => null);
    }, LOOK_MS);
  }

  const add = form([
    field(say("name"), input("user", { required: true, maxlength: 60, autocomplete: "off" })),
    field(say("card"), input("card", { maxlength: 36, autocomplete: "off", spellcheck: "false" })),
    field(say("valid-until"), input("until", { type: "date" })),
    field(say("budget"), input("budget", { type: "number", min: 1, max: 100000, step: "any" }), "kWh"),
  ], say("add"), async (told, made) => {
    const asked = { user: told.user };
    if (told.card) asked.add_cards = [told.card];
    if (told.until) asked.until = told.until;
    if (told.budget) asked.budget_kwh = told.budget;
    await act(async () => { await ask("POST", "/drivers", asked); made.reset(); await show(); }, "done");
  }, { class: "stack" });
  const many = form([field(say("table-file"), input("table", { type: "file", required: true, accept: ".csv,text/csv" }))], say("take-table"), async (told, made) => {
    const table = await told.table.text();
    await act(async () => { await ask("POST", "/drivers-table", { table }); made.reset(); await show(); }, "done");
  }, { class: "stack" });
  const root = [card(say("place.drivers"), make("p", { class: "dim" }, say("drivers.help")), list, lesson, make("details", {}, make("summary", {}, say("add-driver")), add), make("details", {}, make("summary", {}, say("add-table")), make("p", { class: "dim" }, say("table.help")), many))];
  return { root, begin: () => act(show), end: () => clearInterval(timer) };
}
