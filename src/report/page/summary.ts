import type { EvaluationRun } from "../../evaluate/evaluation.js";
import { modelNote } from "../../model/built-in.js";
import { whiskers } from "./charts/whiskers.js";
import { byChance, METRICS, type MetricText } from "./metrics.js";
import { cutText, element } from "./parts/element.js";
import { count, range } from "./parts/figures.js";
import { section } from "./parts/section.js";
import type { Part, View } from "./view.js";

/** The metrics as large figures with their intervals, and what the run is. */
export function summary(): Part {
  const { root, body } = section(
    "summary",
    "Summary",
    "The dot is the measured value; the line is its 95 % confidence interval: where the value would likely lie on other " +
      "pictures of the same kind. Runs whose lines lie far apart differ for more than chance. Scales show the part where " +
      "the runs lie, not all that is possible. All figures here are over all pictures, whatever the filter.",
  );
  return {
    root,
    draw(view) {
      const cards = METRICS.map((metric) => card(metric, view));
      const grid = element("div", { class: "metrics" }, ...cards.map(({ root }) => root));
      body.replaceChildren(grid, facts(view.run));
      for (const { metric, frame } of cards) drawWhiskers(frame, metric, view);
    },
  };
}

function card(metric: MetricText, { run }: View) {
  const estimate = run.metrics[metric.key];
  const chance = byChance(metric.key, run);
  const frame = element("div", { class: "chart" });
  const root = element(
    "article",
    { class: "metric" },
    element("h3", {}, metric.name),
    element("p", { class: "figure" }, metric.format(estimate.value)),
    element("p", { class: "interval" }, `95 % interval ${range(estimate, metric.format)}`),
    frame,
    element(
      "p",
      { class: "meaning" },
      `${metric.meaning} ${metric.better === "higher" ? "Higher" : "Lower"} is better${
        chance ? `; guessing gives ${chance}` : ""
      }.`,
    ),
  );
  return { metric, frame, root };
}

function drawWhiskers(frame: HTMLElement, metric: MetricText, { evaluation, position }: View): void {
  const rows = evaluation.runs.map(({ name, metrics }, index) => ({
    name,
    estimate: metrics[metric.key],
    chosen: index === position,
  }));
  const { format, limits } = metric;
  const names = rows.length > 1 ? "above" : "none";
  whiskers(frame, rows, { label: metric.name, format, limits, names });
}

function facts(run: EvaluationRun): HTMLElement {
  const { model, templates } = run;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Model", modelNote(model.id)],
    ["Fingerprint", model.fingerprint],
    ["Embedding", `${count(model.dimension)} dimensions`],
    ["Method", run.method === "cosine" ? "cosine" : "original (the tutorial's arithmetic)"],
    ["Labels to choose from", count(run.labels.length)],
    [templates.length === 1 ? "Template" : `${templates.length} templates`, templates.join("\n")],
    ["Logit scale", run.logitScale.toFixed(2)],
    ["Temperature", run.temperature?.toFixed(3)],
  ];
  const entries = rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value = ""]) =>
      element(
        "div",
        {},
        element("dt", {}, name),
        element("dd", {}, ...value.split("\n").map((line) => cutText(line))),
      ),
    );
  return element("dl", { class: "facts" }, ...entries);
}
