import { axisX, axisY, dot, gridY, line, rectY, ruleX } from "@observablehq/plot";
import type { ReliabilityBin } from "../../../evaluate/evaluation.js";
import { element } from "../parts/element.js";
import { count, counted, decimal, percent } from "../parts/figures.js";
import { section } from "../parts/section.js";
import type { Part } from "../view.js";
import { chart } from "./chart.js";

/** Scores against the share of right answers, bin by bin. */
export function reliability(): Part {
  const { root, body } = section(
    "reliability",
    "Reliability",
    "Pictures are put in bins by the score of their first prediction. Bars that reach the diagonal are scores to take at " +
      "their word: of the pictures with a score of 0.8, four in five are right. Bars below it are overconfident, bars above " +
      "underconfident. Pale bars hold fewer than 30 pictures. Below: how many pictures each bin holds.",
  );
  return {
    root,
    draw({ run }) {
      const bars = element("div", { class: "chart" });
      const counts = element("div", { class: "chart" });
      body.replaceChildren(bars, counts);
      const bins = run.reliability.filter(({ pictures }) => pictures > 0);
      drawBins(bars, bins, run.metrics.ece.value);
      drawCounts(counts, bins);
    },
  };
}

const FRAME = { marginLeft: 52, marginRight: 24 };
/** Bins with fewer pictures say little: at 30 the interval of a share is about 18 points to each side. */
const FEW = 30;

function drawBins(frame: HTMLElement, bins: readonly ReliabilityBin[], ece: number): void {
  const width = frame.clientWidth;
  const opacity = ({ pictures }: ReliabilityBin) => (pictures < FEW ? 0.3 : 0.85);
  chart(frame, `Reliability diagram of ${bins.length} bins; calibration error ${percent(ece)}`, {
    ...FRAME,
    height: Math.min(420, Math.max(260, width * 0.72)),
    marginTop: 24,
    marginBottom: 12,
    x: { axis: null, domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      gridY({ ticks: 5, stroke: "var(--rule)", strokeOpacity: 1 }),
      axisY({
        ticks: 5,
        tickSize: 0,
        tickFormat: (share) => percent(share, 0),
        label: "right answers",
        ...AXIS,
      }),
      rectY(bins, {
        x1: "from",
        x2: "to",
        y: "accuracy",
        inset: 1,
        fill: "var(--accent)",
        fillOpacity: opacity,
      }),
      line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: "var(--ink)", strokeDasharray: "4 4", strokeOpacity: 0.6 },
      ),
      ruleX(bins, {
        x: "confidence",
        y1: "accuracy",
        y2: "confidence",
        stroke: "var(--other)",
        strokeWidth: 1.5,
      }),
      dot(bins, {
        x: "confidence",
        y: "accuracy",
        r: 4,
        fill: "var(--other)",
        stroke: "var(--page)",
        title: inWords,
        tip: true,
      }),
    ],
  });
}

const AXIS = { color: "var(--muted)", labelArrow: "none" } as const;

function drawCounts(frame: HTMLElement, bins: readonly ReliabilityBin[]): void {
  chart(frame, `Pictures by score: ${bins.map(inWords).join("; ")}`, {
    ...FRAME,
    height: 110,
    marginTop: 8,
    marginBottom: 36,
    x: { domain: [0, 1] },
    marks: [
      axisX({
        ticks: 5,
        tickSize: 4,
        label: "score of the first prediction",
        labelAnchor: "center",
        ...AXIS,
      }),
      axisY({
        ticks: 2,
        tickSize: 0,
        label: null,
        tickFormat: (pictures: number) => count(pictures),
        ...AXIS,
      }),
      rectY(bins, {
        x1: "from",
        x2: "to",
        y: "pictures",
        inset: 1,
        fill: "var(--muted)",
        title: inWords,
        tip: true,
      }),
    ],
  });
}

function inWords({ from, to, pictures, confidence, accuracy }: ReliabilityBin): string {
  return [
    `score ${from.toFixed(2)} to ${to.toFixed(2)}`,
    counted(pictures, "picture"),
    `mean score ${decimal(confidence)}`,
    `right ${percent(accuracy)}`,
  ].join("\n");
}
