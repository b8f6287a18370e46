import type { Evaluation } from "../../evaluate/evaluation.js";
import { cutText, element } from "./parts/element.js";
import { count } from "./parts/figures.js";
import { type Filter, labelMatcher, type Pair, type View } from "./view.js";

export interface Filters {
  readonly root: HTMLElement;
  /** Shows only one pair. */
  setPair(pair: Pair): void;
  draw(view: View): void;
}

/** The bar at the top: which run is shown, and which labels. */
export function filters(
  evaluation: Evaluation,
  onRun: (position: number) => void,
  onFilter: (filter: Filter) => void,
): Filters {
  const input = element("input", {
    type: "search",
    id: "filter",
    placeholder: "Filter labels: cat, dog",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Filter labels; several are separated by commas",
  });
  const pairButton = element("button", { type: "button", class: "chip", hidden: true });
  const matched = element("output", { for: "filter", class: "matched" });
  let pair: Pair | undefined;
  const change = (chosen?: Pair) => {
    pair = chosen;
    onFilter({ query: input.value, pair });
  };
  input.addEventListener("input", () => change());
  pairButton.addEventListener("click", () => {
    change();
    input.focus({ preventScroll: true });
  });
  const parts = [input, pairButton, matched];
  const root = element("div", { class: "filters", role: "search" });
  if (evaluation.runs.length > 1) root.append(runSwitch(evaluation, onRun));
  root.append(element("div", { class: "labels" }, ...parts));
  return {
    root,
    setPair: change,
    draw({ run, filter }) {
      const matches = labelMatcher(filter);
      const shown = run.labels.filter(matches).length;
      matched.textContent = pair
        ? ""
        : shown === run.labels.length
          ? `${count(shown)} labels`
          : `${count(shown)} of ${count(run.labels.length)} labels`;
      pairButton.hidden = pair === undefined;
      if (pair) pairButton.replaceChildren(...pairText(pair));
    },
  };
}

function pairText({ label, predicted }: Pair): HTMLElement[] {
  return [
    element("span", { class: "unseen" }, "Show all labels again, not only "),
    cutText(label),
    element("span", {}, "→"),
    cutText(predicted),
    element("span", { "aria-hidden": "true" }, "×"),
  ];
}

function runSwitch({ runs }: Evaluation, onRun: (position: number) => void): HTMLElement {
  const buttons = runs.map(({ name }, position) => {
    const input = element("input", { type: "radio", name: "run", value: position, checked: position === 0 });
    input.addEventListener("change", () => onRun(position));
    return element("label", { title: name }, input, cutText(name));
  });
  return element("fieldset", { class: "runs" }, element("legend", { class: "unseen" }, "Run"), ...buttons);
}
