// World: the emulated car, card and faults; only there where the charger is emulated.

import { ask } from "/page/door.js";
import { parts } from "/page/evse.js";
import { faultName } from "/page/kit.js";

export class World {
  constructor(root, id, act) {
    this.f = parts(root);
    const f = this.f, path = `/world/evses/${id}`;
    const flip = (button, key) => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      act(async () => this.load(await ask("PUT", `${path}/car`, { [key]: wanted })), "done");
    };
    f.plug.addEventListener("click", () => flip(f.plug, "plugged"));
    f.ready.addEventListener("click", () => flip(f.ready, "ready"));
    f.swipe.addEventListener("click", () => act(() => ask("POST", "/world/card", { uid: f.uid.value }), "done"));
    f.raise.addEventListener("click", () => act(() => ask("PUT", `${path}/fault`, { name: f.fault.value, is_there: true }), "done"));
    f.mend.addEventListener("click", () => act(() => ask("PUT", `${path}/fault`, { name: f.fault.value, is_there: false }), "done"));
    ask("GET", path).then((told) => this.load(told)).catch(() => {});
  }

  load(told) {
    const f = this.f;
    f.plug.setAttribute("aria-pressed", String(told.plugged));
    f.ready.setAttribute("aria-pressed", String(told.ready));
    if (f.fault.options.length === 0) for (const name of told.faults) f.fault.append(new Option(faultName(name), name));
    return { result: "" };
  }

  show(evse) {
    if (evse.is_plugged !== null) this.f.plug.setAttribute("aria-pressed", String(evse.is_plugged));
  }
}
