import type { Evaluation } from "../../evaluate/evaluation.js";
import type { ReportData } from "../data.js";
import { comparison } from "./charts/comparison.js";
import { labelMap } from "./charts/label-map.js";
import { reliability } from "./charts/reliability.js";
import { riskCoverage } from "./charts/risk-coverage.js";
import { classes } from "./classes.js";
import { comparisonTable } from "./comparison-table.js";
import { confusion } from "./confusion/confusion.js";
import { pairs } from "./confusion/pairs.js";
import { failures } from "./failures.js";
import { type Filters, filters } from "./filters.js";
import { hierarchy } from "./hierarchy.js";
import { mistakes } from "./mistakes.js";
import { darkScheme } from "./parts/colour.js";
import { element } from "./parts/element.js";
import { counted } from "./parts/figures.js";
import type { Thumbnails } from "./parts/picture.js";
import { summary } from "./summary.js";
import { unknown } from "./unknown.js";
import { isShown, type Pair, type Part, type View } from "./view.js";

function show({ evaluation, thumbnails }: ReportData): void {
  const [first] = evaluation.runs;
  const main = element("main", {});
  document.body.append(header(evaluation), main, footer(evaluation));
  if (!first) {
    main.append(element("p", { class: "empty" }, "This evaluation has no run."));
    return;
  }
  let view: View = { evaluation, run: first, position: 0, filter: { query: "" } };
  const redraw = scheduled(() => {
    bar.draw(view);
    for (const part of parts) part.draw(view);
    drawContents(contents, parts);
  });
  const change = (changes: Partial<View>) => {
    view = { ...view, ...changes };
    redraw();
  };
  const bar: Filters = filters(
    evaluation,
    (position) => change({ position, run: evaluation.runs[position]! }),
    (filter) => change({ filter }),
  );
  const parts = partsOf(thumbnails, (pair) => bar.setPair(pair));
  const contents = element("nav", { "aria-label": "Contents", class: "contents" });
  main.before(contents, bar.root);
  main.append(...parts.map(({ root }) => root));
  onWidth(main, redraw);
  darkScheme.addEventListener("change", redraw);
}

function partsOf(thumbnails: Thumbnails, onPair: (pair: Pair) => void): readonly Part[] {
  return [
    summary(),
    comparisonTable(),
    comparison(thumbnails),
    confusion(onPair),
    pairs(thumbnails, onPair),
    classes(),
    mistakes(thumbnails),
    reliability(),
    riskCoverage(),
    labelMap(),
    hierarchy(),
    unknown(),
    failures(),
  ];
}

/** Draws once a frame, however often it is asked to. */
function scheduled(draw: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

function onWidth(box: HTMLElement, act: () => void): void {
  let width = -1;
  new ResizeObserver(([entry]) => {
    if (!entry || entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    act();
  }).observe(box);
}

function drawContents(contents: HTMLElement, parts: readonly Part[]): void {
  const links = parts
    .filter(({ root }) => !root.hidden)
    .map(({ root }) =>
      element("a", { href: `#${root.id}` }, root.querySelector("h2")?.textContent ?? root.id),
    );
  contents.replaceChildren(...links);
}

function header({ dataset, runs, failures, created }: Evaluation): HTMLElement {
  const [first] = runs;
  const hidden = first ? first.labels.filter((_, index) => !isShown(first, index)).length : 0;
  const facts = [
    counted(dataset.pictures, "picture"),
    counted(runs[0]!.labels.length, "label"),
    counted(runs.length, "run"),
    hidden > 0 ? `${counted(hidden, "label")} that no picture has and none was given not shown` : "",
    dataset.unlabelled > 0 ? `${counted(dataset.unlabelled, "picture")} without a label left out` : "",
    dataset.others > 0 ? `${counted(dataset.others, "picture")} of other labels` : "",
    dataset.fittedOn > 0
      ? `${counted(dataset.fittedOn, "picture")} that an index was fitted on left out`
      : "",
    failures.length > 0 ? `${counted(failures.length, "picture")} failed` : "",
    new Date(created).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" }),
  ];
  return element(
    "header",
    {},
    element("p", { class: "kind" }, "Zero-shot classification · evaluation"),
    element("h1", {}, dataset.name),
    element("p", { class: "muted" }, facts.filter((fact) => fact !== "").join(" · ")),
  );
}

function footer({ created, seed, format, program }: Evaluation): HTMLElement {
  const { version, command } = program;
  return element(
    "footer",
    {},
    element("p", {}, `Made by nearlabel ${version} at ${created}, seed ${seed}, format ${format}.`),
    command === undefined ? undefined : element("pre", { class: "command" }, command),
  );
}

show(JSON.parse(document.querySelector("#data")!.textContent) as ReportData);
