import { shadeLegend } from "../charts/chart.js";
import { shade } from "../parts/colour.js";
import { element, empty } from "../parts/element.js";
import { counted, percent } from "../parts/figures.js";
import { choice, section } from "../parts/section.js";
import type { Pair, Part, View } from "../view.js";
import { cellShade, type Layout, layoutOf, paint } from "./canvas.js";
import { type Grid, type GridOrder, gridOf } from "./grid.js";

const ORDERS: Readonly<Record<GridOrder, string>> = {
  clusters: "clusters of confusion",
  given: "data set",
  name: "name",
};

/** The confusion matrix as a heat map; a cell that is chosen becomes the filter. */
export function confusion(onPair: (pair: Pair) => void): Part {
  const { root, controls, body } = section(
    "confusion",
    "Confusion matrix",
    "A row is the true label, a column the prediction; the diagonal is what is right. The darker a cell (in the dark, the " +
      "brighter), the more of the row's pictures were given the column's label. In the order of clusters, labels that are " +
      "taken for each other stand side by side, so that squares along the diagonal are groups that the model mixes up. " +
      "Choose a cell to see only its pictures. A filter shows its labels and those that they are confused with most.",
  );
  let order: GridOrder = "clusters";
  let last: View | undefined;
  const legend = element("div", {});
  const orders = choice("Order", ORDERS, (chosen) => {
    order = chosen;
    if (last) draw(last);
  });
  controls.append(legend, orders);
  const draw = (view: View) => {
    last = view;
    legend.replaceChildren(shadeLegend("Share of the row", (share) => shade(cellShade(share)), ["0", "1"]));
    const grid = gridOf(view, order);
    if (grid.labels.length === 0) return body.replaceChildren(empty("No label matches the filter."));
    const layout = layoutOf(grid, body.clientWidth);
    const focused = body.querySelector(":focus") !== null;
    const { canvas, frame } = matrix(grid, layout, onPair);
    body.replaceChildren(element("p", { class: "axes" }, "↓ true label\u2003→ prediction"), frame);
    paint(canvas, grid, layout);
    if (focused) canvas.focus({ preventScroll: true });
  };
  return { root, draw };
}

interface Place {
  readonly row: number;
  readonly column: number;
}

function matrix(grid: Grid, layout: Layout, onPair: (pair: Pair) => void) {
  const size = grid.labels.length;
  const canvas = element("canvas", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "heat map",
    "aria-label": `Confusion matrix of ${size} labels. Arrow keys move from cell to cell, Enter filters to the pair.`,
  });
  const row = element("div", { class: "band" });
  const column = element("div", { class: "band" });
  const tooltip = element("div", { class: "tooltip", role: "status" });
  const frame = element("div", { class: "matrix" }, canvas, row, column, tooltip);
  frame.style.width = `${layout.width}px`;
  let place: Place | undefined;
  const point = (at: Place | undefined) => {
    place = at;
    for (const part of [row, column, tooltip]) part.hidden = at === undefined;
    if (at) pointAt(at, grid, layout, { row, column, tooltip });
  };
  point(undefined);
  const choose = () => place && onPair(pairOf(grid, place));
  canvas.addEventListener("pointermove", (event) => point(placeUnder(event, grid, layout)));
  canvas.addEventListener("pointerleave", () => point(undefined));
  canvas.addEventListener("blur", () => point(undefined));
  canvas.addEventListener("click", (event) => {
    point(placeUnder(event, grid, layout));
    choose();
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter") return choose();
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    point(moved(place, step, size));
  });
  return { canvas, frame };
}

const STEPS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function moved(place: Place | undefined, [rows, columns]: readonly [number, number], size: number): Place {
  if (!place) return { row: 0, column: 0 };
  const within = (position: number) => Math.min(size - 1, Math.max(0, position));
  return { row: within(place.row + rows), column: within(place.column + columns) };
}

/** Cells smaller than a fingertip or a pointer are hard to meet: the largest share nearby is taken. */
const REACH = 3;

function placeUnder(event: MouseEvent, grid: Grid, { left, top, cell }: Layout): Place | undefined {
  const size = grid.labels.length;
  const [x, y] = [event.offsetX - left, event.offsetY - top];
  const [row, column] = [Math.floor(y / cell), Math.floor(x / cell)];
  if (row < 0 || column < 0 || row >= size || column >= size) return undefined;
  const reach = cell < REACH ? Math.ceil(REACH / cell) : 0;
  let best = grid.at(row, column);
  for (let r = row - reach; r <= row + reach; r++) {
    for (let c = Math.max(0, column - reach); c <= Math.min(size - 1, column + reach); c++) {
      const near = grid.at(r, c);
      if (near && near.share > (best?.share ?? 0)) best = near;
    }
  }
  return best ?? { row, column };
}

function pairOf({ labels }: Grid, { row, column }: Place): Pair {
  return { label: labels[row]!, predicted: labels[column]! };
}

interface Pointer {
  readonly row: HTMLElement;
  readonly column: HTMLElement;
  readonly tooltip: HTMLElement;
}

function pointAt(place: Place, grid: Grid, layout: Layout, { row, column, tooltip }: Pointer): void {
  const { left, top, cell } = layout;
  const side = cell * grid.labels.length;
  const [x, y] = [left + place.column * cell, top + place.row * cell];
  setBox(row, { left, top: y, width: side, height: cell });
  setBox(column, { left: x, top, width: cell, height: side });
  tooltip.textContent = inWords(place, grid);
  const middle = x + cell / 2;
  const rightwards = middle < layout.width / 2;
  tooltip.style.top = `${y + cell + 8}px`;
  tooltip.style.left = rightwards ? `${middle}px` : "auto";
  tooltip.style.right = rightwards ? "auto" : `${layout.width - middle}px`;
}

function setBox(
  box: HTMLElement,
  place: Readonly<Record<"left" | "top" | "width" | "height", number>>,
): void {
  for (const [name, value] of Object.entries(place)) box.style.setProperty(name, `${value}px`);
}

function inWords(place: Place, grid: Grid): string {
  const { label, predicted } = pairOf(grid, place);
  const cell = grid.at(place.row, place.column);
  const found = cell
    ? `${counted(cell.pictures, "picture")}, ${percent(cell.share)} of ${label}`
    : "no picture";
  return `${place.row === place.column ? `${label}, named right` : `${label} → ${predicted}`}\n${found}`;
}
