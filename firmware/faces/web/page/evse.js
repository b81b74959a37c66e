// Evse: one place to charge: power, what limits and why, session, faults, chart and buttons.

import { Chart } from "/page/chart.js";
import { code } from "/page/code.js";
import { ask } from "/page/door.js";
import { faultName, faultText, foreign, words } from "/page/kit.js";
import { duration, money, number, say, time } from "/page/words.js";
import { World } from "/page/world.js";

export function parts(root) {
  const found = {};
  for (const one of root.querySelectorAll("[data-f]")) found[one.dataset.f] = one;
  return found;
}

export class EvseView {
  constructor(root, id, hasOthers, may, act, world) {
    this.root = root;
    this.id = id;
    this.may = may;
    this.act = act;
    this.f = parts(root);
    this.f.heading.textContent = hasOthers ? say("evse", { id }) : say("charging-point");
    this.chart = new Chart(this.f.chart, say("curve"));
    const path = `/evses/${id}`;
    const f = this.f;
    f.start.addEventListener("click", () => act(() => ask("POST", `${path}/start`, {})));
    f.stop.addEventListener("click", () => act(() => ask("POST", `${path}/stop`)));
    f.now.addEventListener("click", () => {
      const now = f.now.getAttribute("aria-pressed") !== "true";
      act(() => ask("PUT", `${path}/charge-now`, { now }), "done");
    });
    f["limit-form"].hidden = f["depart-form"].hidden = f.now.hidden = !may("limit");
    f["limit-form"].addEventListener("submit", (event) => {
      event.preventDefault();
      const { current, hours } = event.target.elements;
      const asked = { current_a: Number(current.value) };
      if (hours.value) asked.for_s = Number(hours.value) * 3600;
      act(() => ask("PUT", `${path}/limit`, asked), "done");
    });
    f["depart-form"].addEventListener("submit", (event) => {
      event.preventDefault();
      const { by, energy } = event.target.elements;
      const asked = { by: by.value, energy_wh: Math.round(Number(energy.value) * 1000) };
      act(() => ask("PUT", `${path}/departure`, asked), "done");
    });
    f["depart-clear"].addEventListener("click", () => act(() => ask("DELETE", `${path}/departure`), "done"));
    f["limit-clear"].addEventListener("click", () => act(() => ask("DELETE", `${path}/limit`), "done"));
    ask("GET", `${path}/curve`).then((told) => this.chart.load(told.points)).catch(() => {});
    this.world = world ? new World(world, id, act) : null;
    if (world) f.world.append(world);
  }

  show(evse, now, card) {
    const f = this.f;
    const isFaulted = evse.status === "Faulted";
    f.status.textContent = words("status", evse.status);
    f.dot.className = `dot${evse.status === "Charging" ? " charging" : isFaulted ? " faulted" : ""}`;
    f.power.textContent = evse.power_w === null ? "–" : number(evse.power_w / 1000);
    f.waits.textContent = evse.waits_for ? words("waits", evse.waits_for) : "";
    this.showCard(card);
    f.message.textContent = evse.message || "";
    const address = evse.payment_code ? evse.payment_code.address : "";
    if (address !== this.address) f.code.replaceChildren(...(address ? [code(evse.payment_code)] : []));
    this.address = address;
    this.showDeparture(evse.departure);
    this.showFaults(evse.faults);
    this.showWhy(evse);
    this.showSession(evse.session);
    f.start.hidden = !this.may("charge") || !evse.can_start;
    f.stop.hidden = !this.may("charge") || !evse.can_stop;
    f.now.setAttribute("aria-pressed", String(evse.charge_now));
    this.showPhases(evse.phases);
    this.chart.add({ time: now, current_a: evse.phases.map((phase) => phase.current_a) });
    if (this.world) this.world.show(evse);
  }

  showCard(card) {
    const isHere = card && (card.evse_id === null || card.evse_id === this.id);
    const text = isHere ? say("card-refused", { token: card.token, why: words("refusal", card.why), time: time(card.at) }) : "";
    if (this.f.card.textContent !== text) this.f.card.textContent = text;
  }

  showDeparture(plan) {
    this.f.departure.textContent = plan === null ? "" : say("departure", {
      by: time(plan.by), energy: number(plan.energy_wh / 1000), charged: number(plan.charged_wh / 1000), start: time(plan.latest_start),
    });
  }

  once(box, key, make) {
    if (box.dataset.now === key) return;
    box.dataset.now = key;
    box.replaceChildren(...make());
  }

  showFaults(faults) {
    this.once(this.f.faults, JSON.stringify(faults), () => faults.map((fault) => {
      const item = document.createElement("li"), name = document.createElement("strong");
      name.textContent = `${faultName(fault.name)}, ${say("since", { time: time(fault.since) })}`;
      item.append(name, faultText(fault.name, fault.text));
      if (fault.clears === "by a person" && this.may("service")) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = say("clear-fault");
        button.addEventListener("click", () => this.act(() => ask("POST", `/evses/${this.id}/faults/${fault.name}/clear`), "asked"));
        item.append(" ", button);
      }
      return item;
    }));
  }

  showWhy(evse) {
    const limit = number(evse.limit_a ?? 0, 1);
    const source = words("source", evse.limited_by ?? "none");
    const key = evse.limit_a ? "why" : "why-none";
    const text = `${say(key, { limit, source })} ${evse.since ? say("since-dot", { time: time(evse.since) }) : ""}`;
    this.once(this.f.why, text + evse.reason, () => {
      const sentence = document.createElement("span"), detail = document.createElement("small");
      sentence.textContent = text + " ";
      detail.className = "dim";
      detail.append(foreign(evse.reason));
      return [sentence, detail];
    });
    this.f.more.hidden = evse.limits.length === 0;
    this.once(this.f.limits, JSON.stringify(evse.limits), () => evse.limits.map((one) => {
      const row = document.createElement("tr");
      const name = row.insertCell();
      name.textContent = words("source", one.source);
      if (one.binds) name.textContent = `▶ ${name.textContent}`;
      row.insertCell().textContent = one.current_a === null ? "–" : `${number(one.current_a)} A`;
      row.insertCell().append(foreign(one.reason));
      return row;
    }));
  }

  showSession(session) {
    const rows = [];
    if (session) {
      rows.push([say("session"), words("session", session.state)]);
      rows.push([say("energy"), `${number(session.energy_wh / 1000, 2)} kWh`]);
      if (session.duration_s !== null) rows.push([say("lasted"), duration(session.duration_s)]);
      if (session.token) rows.push([say("card"), session.token]);
      const cost = session.cost && (session.cost.now ?? session.cost.total);
      if (cost !== null && cost !== undefined) rows.push([say("cost"), money(cost, session.cost.currency)]);
      if (session.cost && session.cost.text) rows.push([say("price"), session.cost.text]);
    }
    this.once(this.f.session, JSON.stringify(rows), () => rows.flatMap(([name, value]) => {
      const term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = name;
      text.textContent = value;
      return [term, text];
    }));
  }

  showPhases(phases) {
    this.once(this.f.phases, JSON.stringify(phases), () => phases.map((phase) => {
      const row = document.createElement("tr");
      const power = phase.power_w === null ? null : phase.power_w / 1000;
      for (const text of [phase.name, number(phase.current_a), number(phase.voltage_v, 0), number(power, 2)]) row.insertCell().textContent = text;
      return row;
    }));
  }
}
