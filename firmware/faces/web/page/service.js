// Service: software update, self-tests, faults that were, a new start.

import { ask, send } from "/page/door.js";
import { button, card, facts, faultName, faultText, field, foreign, form, input, make, table, words } from "/page/kit.js";
import { number, say, time } from "/page/words.js";

const LOOK_MS = 2000;

function tests(all, hasOthers) {
  const shown = all.filter((one) => one.result !== "absent");
  const span = (one) => one.low === null && one.high === null ? "" : ` (${one.low ?? "…"} – ${one.high ?? "…"})`;
  return table(say("selftests"), [say("number"), say("selftest"), say("result"), say("value"), say("when")], shown.map((one) => [
    String(one.number), make("span", {}, foreign(one.name), hasOthers && one.evse_id ? `, ${say("evse", { id: one.evse_id })}` : ""),
    make("span", { class: one.result === "failed" ? "bad" : "" }, words("test", one.result)),
    one.value === null ? foreign(one.meaning) : `${number(one.value, 0)} ${one.unit}${span(one)}`,
    one.time ? time(one.time) : "–",
  ]));
}

export async function open({ act, evses }) {
  const update = make("div"), list = make("div"), past = make("div");
  const runAll = evses.map((id) => button(evses.length > 1 ? say("run-tests-of", { id }) : say("run-tests"), async () => {
    const told = await act(() => ask("POST", `/evses/${id}/selftests`, { run: 0 }), "done");
    if (told) await showTests();
  }));
  const restart = (when) => confirm(say("sure-restart")) && act(() => ask("POST", "/restart", { when }), "asked-restart");
  const showTests = () => act(async () => list.replaceChildren(tests((await ask("GET", "/selftests")).tests, evses.length > 1)));
  async function showUpdate() {
    const told = await ask("GET", "/update").catch(() => null);
    if (!told) return;
    const state = words("updating", told.state);
    const now = JSON.stringify(told);
    if (update.dataset.now === now) return;
    update.dataset.now = now;
    update.replaceChildren(facts([
      [say("firmware"), told.version || say("version-machine")],
      [say("update"), told.reason ? [state, ": ", foreign(told.reason)] : state],
    ].map(([key, value]) => [key, Array.isArray(value) ? make("span", {}, value) : value])));
    if (told.state === "installing") update.append(make("progress", { max: 100, value: told.percent, "aria-label": say("update") }));
  }
  const sent = make("progress", { max: 100, value: 0, "aria-label": say("sent"), hidden: true });
  const bringing = make("div", {}, form([field(say("image-file"), input("image", { type: "file", required: true, accept: ".image,application/octet-stream" }))], say("install"), async (told) => {
    sent.hidden = false;
    sent.value = 0;
    await act(() => send("/update/image", told.image, (percent) => { sent.value = percent; }), "image-sent");
    sent.hidden = true;
    await showUpdate();
  }, { class: "stack" }), sent);
  const root = [
    card(say("update"), update, bringing),
    card(say("selftests"), make("div", { class: "row" }, runAll), list),
    card(say("past-faults"), past),
    card(say("restart"), make("p", { class: "dim" }, say("restart.help")), make("div", { class: "row" },
      button(say("restart-idle"), () => restart("on_idle")), button(say("restart-soft"), () => restart("soft")))),
  ];
  let timer = null;
  const begin = async () => {
    await showUpdate();
    timer = setInterval(showUpdate, LOOK_MS);
    await showTests();
    await act(async () => {
      const told = await ask("GET", "/faults");
      past.replaceChildren(told.history.length ? table(say("past-faults"), [say("fault"), say("began"), say("over"), say("what-to-do")],
        told.history.slice(0, 100).map((one) => [faultName(one.fault), time(one.since), time(one.until), faultText(one.fault, one.text)])) : make("p", {}, say("no-faults")));
    });
  };
  return { root, begin, end: () => clearInterval(timer) };
}
