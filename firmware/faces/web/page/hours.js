// Hours: in which hours of the week to charge, or to charge with less.

import { ask } from "/page/door.js";
import { button, card, field, form, input, make, select, table } from "/page/kit.js";
import { date, number, say } from "/page/words.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const KINDS = ["charge", "limit"];
const MONDAY = 5; // of January 2026

function nameOf(day) {
  return date(`2026-01-${String(MONDAY + DAYS.indexOf(day)).padStart(2, "0")}`, { weekday: "short" });
}

export async function open({ act, evses }) {
  const list = make("div");
  let rows = [];

  function show(told) {
    if (!told) return;
    rows = told.hours;
    const heads = ["name", "days", "from-to", "what", "at-most"].map((key) => say(key));
    if (evses.length > 1) heads.push(say("evse", { id: "" }));
    const shown = rows.map((one, place) => [
      one.name, one.days.map(nameOf).join(" "), `${one.begin} – ${one.end}`, say(`what.${one.what}`),
      one.max_a === null ? "–" : `${number(one.max_a, 0)} A`,
      ...(evses.length > 1 ? [one.evse ? String(one.evse) : say("each")] : []),
      button(say("remove"), () => set(rows.filter((_, other) => other !== place)), { "aria-label": `${say("remove")}: ${one.name}` }),
    ]);
    list.replaceChildren(rows.length ? table(say("place.hours"), [...heads, ""], shown) : make("p", {}, say("no-hours")));
    if (told.is_changed) list.append(button(say("hours-of-file"), async () => show(await act(() => ask("DELETE", "/hours"), "done"))));
  }

  async function set(hours) {
    const told = await act(() => ask("PUT", "/hours", { hours }), "done");
    show(told);
    return told;
  }

  const boxes = DAYS.map((day) => make("label", {}, make("input", { type: "checkbox", name: day, checked: true }), " ", nameOf(day)));
  const fields = [
    field(say("name"), input("name", { required: true, maxlength: 40, autocomplete: "off" })),
    make("fieldset", { class: "row" }, make("legend", {}, say("days")), ...boxes),
    field(say("from"), input("begin", { type: "time", required: true })),
    field(say("to"), input("end", { type: "time", required: true })),
    field(say("what"), select("what", KINDS.map((kind) => [kind, say(`what.${kind}`)]), "charge")),
    field(say("at-most"), input("max_a", { type: "number", min: 0, max: 80, step: "any" }), "A"),
  ];
  if (evses.length > 1) fields.push(field(say("evse", { id: "" }), select("evse", [["0", say("each")], ...evses.map((id) => [String(id), String(id)])], "0")));
  const add = form(fields, say("add"), async (told, made) => {
    const one = { name: told.name, begin: told.begin, end: told.end, what: told.what, days: DAYS.filter((day) => told[day]) };
    if (told.max_a !== "") one.max_a = Number(told.max_a);
    if (told.evse) one.evse = Number(told.evse);
    if (await set([...rows, one])) made.reset();
  }, { class: "stack" });
  const root = [card(say("place.hours"), make("p", { class: "dim" }, say("hours.help")), list, make("details", {}, make("summary", {}, say("add-hours")), add))];
  return { root, begin: () => act(async () => show(await ask("GET", "/hours"))) };
}
