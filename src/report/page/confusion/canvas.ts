import { inkOn, shade, styleValue } from "../parts/colour.js";
import type { Cell, Grid } from "./grid.js";

/** Where the matrix lies on its canvas, in CSS pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** Side of a cell; below 1 where there are more labels than pixels. */
  readonly cell: number;
  /** Size of the letters of the names, 0 where there is no room for names. */
  readonly letters: number;
}

const LARGEST_CELL = 46;
const LARGEST_MATRIX = 900;
const LEAST_CELL_WITH_NAME = 7.5;
const LONGEST_NAME = 150;
/** Cells are painted at least this large, or one of a thousand would not be seen. */
const LEAST_CELL = 2;
/** Numbers are written in cells of this size and more. */
const CELL_WITH_NUMBER = 26;

/** Small shares are what one looks for: the root of the share spreads them out. */
export function cellShade(share: number): number {
  return Math.sqrt(share);
}

export function layoutOf({ labels }: Grid, width: number): Layout {
  const longest = labels.reduce((most, label) => Math.max(most, label.length), 0);
  const nameWidth = (letters: number) => Math.min(LONGEST_NAME, width * 0.28, longest * letters * 0.58 + 10);
  const side = (margin: number) =>
    Math.min(LARGEST_CELL, (Math.min(width, LARGEST_MATRIX) - margin - 1) / labels.length);
  const letters = Math.min(12, Math.floor(side(nameWidth(8))));
  const margin = side(nameWidth(letters)) < LEAST_CELL_WITH_NAME ? 0 : nameWidth(letters);
  const cell = side(margin);
  const extent = margin + cell * labels.length + 1;
  return { width: extent, height: extent, left: margin, top: margin, cell, letters: margin ? letters : 0 };
}

export function paint(canvas: HTMLCanvasElement, grid: Grid, layout: Layout): void {
  const density = devicePixelRatio || 1;
  canvas.width = Math.ceil(layout.width * density);
  canvas.height = Math.ceil(layout.height * density);
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext("2d")!;
  context.scale(density, density);
  const side = layout.cell * grid.labels.length;
  context.fillStyle = shade(0);
  context.fillRect(layout.left, layout.top, side, side);
  for (const cell of grid.cells) paintCell(context, cell, layout);
  if (layout.letters > 0) paintNames(context, grid, layout);
}

function paintCell(
  context: CanvasRenderingContext2D,
  { row, column, pictures, share }: Cell,
  layout: Layout,
) {
  const { left, top, cell } = layout;
  const gap = cell > 5 ? 1 : 0;
  const [x, y] = [left + column * cell, top + row * cell];
  const side = Math.max(LEAST_CELL, cell - gap);
  context.fillStyle = shade(cellShade(share));
  context.fillRect(x, y, side, side);
  if (cell < CELL_WITH_NUMBER) return;
  context.fillStyle = inkOn(cellShade(share));
  context.font = font(11);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(pictures), x + side / 2, y + side / 2 + 0.5, side - 4);
}

function paintNames(context: CanvasRenderingContext2D, { labels, chosen }: Grid, layout: Layout): void {
  const { left, top, cell, letters } = layout;
  const all = chosen.every(Boolean);
  const room = left - 10;
  context.textBaseline = "middle";
  for (const [position, label] of labels.entries()) {
    const strong = !all && chosen[position] === true;
    context.font = font(letters, strong ? 600 : 400);
    context.fillStyle = styleValue(all || strong ? "--ink" : "--muted");
    const name = fitted(context, label, room);
    const middle = (position + 0.5) * cell;
    context.textAlign = "right";
    context.fillText(name, left - 6, top + middle);
    context.save();
    context.translate(left + middle, top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillText(name, 0, 0);
    context.restore();
  }
}

function font(size: number, weight = 400): string {
  return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
}

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}
