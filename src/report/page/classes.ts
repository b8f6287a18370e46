import { axisX, axisY, barX, dot, gridX, text } from "@observablehq/plot";
import type { ClassMetrics } from "../../evaluate/evaluation.js";
import { chart, cut, marginFor } from "./charts/chart.js";
import { element, empty } from "./parts/element.js";
import { count, decimal, percent } from "./parts/figures.js";
import { choice, section } from "./parts/section.js";
import { type Column, foldedTable } from "./parts/table.js";
import { isShown, labelMatcher, type Part, type View } from "./view.js";

interface ClassRow extends ClassMetrics {
  readonly label: string;
}

const ORDERS = {
  lowest: "recall, lowest first",
  recall: "recall, highest first",
  precision: "precision, lowest first",
  f1: "F1, lowest first",
  pictures: "pictures, most first",
  label: "name",
};
type Order = keyof typeof ORDERS;

/** More bars than this in a column are shown only on demand. */
const FIRST = 50;
/** The bars stand in two columns where each gets half of this. */
const TWO_COLUMNS = 840;
const ROW = 20;

/** A bar for each class. */
export function classes(): Part {
  const { root, controls, body } = section(
    "classes",
    "Classes",
    "The bar is recall: the share of a class's pictures that are named right. The ring is precision: the share of pictures " +
      "given this label that have it. A long bar with a ring far to its left is a label that is given too often; a short " +
      "bar with a ring far to its right is one that is given too seldom. A label that was never given has no ring.",
  );
  let order: Order = "lowest";
  let all = false;
  let tableOpen = false;
  let last: View | undefined;
  controls.append(
    choice("Order", ORDERS, (chosen) => {
      order = chosen;
      if (last) draw(last);
    }),
  );
  const draw = (view: View) => {
    last = view;
    const rows = rowsOf(view).sort(comparing(order));
    if (rows.length === 0) return body.replaceChildren(empty("No class matches the filter."));
    const columns = body.clientWidth < TWO_COLUMNS ? 1 : 2;
    const shown = all ? rows : rows.slice(0, FIRST * columns);
    const frames = Array.from({ length: columns }, () => element("div", { class: "chart" }));
    const more = element(
      "button",
      { type: "button", class: "more" },
      `Show all ${count(rows.length)} classes`,
    );
    more.hidden = shown.length === rows.length;
    more.addEventListener("click", () => {
      all = true;
      draw(view);
    });
    const fold = (open: boolean) => {
      tableOpen = open;
    };
    const folded = foldedTable("All figures of the classes", COLUMNS, rows, tableOpen, fold);
    body.replaceChildren(element("div", { class: "columns" }, ...frames), more, folded);
    const perColumn = Math.ceil(shown.length / columns);
    for (const [column, frame] of frames.entries()) {
      const part = shown.slice(column * perColumn, (column + 1) * perColumn);
      if (part.length > 0) drawBars(frame, part, shown);
    }
  };
  return { root, draw };
}

const COLUMNS: readonly Column<ClassRow>[] = [
  { title: "Class", value: ({ label }) => label },
  { title: "Pictures", value: ({ pictures }) => count(pictures), figures: true },
  { title: "Predicted", value: ({ predicted }) => count(predicted), figures: true },
  { title: "Recall", value: ({ recall }) => decimal(recall), figures: true },
  { title: "Precision", value: ({ precision }) => decimal(precision), figures: true },
  { title: "F1", value: ({ f1 }) => decimal(f1), figures: true },
];

function rowsOf({ run, filter }: View): ClassRow[] {
  const matches = labelMatcher(filter);
  return run.labels.flatMap((label, index) =>
    matches(label) && isShown(run, index) ? [{ label, ...run.perClass[index]! }] : [],
  );
}

function comparing(order: Order): (a: ClassRow, b: ClassRow) => number {
  const byName = (a: ClassRow, b: ClassRow) => a.label.localeCompare(b.label, "en");
  if (order === "label") return byName;
  if (order === "recall") return (a, b) => b.recall - a.recall || byName(a, b);
  if (order === "pictures") return (a, b) => b.pictures - a.pictures || byName(a, b);
  const key = order === "lowest" ? "recall" : order;
  return (a, b) => a[key] - b[key] || byName(a, b);
}

/** The names of `all` decide on the margin, so that the columns are alike. */
function drawBars(frame: HTMLElement, rows: readonly ClassRow[], all: readonly ClassRow[]): void {
  const narrow = frame.clientWidth < 500;
  const length = narrow ? 14 : 24;
  const y = (_: ClassRow, index: number) => index;
  const names = rows.map(({ label }) => label);
  const axis = { ticks: narrow ? 3 : 5, tickFormat: (value: number) => percent(value, 0), label: null };
  chart(frame, `Recall and precision of ${rows.length} classes; the table below has all figures`, {
    height: rows.length * ROW + 48,
    marginLeft: marginFor(
      all.map(({ label }) => label),
      length,
    ),
    marginRight: narrow ? 52 : 96,
    marginTop: 24,
    marginBottom: 24,
    x: { domain: [0, 1] },
    y: { type: "band", axis: null, domain: rows.map(y), padding: 0.3 },
    marks: [
      gridX({ ticks: axis.ticks, stroke: "var(--rule)", strokeOpacity: 1 }),
      axisX({ ...axis, anchor: "top", tickSize: 0, color: "var(--muted)" }),
      axisX({ ...axis, anchor: "bottom", tickSize: 0, color: "var(--muted)" }),
      axisY({ tickSize: 0, label: null, tickFormat: (index: number) => cut(names[index] ?? "", length) }),
      barX(rows, { x: "recall", y, fill: "var(--accent)", fillOpacity: 0.85 }),
      dot(rows, {
        filter: ({ predicted }) => predicted > 0,
        x: "precision",
        y,
        r: 4,
        stroke: "var(--other)",
        strokeWidth: 2,
        fill: "var(--page)",
      }),
      text(rows, {
        x: 1,
        y,
        dx: 8,
        textAnchor: "start",
        fill: "var(--muted)",
        fontVariant: "tabular-nums",
        text: ({ recall, pictures }: ClassRow) =>
          narrow ? percent(recall, 0) : `${Math.round(recall * pictures)} of ${count(pictures)}`,
      }),
      barX(rows, { x1: 0, x2: 1, y, fill: "transparent", title: inWords, tip: true }),
    ],
  });
}

function inWords({ label, pictures, predicted, recall, precision, f1 }: ClassRow): string {
  return [
    label,
    `recall ${decimal(recall)} of ${count(pictures)} pictures`,
    `precision ${decimal(precision)} of ${count(predicted)} predictions`,
    `F1 ${decimal(f1)}`,
  ].join("\n");
}
