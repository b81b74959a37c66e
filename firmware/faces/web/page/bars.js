// Bars: energy by day or month, drawn as SVG; the same numbers stand in a table beneath.

import { number, say } from "/page/words.js";

const NS = "http://www.w3.org/2000/svg";
const HEIGHT = 220, LEFT = 44, BOTTOM = 22, TOP = 10;

function draw(name, values, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function nice(most) {
  const ten = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((one) => one * ten).find((one) => one >= most);
}

export function bars(title, rows, width) {
  const svg = draw("svg", { class: "chart bars", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title });
  const most = nice(Math.max(1, ...rows.map((row) => row.value)));
  const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  for (const value of [0, most / 2, most]) {
    svg.append(draw("line", { class: "grid", x1: LEFT, x2: width, y1: y(value), y2: y(value) }));
    svg.append(draw("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, number(value, most < 10 ? 1 : 0)));
  }
  const step = (width - LEFT) / rows.length;
  const every = Math.ceil(46 / step);
  rows.forEach((row, place) => {
    const x = LEFT + place * step;
    const bar = draw("rect", { x: x + step * 0.15, y: y(row.value), width: step * 0.7, height: Math.max(0, y(0) - y(row.value)), rx: 2 });
    bar.append(draw("title", {}, `${row.name}: ${number(row.value, 2)} kWh, ${say("count-sessions", { count: row.sessions })}`));
    svg.append(bar);
    if ((rows.length - 1 - place) % every === 0) svg.append(draw("text", { x: x + step / 2, y: HEIGHT - 5, "text-anchor": "middle" }, row.short));
  });
  return svg;
}
