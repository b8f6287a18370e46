import { barX } from "@observablehq/plot";
import type { Comparison, Difference } from "../../../evaluate/evaluation.js";
import { cutText, element } from "../parts/element.js";
import { chanceInWords, count, counted, percent, points, pValue } from "../parts/figures.js";
import { type Listing, listing } from "../parts/listing.js";
import { picture, type Thumbnails } from "../parts/picture.js";
import { section } from "../parts/section.js";
import { labelMatcher, type Part, type View } from "../view.js";
import { chart } from "./chart.js";
import { whiskers } from "./whiskers.js";

const FIRST_COLOUR = "var(--other)";
const SECOND_COLOUR = "var(--accent)";

/** The other runs against the first: how much better, and whether by chance. Absent where there is but one run. */
export function comparison(thumbnails: Thumbnails): Part {
  const { root, body } = section(
    "comparison",
    "Comparison",
    "The dashed line is no difference; to its right the run is better than the first. A line that does not cross it speaks " +
      "for a real difference. The bar counts pictures: only those that one run names right and the other does not tell " +
      "the two apart, and McNemar's exact test is over these.",
  );
  const lists = new Map<Comparison, Listing>();
  const opened = new Set<Comparison>();
  return {
    root,
    draw(view) {
      const comparisons = shownFor(view);
      root.hidden = comparisons.length === 0;
      if (root.hidden) return;
      const frame = element("div", { class: "chart" });
      const blocks = comparisons.map((entry) => {
        if (!lists.has(entry)) lists.set(entry, listing("cards narrow", 12));
        return block(entry, view, differences(entry, view, thumbnails, lists.get(entry)!, opened));
      });
      body.replaceChildren(scaleTitle(comparisons, view), frame, ...blocks.map(({ root }) => root));
      drawDifferences(frame, comparisons, view);
      for (const { bar, parts } of blocks) drawBar(bar, parts);
    },
  };
}

/** All of them for the first run, that with the first for another. */
function shownFor({ evaluation, position }: View): readonly Comparison[] {
  return evaluation.comparisons.filter(({ first, second }) => first === position || second === position);
}

function scaleTitle(comparisons: readonly Comparison[], view: View): HTMLElement {
  const first = nameOf(view, comparisons[0]!.first);
  return element("p", { class: "muted" }, `acc@1 less that of ${first}, in points`);
}

function drawDifferences(frame: HTMLElement, comparisons: readonly Comparison[], view: View): void {
  const rows = comparisons.map(({ second, differences }) => ({
    name: nameOf(view, second),
    estimate: differences["acc@1"],
    chosen: true,
  }));
  whiskers(frame, rows, {
    label: `Difference of acc@1 from ${nameOf(view, comparisons[0]!.first)}, in points`,
    format: points,
    limits: [-1, 1],
    reference: 0,
  });
}

interface BarPart {
  readonly name: string;
  readonly pictures: number;
  readonly colour: string;
}

function block(comparison: Comparison, view: View, more: HTMLElement) {
  const first = nameOf(view, comparison.first);
  const second = nameOf(view, comparison.second);
  const parts: readonly BarPart[] = [
    { name: "both right", pictures: comparison.both, colour: "var(--accent-faint)" },
    { name: `only ${first}`, pictures: comparison.onlyFirst, colour: FIRST_COLOUR },
    { name: `only ${second}`, pictures: comparison.onlySecond, colour: SECOND_COLOUR },
    { name: "both wrong", pictures: comparison.neither, colour: "var(--rule)" },
  ];
  const bar = element("div", { class: "chart" });
  const keys = parts.map(({ name, pictures, colour }) => {
    return element("li", {}, swatchOf(colour), `${name}: ${count(pictures)}`);
  });
  const root = element(
    "article",
    { class: "comparison" },
    element("h3", {}, `${second}, against ${first}`),
    element("p", {}, verdict(comparison, second)),
    bar,
    element("ul", { class: "keys" }, ...keys),
    more,
  );
  return { root, bar, parts };
}

function verdict({ differences, pValue: p }: Comparison, second: string): string {
  const { value, low, high } = differences["acc@1"];
  const side = value > 0 ? "more" : "fewer";
  const size = `${Math.abs(value * 100).toFixed(1)} points`;
  const found =
    value === 0
      ? `${second} names as many pictures right`
      : `${second} names ${size} ${side} of the pictures right`;
  const meaning = p < 0.05 ? "so chance is an unlikely cause" : "so chance may well be the cause";
  return (
    `${found} (95 % interval ${points(low)} to ${points(high)}). Were the two equally good, a difference this large ` +
    `would come ${chanceInWords(p)} (${pValue(p)}), ${meaning}.`
  );
}

function drawBar(frame: HTMLElement, parts: readonly BarPart[]): void {
  chart(frame, parts.map(({ name, pictures }) => `${name}: ${counted(pictures, "picture")}`).join("; "), {
    height: 28,
    margin: 0,
    x: { axis: null, domain: [0, parts.reduce((sum, { pictures }) => sum + pictures, 0)] },
    marks: [
      barX(parts, {
        x: "pictures",
        fill: "colour",
        insetLeft: 0.5,
        insetRight: 0.5,
        title: ({ name, pictures }: BarPart) => `${name}: ${counted(pictures, "picture")}`,
      }),
    ],
  });
}

function differences(
  comparison: Comparison,
  view: View,
  thumbnails: Thumbnails,
  list: Listing,
  opened: Set<Comparison>,
): HTMLElement {
  const matches = labelMatcher(view.filter);
  const shown = comparison.differing.filter((entry) =>
    [entry.label, entry.first, entry.second].some((label) => matches(label)),
  );
  const all = comparison.onlyFirst + comparison.onlySecond;
  const title = `Pictures on which they differ: ${counted(shown.length, "picture")} of ${count(all)} (${percent(
    all / (all + comparison.both + comparison.neither),
  )} of all)`;
  const body = element("div", {});
  const folded = element("details", { open: opened.has(comparison) }, element("summary", {}, title), body);
  folded.addEventListener("toggle", () => (folded.open ? opened.add(comparison) : opened.delete(comparison)));
  list.draw(
    body,
    shown,
    (entry) => card(entry, comparison, view, thumbnails),
    "No picture here matches the filter.",
  );
  return folded;
}

function card(
  difference: Difference,
  comparison: Comparison,
  view: View,
  thumbnails: Thumbnails,
): HTMLElement {
  const { id, label, first, second } = difference;
  const line = (run: number, predicted: string, colour: string) =>
    element(
      "p",
      { class: predicted === label ? "right" : "wrong", title: nameOf(view, run) },
      swatchOf(colour),
      element("span", { class: "unseen" }, `${nameOf(view, run)}: `),
      cutText(predicted),
    );
  return element(
    "li",
    { class: "card" },
    picture(id, label, thumbnails),
    element(
      "div",
      { class: "words" },
      element("p", { class: "label" }, cutText(label)),
      line(comparison.first, first, FIRST_COLOUR),
      line(comparison.second, second, SECOND_COLOUR),
    ),
  );
}

function swatchOf(colour: string): HTMLElement {
  const swatch = element("span", { class: "swatch" });
  swatch.style.background = colour;
  return swatch;
}

function nameOf({ evaluation }: View, position: number): string {
  return evaluation.runs[position]?.name ?? `run ${position + 1}`;
}
