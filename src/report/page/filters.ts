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
  const runs = evaluation.runs.length > 1 ? runSwitch(evaluation, onRun) : undefined;
  if (runs) root.append(...runs.parts);
  root.append(element("div", { class: "labels" }, ...parts));
  return {
    root,
    setPair: change,
    draw({ run, position, filter }) {
      runs?.show(position);
      pair = filter.pair;
      if (input.value !== filter.query) input.value = filter.query;
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

/** The runs side by side, and as a list for where they have no room so; the style shows one of the two. */
function runSwitch({ runs }: Evaluation, onRun: (position: number) => void) {
  const inputs = runs.map((_, position) =>
    element("input", { type: "radio", name: "run", value: position, checked: position === 0 }),
  );
  const buttons = runs.map(({ name }, position) =>
    element("label", { title: name }, inputs[position]!, cutText(name)),
  );
  const options = runs.map(({ name }, position) => element("option", { value: position }, name));
  const list = element("select", { class: "run-list", "aria-label": "Run" }, ...options);
  const show = (position: number) => {
    inputs[position]!.checked = true;
    list.value = String(position);
  };
  const choose = (position: number) => {
    show(position);
    onRun(position);
  };
  for (const [position, input] of inputs.entries()) input.addEventListener("change", () => choose(position));
  list.addEventListener("change", () => choose(Number(list.value)));
  const legend = element("legend", { class: "unseen" }, "Run");
  return { parts: [element("fieldset", { class: "runs" }, legend, ...buttons), list], show };
}
