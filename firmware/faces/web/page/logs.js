// Logs: who asked for which change, what concerns security, and which limits bound.

import { ask } from "/page/door.js";
import { card, foreign, make, table, words } from "/page/kit.js";
import { has, number, say, time } from "/page/words.js";

const SHOWN = 200;

function result(text) {
  return has(`audit.${text}`) ? say(`audit.${text}`) : foreign(text);
}

export async function open({ act, may }) {
  const root = [], loads = [];
  function log(title, path, heads, rows) {
    const box = make("div");
    root.push(card(title, box));
    loads.push(() => act(async () => {
      const found = rows(await ask("GET", path));
      box.replaceChildren(found.length ? table(title, heads, found) : make("p", {}, say("nothing-yet")));
    }));
  }
  if (may("access")) {
    log(say("audit"), `/audit?limit=${SHOWN}`, [say("when"), say("who"), say("what"), say("result")], (told) => told.entries.map((one) => [
      time(one.time), make("span", {}, foreign(one.who), " ", make("small", { class: "dim" }, foreign(one.way))),
      make("span", {}, words("action", one.action), " ", make("small", { class: "dim", lang: "en" }, one.detail)), make("span", {}, result(one.result),
        one.times > 1 ? make("small", { class: "dim" }, ` ${say("audit-times", { count: one.times, until: time(one.last) })}`) : null),
    ]));
  }
  log(say("limit-log"), `/limits/history?limit=${SHOWN}`, [say("since-when"), say("limit"), say("source"), say("reason")], (told) => told.changes.map((one) => [
    time(one.since), one.limit_a === null ? "–" : `${number(one.limit_a)} A`, words("source", one.limited_by ?? "none"), foreign(one.reason),
  ]));
  if (may("configure")) {
    log(say("security-log"), `/security-events?limit=${SHOWN}`, [say("when"), say("what"), say("details")], (told) => told.events.map((one) => [
      time(one.time), words("security", one.type), foreign(one.tech_info),
    ]));
  }
  return { root, begin: async () => { for (const load of loads) await load(); } };
}
