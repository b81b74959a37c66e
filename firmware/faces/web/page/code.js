// Code: a QR code as SVG, black on white whatever the colours of the page, with what it leads to.

import { make } from "/page/kit.js";
import { say } from "/page/words.js";

const NS = "http://www.w3.org/2000/svg";

export function code({ address, size, path }) {
  const svg = document.createElementNS(NS, "svg");
  for (const [name, value] of [["viewBox", `0 0 ${size} ${size}`], ["role", "img"], ["aria-label", say("scan")], ["shape-rendering", "crispEdges"]]) svg.setAttribute(name, value);
  for (const [d, fill] of [[`M0 0h${size}v${size}H0z`, "#fff"], [path, "#000"]]) {
    const part = document.createElementNS(NS, "path");
    part.setAttribute("d", d);
    part.setAttribute("fill", fill);
    svg.append(part);
  }
  return make("figure", { class: "code" }, svg, make("figcaption", {}, say("scan"), make("br"), make("small", {}, address)));
}
