// Settings: what may be set at run time, by the model's own ranges, units and help; and the file.

import { ask } from "/page/door.js";
import { card, field, foreign, form, input, make, select, table } from "/page/kit.js";
import { more, say } from "/page/words.js";

function control(one) {
  const values = { value: one.value ?? "" };
  if (one.kind === "boolean") return select("value", [["true", say("yes")], ["false", say("no")]], String(one.value).toLowerCase());
  if (one.choices.length) return select("value", one.choices.map((choice) => [choice, choice]), one.value);
  if (one.lowest !== null || one.highest !== null) {
    return input("value", { ...values, type: "number", min: one.lowest, max: one.highest, step: one.kind === "integer" ? 1 : "any", required: true, class: "long" });
  }
  return input("value", { ...values, maxlength: 2500, spellcheck: "false", autocomplete: "off" });
}

function setting(one, act) {
  const short = one.name.slice(one.name.indexOf(".") + 1);
  const mark = make("strong", { class: "mark" }, one.is_changed ? say("changed") : "");
  const made = form([field(short, control(one), one.unit)], say("set"), async (told) => {
    const answer = await act(() => ask("PUT", "/settings", { name: one.name, value: told.value }), one.needs_restart ? "done-restart" : "done");
    if (answer) mark.textContent = answer.is_changed ? say("changed") : "";
  });
  const notes = [foreign(one.help), " ", make("small", { class: "dim" }, foreign(one.allowed), one.key ? ` · ${one.key}` : "")];
  const item = make("li", { class: "setting" }, made, make("p", {}, mark, " ", ...notes));
  item.dataset.find = `${one.name} ${one.key ?? ""} ${item.textContent}`.toLowerCase();
  return item;
}

function groups(all, act) {
  const found = new Map();
  for (const one of all) {
    const name = one.name.slice(0, one.name.indexOf(".")).replace(/\[.*/, "");
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(setting(one, act));
  }
  return [...found].map(([name, items]) => make("details", {}, make("summary", {}, `${name} (${items.length})`), make("ul", { class: "plain" }, items)));
}

function text(value) {
  if (value === null) return "–";
  if (Array.isArray(value)) return value.length ? value.map(text).join(", ") : "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function allowed(known) {
  const told = [];
  if (known.enum) told.push(known.enum.map(text).join(" · "));
  else if (known.minimum !== undefined || known.maximum !== undefined) told.push(`${known.minimum ?? "…"} – ${known.maximum ?? "…"}`);
  if (known.default !== undefined && known.default !== null && known.default !== "" && text(known.default) !== "–") told.push(say("default", { value: text(known.default) }));
  return told.join("; ");
}

function section(head, values, known) {
  const keys = (known && known.properties) || {};
  const names = [...new Set([...Object.keys(keys), ...Object.keys(values)])];
  const rows = names.map((name) => {
    const one = keys[name] || {}, limits = allowed(one);
    const meaning = make("span", {}, foreign(one.description), limits ? make("small", { class: "dim" }, ` ${limits}`) : null);
    return [make("code", {}, name), name in values ? text(values[name]) : "–", meaning];
  });
  const heads = [say("key"), say("value"), say("meaning")];
  return make("details", { class: "section" }, make("summary", {}, head), rows.length ? table(head.replace(/[[\]]/g, ""), heads, rows) : make("p", {}, "–"));
}

// The whole model: also the tables that this file has not.
function sections(config, schema) {
  return Object.entries(schema.properties).flatMap(([name, known]) => {
    const found = config[name];
    if (known.type !== "array") return [section(`[${name}]`, found || {}, known)];
    if (!found || !found.length) return [section(`[[${name}]]: ${say("none")}`, {}, known.items)];
    return found.map((one, place) => section(`[[${name}]] ${place + 1}`, one, known.items));
  });
}

export async function open({ act }) {
  await more("help");
  const list = make("div"), file = make("div");
  const search = input("search", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: 60, class: "long" });
  const find = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const box of list.querySelectorAll("details")) {
      let isAny = false;
      for (const one of box.querySelectorAll(".setting")) {
        one.hidden = !one.dataset.find.includes(wanted);
        isAny = isAny || !one.hidden;
      }
      box.hidden = !isAny;
      box.open = Boolean(wanted) && isAny;
    }
    for (const box of file.querySelectorAll(".section")) {
      let isAny = box.querySelector("summary").textContent.toLowerCase().includes(wanted);
      for (const row of box.querySelectorAll("tbody tr")) {
        row.hidden = !isAny && !row.textContent.toLowerCase().includes(wanted);
      }
      isAny = isAny || Boolean(box.querySelector("tbody tr:not([hidden])"));
      box.hidden = !isAny;
      box.open = Boolean(wanted) && isAny;
    }
  };
  search.addEventListener("input", find);
  const root = [
    card(say("place.settings"), make("p", { class: "dim" }, say("settings.help")), field(say("search"), search), list),
    card(say("config"), make("p", { class: "dim" }, say("config.help")), file),
  ];
  const begin = () => act(async () => {
    const [settings, config, schema] = await Promise.all([ask("GET", "/settings"), ask("GET", "/config"), ask("GET", "/config/schema")]);
    list.replaceChildren(...groups(settings.settings, act));
    file.replaceChildren(...sections(config, schema));
    find();
  });
  return { root, begin };
}
