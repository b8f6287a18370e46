import { axisX, axisY, crosshairX, gridY, line, pointerX, tip } from "@observablehq/plot";
import type { RiskCoveragePoint } from "../../../evaluate/evaluation.js";
import { element } from "../parts/element.js";
import { decimal, percent } from "../parts/figures.js";
import { section } from "../parts/section.js";
import type { Part, View } from "../view.js";
import { chart } from "./chart.js";

interface CurvePoint extends RiskCoveragePoint {
  readonly run: string;
}

/** How many answers are wrong if only the surest are given. */
export function riskCoverage(): Part {
  const { root, body } = section(
    "risk-coverage",
    "Risk and coverage",
    "What if only the surest predictions were used and the rest left to a person? Read from a coverage upwards: at half of " +
      "the pictures, this share of the answers is wrong. The point tells the score that is the threshold for it. The lower " +
      "the curve starts on the left, the better scores tell right from wrong. The other runs are grey.",
  );
  return {
    root,
    draw(view) {
      const frame = element("div", { class: "chart" });
      body.replaceChildren(element("p", { class: "verdict" }, verdict(view.run.riskCoverage)), frame);
      drawCurves(frame, view);
    },
  };
}

function verdict(curve: readonly RiskCoveragePoint[]): string {
  const half = curve.find(({ coverage }) => coverage >= 0.5);
  const whole = curve.at(-1);
  if (!half || !whole) return "There is no curve without pictures.";
  return (
    `Of all answers ${percent(whole.risk)} are wrong; of the surer half, those with a score of ` +
    `${decimal(half.threshold)} and more, ${percent(half.risk)} are.`
  );
}

function drawCurves(frame: HTMLElement, { evaluation, run, position }: View): void {
  const others = evaluation.runs.filter((_, index) => index !== position).flatMap(pointsOf);
  const chosen = pointsOf(run);
  const top = [...others, ...chosen].reduce((most, { risk }) => Math.max(most, risk), 0.01);
  const axis = { tickSize: 0, tickFormat: (share: number) => percent(share, 0), labelArrow: "none" } as const;
  chart(frame, `Risk-coverage curve of ${run.name}. ${verdict(run.riskCoverage)}`, {
    height: Math.min(480, Math.max(280, frame.clientWidth * 0.82)),
    marginLeft: 52,
    marginRight: 24,
    marginTop: 24,
    marginBottom: 40,
    x: { domain: [0, 1] },
    y: { domain: [0, Math.min(1, top * 1.1)] },
    marks: [
      gridY({ ticks: 5, stroke: "var(--rule)", strokeOpacity: 1 }),
      axisX({
        ...axis,
        ticks: 5,
        label: "coverage: pictures answered",
        labelAnchor: "center",
        color: "var(--muted)",
      }),
      axisY({ ...axis, ticks: 5, label: "risk: wrong answers", color: "var(--muted)" }),
      line(others, { x: "coverage", y: "risk", z: "run", stroke: "var(--muted)", strokeOpacity: 0.7 }),
      line(chosen, { x: "coverage", y: "risk", stroke: "var(--accent)", strokeWidth: 2.5 }),
      crosshairX(chosen, {
        x: "coverage",
        y: "risk",
        color: "var(--muted)",
        textFill: "none",
        textStroke: "none",
      }),
      tip(chosen, pointerX({ x: "coverage", y: "risk", title: inWords })),
    ],
  });
}

function pointsOf({ name, riskCoverage }: View["run"]): CurvePoint[] {
  return riskCoverage.map((point) => ({ run: name, ...point }));
}

function inWords({ coverage, risk, threshold }: CurvePoint): string {
  return `${percent(coverage)} answered\n${percent(risk)} of them wrong\nscore ${decimal(threshold)} and more`;
}
