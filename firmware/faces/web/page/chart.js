// Chart: currents of three phases, drawn as SVG: the last hour, or less while less is known.

const NS = "http://www.w3.org/2000/svg";
const SPANS_MIN = [6, 15, 30, 60];
const HEIGHT = 180, LEFT = 34, BOTTOM = 20, TOP = 8;

function make(name, values, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function nice(most) {
  for (const step of [6, 10, 16, 20, 32, 40, 63, 80]) if (most <= step) return step;
  return most;
}

export class Chart {
  constructor(box, title) {
    this.box = box;
    this.title = title;
    this.points = [];
  }

  load(points) {
    this.points = points;
    this.draw();
  }

  add(point) {
    const last = this.points.at(-1);
    if (last && new Date(point.time) - new Date(last.time) < 9000) return;
    this.points.push(point);
    while (this.points.length > 360) this.points.shift();
    this.draw();
  }

  draw() {
    const WIDTH = this.box.clientWidth || 600; // one unit is one pixel, so that its texts can be read
    const svg = make("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": this.title });
    const all = this.points.flatMap((point) => point.current_a).filter((value) => value !== null);
    const most = nice(Math.max(6, ...all));
    const end = this.points.length ? new Date(this.points.at(-1).time).getTime() : Date.now();
    const known = this.points.length ? (end - new Date(this.points[0].time)) / 60000 : 0;
    const span = SPANS_MIN.find((minutes) => known <= minutes) ?? SPANS_MIN.at(-1);
    const x = (time) => LEFT + (1 - (end - new Date(time)) / (span * 60000)) * (WIDTH - LEFT - 4);
    const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
    for (const value of [0, most / 2, most]) {
      svg.append(make("line", { class: "grid", x1: LEFT, x2: WIDTH - 4, y1: y(value), y2: y(value) }));
      svg.append(make("text", { x: LEFT - 4, y: y(value) + 4, "text-anchor": "end" }, `${Math.round(value)} A`));
    }
    for (const minutes of [span, (2 * span) / 3, span / 3, 0]) {
      const place = x(end - minutes * 60000);
      const anchor = minutes === 0 ? "end" : minutes === span ? "start" : "middle";
      svg.append(make("text", { x: place, y: HEIGHT - 4, "text-anchor": anchor }, minutes === 0 ? "0" : `−${minutes} min`));
    }
    const count = Math.max(0, ...this.points.map((point) => point.current_a.length));
    for (let phase = 0; phase < count; phase += 1) {
      let path = "", before = null;
      for (const point of this.points) {
        const value = point.current_a[phase];
        if (value === null || value === undefined) { before = null; continue; }
        path += `${before === null ? "M" : "L"}${x(point.time).toFixed(1)} ${y(value).toFixed(1)}`;
        before = value;
      }
      if (path) svg.append(make("path", { class: `p${phase}`, d: path }));
      svg.append(make("path", { class: `p${phase}`, d: `M${LEFT + 8 + phase * 60} ${TOP + 8}h14` }));
      svg.append(make("text", { x: LEFT + 26 + phase * 60, y: TOP + 12 }, `L${phase + 1}`));
    }
    this.box.replaceChildren(svg);
  }
}
