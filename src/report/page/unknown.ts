import type { UnknownMetrics } from "../../evaluate/evaluation.js";
import { whiskers } from "./charts/whiskers.js";
import { element } from "./parts/element.js";
import { counted, decimal, percent, range } from "./parts/figures.js";
import { section } from "./parts/section.js";
import { table } from "./parts/table.js";
import type { Part } from "./view.js";

type Method = UnknownMetrics["methods"][number];

const NAMES: Readonly<Record<Method["method"], string>> = {
  mcm: "highest score (MCM)",
  energy: "energy",
  similarity: "highest similarity",
};

const COLUMNS = [
  { title: "Method", value: ({ method }: Method) => NAMES[method] },
  { title: "AUROC", value: ({ auroc }: Method) => decimal(auroc.value), figures: true },
  { title: "95 % interval", value: ({ auroc }: Method) => range(auroc, decimal), figures: true },
  { title: "FPR at 95 %", value: ({ fpr95 }: Method) => percent(fpr95.value), figures: true },
  { title: "95 % interval", value: ({ fpr95 }: Method) => range(fpr95, percent), figures: true },
];

/** How well pictures of none of the labels are told apart. Absent where there were none. */
export function unknown(): Part {
  const { root, body } = section(
    "unknown",
    "Unknown pictures",
    "AUROC is the chance that a picture of one of the labels gets a higher value than a picture of none of them: the dashed " +
      "line at 0.5 is guessing, 1 is perfect. FPR at 95 % is the share of unknown pictures that pass as known where the " +
      "threshold lets 95 % of the known ones pass; lower is better.",
  );
  return {
    root,
    draw({ run }) {
      root.hidden = run.unknown === undefined;
      if (!run.unknown) return;
      const { pictures, methods } = run.unknown;
      const frame = element("div", { class: "chart" });
      body.replaceChildren(
        element(
          "p",
          { class: "verdict" },
          `${counted(pictures, "picture")} of none of the labels. AUROC by method:`,
        ),
        frame,
        table("How well unknown pictures are told apart", COLUMNS, methods),
      );
      const rows = methods.map(({ method, auroc }) => ({
        name: NAMES[method],
        estimate: auroc,
        chosen: true,
      }));
      whiskers(frame, rows, { label: "AUROC", format: decimal, limits: [0, 1], reference: 0.5 });
    },
  };
}
