import type { UnknownMetrics } from "../../evaluate/evaluation.js";
import { whiskers } from "./charts/whiskers.js";
import { element } from "./parts/element.js";
import { counted, decimal, percent, range } from "./parts/figures.js";
import { section } from "./parts/section.js";
import { type Column, table } from "./parts/table.js";
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

/** For each share of unknown pictures that may pass: how many known ones are kept, and from which value on. */
function costColumns(methods: readonly Method[]): Column<Method>[] {
  const passing = methods[0]?.thresholds.map((at) => at.passing) ?? [];
  const kept = passing.map((share, at) => ({
    title: `Kept where ${percent(share, 0)} pass`,
    value: ({ thresholds }: Method) => {
      const { threshold, kept } = thresholds[at]!;
      return `${percent(kept.value)} from ${threshold.toPrecision(4)}`;
    },
    figures: true,
  }));
  return [{ title: "Method", value: ({ method }: Method) => NAMES[method] }, ...kept];
}

/** How well pictures of none of the labels are told apart. Absent where there were none. */
export function unknown(): Part {
  const { root, body } = section(
    "unknown",
    "Unknown pictures",
    "AUROC is the chance that a picture of one of the labels gets a higher value than a picture of none of them: the dashed " +
      "line at 0.5 is guessing, 1 is perfect. FPR at 95 % is the share of unknown pictures that pass as known where the " +
      "threshold lets 95 % of the known ones pass; lower is better. The last table turns that round: where no more than a " +
      "share of the unknown pictures may pass, how many of the known ones are kept, and the threshold that does it.",
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
        element("p", { class: "verdict after" }, "What a threshold costs in known pictures:"),
        table("What a threshold costs in known pictures", costColumns(methods), methods),
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
