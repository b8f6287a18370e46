import type { Comparison, Estimate, EvaluationRun } from "../../evaluate/evaluation.js";
import { METRICS, type MetricText } from "./metrics.js";
import { cutText, element } from "./parts/element.js";
import { range } from "./parts/figures.js";
import { section } from "./parts/section.js";
import type { Part } from "./view.js";

/** All metrics of all runs side by side, and how far each run is from the first. Absent where there is but one run. */
export function comparisonTable(): Part {
  const { root, body } = section(
    "metrics",
    "All metrics",
    "Each cell has the measured value and its 95 % interval. Below it, the difference from the first run with the interval of " +
      "that difference: both runs saw the same pictures, which makes it narrower than the two intervals suggest. A difference " +
      "in colour has an interval that leaves out 0; ▲ is for the better, ▼ for the worse.",
  );
  let drawn = false;
  return {
    root,
    draw({ evaluation }) {
      const { runs, comparisons } = evaluation;
      root.hidden = runs.length < 2;
      if (root.hidden || drawn) return;
      drawn = true;
      body.replaceChildren(tableOf(runs, comparisons));
    },
  };
}

function tableOf(runs: readonly EvaluationRun[], comparisons: readonly Comparison[]): HTMLElement {
  const head = runs.map(({ name }) => element("th", { scope: "col" }, cutText(name)));
  const rows = METRICS.map((metric) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, metric.name),
      ...runs.map((run, position) => cell(metric, run, differenceOf(metric, position, comparisons))),
    ),
  );
  return element(
    "div",
    { class: "scroll wide", tabindex: 0, role: "region", "aria-label": "All metrics of all runs" },
    element(
      "table",
      { class: "comparison-table" },
      element("caption", { class: "unseen" }, "All metrics of all runs"),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Metric"), ...head)),
      element("tbody", {}, ...rows),
    ),
  );
}

function differenceOf(
  { key }: MetricText,
  position: number,
  comparisons: readonly Comparison[],
): Estimate | undefined {
  return comparisons.find(({ second }) => second === position)?.differences[key];
}

function cell(metric: MetricText, run: EvaluationRun, difference: Estimate | undefined): HTMLElement {
  const estimate = run.metrics[metric.key];
  return element(
    "td",
    {},
    element("span", { class: "value" }, metric.format(estimate.value)),
    element("span", { class: "bounds" }, range(estimate, metric.format)),
    difference && element("span", { class: kindOf(metric, difference) }, inWords(metric, difference)),
  );
}

function kindOf({ better }: MetricText, { low, high }: Estimate): string {
  if (low <= 0 && high >= 0) return "difference";
  return low > 0 === (better === "higher") ? "difference gain" : "difference loss";
}

function inWords(metric: MetricText, difference: Estimate): string {
  const { formatDifference: format } = metric;
  const sign = { difference: "", "difference gain": "▲ ", "difference loss": "▼ " }[
    kindOf(metric, difference)
  ];
  return `${sign}${format(difference.value)} (${format(difference.low)} to ${format(difference.high)})`;
}
