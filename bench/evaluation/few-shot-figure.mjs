/** The curves of few-shot.mjs as SVG. */
import { CSS } from "../figure.mjs";

const WIDTH = 860;
const HEIGHT = 416;
const PLOT = { top: 66, bottom: 338, width: 340, lefts: [52, 482] };
const STYLES = ["a", "b", "c"];
/** Pixels that each method stands aside, so that whiskers do not cover each other. */
const ASIDE = [0, -4, 4];

const WHISKERS = `
    .whisker { stroke-width: 1.25; stroke-dasharray: none; opacity: 0.6; }
    circle.c { stroke-dasharray: none; }`;

/** `panels` are `{ title, curves: { method, points: { mean, deviation }[] }[] }`, a point for each of `shots`. */
export function fewShotFigure(shots, panels) {
  const parts = panels.map((panel, at) => panelSvg(shots, panel, PLOT.lefts[at]));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">Accuracy against labelled pictures a class; mean and standard deviation of 5 seeds</title>
  <style>${CSS}${WHISKERS}
  </style>
  <rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${parts.join("\n")}
${legend(panels[0].curves)}
</svg>
`;
}

function panelSvg(shots, { title, curves }, left) {
  const { low, high, step } = scaleOf(curves);
  const x = (at) => round(left + 14 + (at * (PLOT.width - 28)) / (shots.length - 1));
  const y = (value) => round(PLOT.bottom - ((value - low) * (PLOT.bottom - PLOT.top)) / (high - low));
  const lines = [`  <text class="title" x="${left}" y="28">${title}</text>`];
  lines.push(`  <text class="axis" x="${left}" y="48">acc@1, %</text>`);
  for (let value = low; value <= high; value += step) {
    lines.push(
      `  <line class="grid" x1="${left}" x2="${left + PLOT.width}" y1="${y(value)}" y2="${y(value)}"/>`,
    );
    lines.push(`  <text class="tick" x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`);
  }
  for (const [at, count] of shots.entries()) {
    lines.push(
      `  <text class="tick" x="${x(at)}" y="${PLOT.bottom + 20}" text-anchor="middle">${count}</text>`,
    );
  }
  const middle = left + PLOT.width / 2;
  lines.push(
    `  <text class="axis" x="${middle}" y="${PLOT.bottom + 38}" text-anchor="middle">labelled pictures a class</text>`,
  );
  // The first method is drawn last, over the others.
  for (const [at, { points }] of [...curves.entries()].reverse()) {
    lines.push(curveSvg(points, STYLES[at], (point) => round(x(point) + ASIDE[at]), y));
  }
  return lines.join("\n");
}

function curveSvg(points, style, x, y) {
  const path = points.map((point, at) => `${at === 0 ? "M" : "L"}${x(at)} ${y(point.mean)}`).join("");
  const whiskers = points.map(
    ({ mean, deviation }, at) => `M${x(at)} ${y(mean - deviation)}V${y(mean + deviation)}`,
  );
  const dots = points.map(
    ({ mean }, at) => `  <circle class="${style}" cx="${x(at)}" cy="${y(mean)}" r="3.5"/>`,
  );
  return [
    `  <path class="line whisker ${style}" d="${whiskers.join("")}"/>`,
    `  <path class="line ${style}" d="${path}"/>`,
    ...dots,
  ].join("\n");
}

/** Round numbers around all points, about five steps apart. */
function scaleOf(curves) {
  const points = curves.flatMap(({ points }) => points);
  const least = Math.min(...points.map(({ mean, deviation }) => mean - deviation));
  const most = Math.max(...points.map(({ mean, deviation }) => mean + deviation));
  const step = [1, 2, 5, 10, 20].find((size) => (most - least) / size <= 6);
  return { low: Math.floor(least / step) * step, high: Math.ceil(most / step) * step, step };
}

function legend(curves) {
  const lefts = [52, 190, 390];
  return curves
    .map(({ method }, at) => {
      const left = lefts[at];
      return `  <path class="line ${STYLES[at]}" d="M${left} ${HEIGHT - 12}h24"/>
  <text x="${left + 32}" y="${HEIGHT - 8}">${method}</text>`;
    })
    .join("\n");
}

function round(value) {
  return Math.round(value * 10) / 10;
}
