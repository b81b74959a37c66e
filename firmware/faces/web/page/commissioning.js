// Commissioning: the installer proves the charger, step by step, and gets a signed report of it.

import { ask } from "/page/door.js";
import { button, card, field, foreign, form, input, make, save, select, table, words } from "/page/kit.js";
import { say, time } from "/page/words.js";

const LOOK_MS = 3000;
const ROTATIONS = ["RST", "STR", "TRS", "RTS", "TSR", "SRT"], RCDS = ["type A", "type B"];
const BAD = ["failed", "open"];

export async function open({ act }) {
  const state = make("div"), steps = make("div", { class: "grid" }), done = make("div");
  let shown = "", lists = new Map(), sign = null, timer = null;
  const put = async (work, said) => { const told = await act(work, said); if (told) show(told); return told; };

  function first() {
    const fields = [
      field(say("installer"), input("installer", { required: true, maxlength: 60, autocomplete: "name" })),
      field(say("company"), input("company", { maxlength: 60, autocomplete: "organization" })),
      field(say("where"), input("place", { maxlength: 100, autocomplete: "street-address" })),
      field(say("note"), input("note", { maxlength: 500, autocomplete: "off" })),
    ];
    return form(fields, say("begin"), (told) => put(() => ask("POST", "/commissioning", told)), { class: "stack" });
  }

  function measured(one) {
    const known = one.entered || {};
    const fields = [
      field(say("fuse"), input("fuse_a", { type: "number", required: true, min: 6, max: 125, step: "any", value: known.fuse_a }), "A"),
      field(say("rcd-before"), select("rcd", RCDS.map((kind) => [kind, kind]), known.rcd || RCDS[0])),
      field(say("meter-serial"), input("meter_serial", { maxlength: 50, autocomplete: "off", spellcheck: "false", value: known.meter_serial || false })),
    ];
    if (one.phases > 1) fields.splice(2, 0, field(say("rotation"), select("rotation", ROTATIONS.map((kind) => [kind, kind]), known.rotation || ROTATIONS[0])));
    return form(fields, say("enter"), (told) => put(() => ask("PUT", `/evses/${one.id}/commissioning`, { ...told, fuse_a: Number(told.fuse_a) }), "done"), { class: "stack" });
  }

  function build(told) {
    lists = new Map(told.evses.map((one) => [one.id, make("div")]));
    const cards = told.evses.map((one) => card(say("evse", { id: one.id }), lists.get(one.id),
      make("div", { class: "row" }, button(say("run-tests"), () => put(async () => {
        await ask("POST", `/evses/${one.id}/selftests`, { run: 0 });
        return ask("GET", "/commissioning");
      }, "done"))),
      make("h3", {}, say("measured")), measured(one)));
    sign = button(say("sign-report"), () => put(() => ask("POST", "/commissioning/finish"), "signed"), { class: "main" });
    steps.replaceChildren(...cards);
    const anew = make("details", {}, make("summary", {}, say("begin-anew")), first());
    state.replaceChildren(told.begun ? make("div", {}, make("p", {}, [told.installer, told.company, told.place, time(told.begun)].filter(Boolean).join(", ")), sign, anew) : first());
  }

  function show(told) {
    const now = JSON.stringify([told.begun, told.evses.length]);
    if (shown !== now) { shown = now; build(told); }
    sign.disabled = !told.is_ready;
    for (const one of told.evses) {
      const text = JSON.stringify(one.checks), list = lists.get(one.id);
      if (list.dataset.now === text) continue;
      list.dataset.now = text;
      list.replaceChildren(table(say("commissioning.help"), [say("check"), say("result"), say("value"), say("todo")], one.checks.map((check) => [
        words("check", check.name),
        make("span", { class: BAD.includes(check.state) ? "bad" : "" }, words("proof", check.state)),
        foreign(check.shown),
        words("todo", check.todo) === check.todo ? foreign(check.todo) : words("todo", check.todo),
      ])));
    }
    done.hidden = !told.report;
    if (told.report && done.dataset.number !== String(told.report.number)) {
      done.dataset.number = told.report.number;
      done.replaceChildren(card(say("report"), make("p", {}, say("report-of", { ...told.report, time: time(told.report.finished) })),
        make("div", { class: "row" }, ["pdf", "html", "json"].map((kind) => button(kind.toUpperCase(), () => act(async () => save(await ask("GET", `/commissioning/report?kind=${kind}`))), { "aria-label": `${say("report")}: ${kind.toUpperCase()}` })))));
    }
  }

  const look = async () => { const told = await ask("GET", "/commissioning").catch(() => null); if (told) show(told); };
  const root = [card(say("place.commissioning"), make("p", { class: "dim" }, say("commissioning.help")), state), steps, done];
  return { root, begin: async () => { await act(async () => show(await ask("GET", "/commissioning"))); timer = setInterval(look, LOOK_MS); }, end: () => clearInterval(timer) };
}
