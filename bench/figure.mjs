/**
 * Figures as SVG, by hand: a chart library would need a DOM. They follow the reader's light or dark scheme.
 */
/** Of all figures: text, grid, and lines in three styles. */
export const CSS = `
    text { font: 13px system-ui, "Helvetica Neue", Arial, sans-serif; fill: #24292f; }
    .title { font-weight: 600; font-size: 14px; }
    .tick, .axis { fill: #57606a; font-size: 12px; }
    .grid { stroke: #d0d7de; }
    .back { fill: #ffffff; }
    .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
    .a { stroke: #0969da; } .b { stroke: #bc4c00; } .c { stroke: #8250df; stroke-dasharray: 5 4; }
    .ideal { fill: none; stroke: #8c959f; stroke-width: 1.25; stroke-dasharray: 2 4; }
    circle { stroke-width: 2; fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .tick, .axis { fill: #9198a1; }
      .grid { stroke: #30363d; }
      .back, circle { fill: #0d1117; }
      .a { stroke: #58a6ff; } .b { stroke: #f0883e; } .c { stroke: #bc8cff; }
    }`;

const WIDTH = 580;
const HEIGHT = 360;
const PLOT = { left: 70, right: 540, top: 70, bottom: 300 };

/**
 * Curves over logarithmic axes, on which what grows in proportion is a straight line of slope 1. `curves` are
 * `{ name, points: [x, y][] }`; `ideal` is drawn dotted and says so. `x` and `y` are the titles of the axes.
 */
export function logLogFigure({ title, x, y, curves, ideal }) {
  const all = [...curves, ...(ideal ? [ideal] : [])].flatMap(({ points }) => points);
  const across = logAxis(
    all.map(([value]) => value),
    PLOT.left + 8,
    PLOT.right - 8,
  );
  const up = logAxis(
    all.map(([, value]) => value),
    PLOT.bottom - 8,
    PLOT.top + 8,
  );
  const path = (points) =>
    points.map(([a, b], at) => `${at === 0 ? "M" : "L"}${across.at(a)} ${up.at(b)}`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">${title}</title>
  <style>${CSS}
  </style>
  <rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${[...axes(title, x, y, across, up), ...lines(curves, ideal, path, across, up), ...legend(curves, ideal)].map((line) => `  ${line}`).join("\n")}
</svg>
`;
}

function axes(title, x, y, across, up) {
  const middle = (PLOT.left + PLOT.right) / 2;
  return [
    `<text class="title" x="${PLOT.left}" y="28">${title}</text>`,
    `<text class="axis" x="${PLOT.left}" y="50">${y}</text>`,
    `<text class="axis" x="${middle}" y="${PLOT.bottom + 40}" text-anchor="middle">${x}</text>`,
    ...up.ticks.flatMap((tick) => [
      `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${up.at(tick)}" y2="${up.at(tick)}"/>`,
      `<text class="tick" x="${PLOT.left - 8}" y="${up.at(tick) + 4}" text-anchor="end">${numeral(tick)}</text>`,
    ]),
    ...across.ticks.map(
      (tick) =>
        `<text class="tick" x="${across.at(tick)}" y="${PLOT.bottom + 20}" text-anchor="middle">${numeral(tick)}</text>`,
    ),
  ];
}

function lines(curves, ideal, path, across, up) {
  return [
    ...(ideal ? [`<path class="ideal" d="${path(ideal.points)}"/>`] : []),
    ...curves.flatMap(({ points }, at) => [
      `<path class="line ${styleOf(at)}" d="${path(points)}"/>`,
      ...points.map(
        ([a, b]) => `<circle class="${styleOf(at)}" cx="${across.at(a)}" cy="${up.at(b)}" r="3.5"/>`,
      ),
    ]),
  ];
}

/** Beside the title of the y axis, from the right. */
function legend(curves, ideal) {
  const entries = [
    ...curves.map(({ name }, at) => ({ name, style: `line ${styleOf(at)}` })),
    ...(ideal ? [{ name: ideal.name, style: "ideal" }] : []),
  ];
  let right = PLOT.right;
  return entries.reverse().map(({ name, style }) => {
    const text = `<path class="${style}" d="M${right - 24} 46h24"/><text class="axis" x="${right - 32}" y="50" text-anchor="end">${name}</text>`;
    right -= 52 + 6.5 * name.length;
    return text;
  });
}

function styleOf(at) {
  return "abc"[at];
}

/** Pixels from `start` to `end` over the decades of `values`; where those are few, from one round number to another. */
function logAxis(values, start, end) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [low, high] = [Math.floor(Math.log10(least) + 1e-9), Math.ceil(Math.log10(most) - 1e-9)];
  const ticks = most / least < 30 ? roundNumbers(least, most, low, high) : decades(low, high);
  const [from, to] = [ticks[0], ticks.at(-1)].map(Math.log10);
  const at = (value) =>
    Math.round((start + ((end - start) * (Math.log10(value) - from)) / (to - from)) * 10) / 10;
  return { at, ticks };
}

function decades(low, high) {
  return Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
}

/** Those of 1, 2, 5, 10, ... that enclose `least` and `most`, and those between. */
function roundNumbers(least, most, low, high) {
  const all = decades(low, high).flatMap((decade) => [1, 2, 5].map((step) => step * decade));
  const first = all.findLastIndex((value) => value <= least * 1.001);
  const last = all.findIndex((value) => value >= most * 0.999);
  return all.slice(first, last + 1);
}

function numeral(value) {
  return value >= 1 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(1)));
}
