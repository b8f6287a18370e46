import type { Evaluation } from "../../evaluate/evaluation.js";
import type { ReportData } from "../data.js";
import { cell, type PicturesOf } from "./cell.js";
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
import { type Filter, isShown, type Pair, type Part, type View } from "./view.js";

/** What a reader chose to see of a report. */
export interface Choice {
  /** Of the run. */
  readonly position: number;
  readonly filter: Filter;
}

export interface ReportOptions {
  /** The element that holds the sections: the only `main` of a page, or one that is no landmark. */
  readonly main: HTMLElement;
  /** What is shown first. Default: the first run with all labels. */
  readonly start?: Choice | undefined;
  /** Told when the reader chooses something else. */
  readonly onChoice?: ((choice: Choice) => void) | undefined;
  /** Where all pictures of a cell come from, if there is such a place. */
  readonly picturesOf?: PicturesOf | undefined;
}

/** A report in the page. */
export interface Report {
  show(choice: Choice): void;
  /** Draws no more. */
  close(): void;
}

/** Puts the report of an evaluation into `place`. */
export function showReport(
  place: Node,
  { evaluation, thumbnails }: ReportData,
  { main, start, onChoice, picturesOf }: ReportOptions,
): Report {
  const [first] = evaluation.runs;
  if (!first) {
    main.append(element("p", { class: "empty" }, "This evaluation has no run."));
    for (const part of [header(evaluation), main, footer(evaluation)]) place.appendChild(part);
    return { show() {}, close() {} };
  }
  let view: View = { evaluation, ...chosen(evaluation, start ?? { position: 0, filter: { query: "" } }) };
  const redraw = scheduled(() => {
    bar.draw(view);
    for (const part of parts) part.draw(view);
    drawContents(contents, parts);
  });
  const change = (changes: Partial<Choice>) => {
    const { position, filter } = { ...view, ...changes };
    view = { evaluation, ...chosen(evaluation, { position, filter }) };
    redraw();
    onChoice?.({ position, filter });
  };
  const bar: Filters = filters(
    evaluation,
    (position) => change({ position }),
    (filter) => change({ filter }),
  );
  const parts = partsOf(thumbnails, (pair) => bar.setPair(pair), picturesOf);
  const contents = element("nav", { "aria-label": "Contents", class: "contents" });
  main.append(...parts.map(({ root }) => root));
  for (const part of [header(evaluation), contents, bar.root, main, footer(evaluation)])
    place.appendChild(part);
  const stopWatching = onWidth(main, redraw);
  darkScheme.addEventListener("change", redraw);
  return {
    show(choice) {
      view = { evaluation, ...chosen(evaluation, choice) };
      redraw();
    },
    close() {
      stopWatching();
      darkScheme.removeEventListener("change", redraw);
    },
  };
}

/** A choice that there is: of a run that is not there, the first. */
function chosen({ runs }: Evaluation, { position, filter }: Choice) {
  const run = runs[position];
  return run ? { run, position, filter } : { run: runs[0]!, position: 0, filter };
}

function partsOf(
  thumbnails: Thumbnails,
  onPair: (pair: Pair) => void,
  picturesOf: PicturesOf | undefined,
): readonly Part[] {
  return [
    summary(),
    comparisonTable(),
    comparison(thumbnails),
    confusion(onPair),
    ...(picturesOf ? [cell(picturesOf)] : []),
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

/** Acts at once, and whenever the width of `box` changes, until the function that it gives is called. */
function onWidth(box: HTMLElement, act: () => void): () => void {
  let width = -1;
  const observer = new ResizeObserver(([entry]) => {
    if (!entry || entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    act();
  });
  observer.observe(box);
  return () => observer.disconnect();
}

function drawContents(contents: HTMLElement, parts: readonly Part[]): void {
  const links = parts
    .filter(({ root }) => !root.hidden)
    .map(({ root }) => {
      const link = element("a", { href: `#${root.id}` }, root.querySelector("h2")?.textContent ?? root.id);
      // In a shadow tree an address leads nowhere.
      link.addEventListener("click", (event) => {
        if (root.getRootNode() === document) return;
        event.preventDefault();
        root.scrollIntoView();
      });
      return link;
    });
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
