/** The curves of relevance.mjs as SVG. */
import { CSS } from "../figure.mjs";

const WIDTH = 860;
const HEIGHT = 416;
const PLOT = { top: 66, bottom: 338, width: 340, lefts: [52, 482] };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** `panels` are `{ title, shipped, curves: { flat, relevance } }`, of which each point is `{ f1, nothing }`. */
export function relevanceFigure(panels) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">F1 of queries for what is there against the share of absent queries that get nothing, by the bar</title>
  <style>${CSS}
  </style>
  <rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${panels.map((panel, at) => panelSvg(panel, PLOT.lefts[at])).join("\n")}
${legend()}
</svg>
`;
}

function panelSvg({ title, shipped, curves }, left) {
  const x = (value) => round(left + value * PLOT.width);
  const y = (value) => round(PLOT.bottom - value * (PLOT.bottom - PLOT.top));
  const path = (points) =>
    points.map(({ f1, nothing }, at) => `${at === 0 ? "M" : "L"}${x(nothing)} ${y(f1)}`).join("");
  const right = left + PLOT.width;
  const grid = TICKS.flatMap((tick) => [
    `<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>`,
    `<text class="tick" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    `<text class="tick" x="${x(tick)}" y="${PLOT.bottom + 20}" text-anchor="middle">${tick}</text>`,
  ]);
  return [
    `<text class="title" x="${left}" y="28">${title}</text>`,
    `<text class="axis" x="${left}" y="48">F1, queries for what is there</text>`,
    ...grid,
    `<text class="axis" x="${(left + right) / 2}" y="${PLOT.bottom + 38}" text-anchor="middle">absent queries that get nothing, share</text>`,
    `<path class="line b" d="${path(curves.flat)}"/>`,
    `<path class="line a" d="${path(curves.relevance)}"/>`,
    `<circle class="a" cx="${x(shipped.nothing)}" cy="${y(shipped.f1)}" r="4.5"/>`,
  ]
    .map((line) => `  ${line}`)
    .join("\n");
}

function legend() {
  const y = HEIGHT - 16;
  return [
    `<path class="line a" d="M52 ${y - 4}h26"/><text x="86" y="${y}">relevance; the ring is where search ends</text>`,
    `<path class="line b" d="M482 ${y - 4}h26"/><text x="516" y="${y}">one least cosine for all queries</text>`,
  ]
    .map((line) => `  ${line}`)
    .join("\n");
}

function round(value) {
  return Math.round(10 * value) / 10;
}
