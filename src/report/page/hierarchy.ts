import { whiskers } from "./charts/whiskers.js";
import { element } from "./parts/element.js";
import { counted, percent, range } from "./parts/figures.js";
import { section } from "./parts/section.js";
import type { Part } from "./view.js";

/** How well the broader classes are named. Absent where the labels have no parents. */
export function hierarchy(): Part {
  const { root, body } = section(
    "hierarchy",
    "Hierarchy",
    "Rolled up: the parent of the first prediction is right. Summed scores: the parent with the largest sum of its labels' " +
      "scores is right. Top-down: the label is right where it is chosen within that parent. Where rolled up lies far above " +
      "acc@1, mistakes stay within the family.",
  );
  return {
    root,
    draw({ run }) {
      root.hidden = run.hierarchy === undefined;
      if (!run.hierarchy) return;
      const { parents, rolledUp, summedScores, topDown } = run.hierarchy;
      const rows = [
        { name: "acc@1 of the labels", estimate: run.metrics["acc@1"], chosen: false },
        { name: "top-down, of the labels", estimate: topDown, chosen: true },
        { name: "rolled up, of parents", estimate: rolledUp, chosen: true },
        { name: "summed scores, of parents", estimate: summedScores, chosen: true },
      ];
      const frame = element("div", { class: "chart" });
      const words = rows.map(({ name, estimate }) =>
        element("li", {}, `${name}: ${percent(estimate.value)} (${range(estimate, percent)})`),
      );
      body.replaceChildren(
        element("p", { class: "verdict" }, `The labels have ${counted(parents.length, "parent")}.`),
        frame,
        element("ul", { class: "keys" }, ...words),
      );
      whiskers(frame, rows, { label: "Accuracy with parents", format: percent, limits: [0, 1] });
    },
  };
}
