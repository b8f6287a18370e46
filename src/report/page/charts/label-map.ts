import { type Dot, dot, type Text, text } from "@observablehq/plot";
import { shade } from "../parts/colour.js";
import { element } from "../parts/element.js";
import { decimal } from "../parts/figures.js";
import { section } from "../parts/section.js";
import { isFiltered, isShown, labelMatcher, type Part, type View } from "../view.js";
import { chart, cut, shadeLegend, widthOf } from "./chart.js";
import { GAP, placeNames, type Side } from "./name-placement.js";

interface Place {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly recall: number;
  readonly chosen: boolean;
}

/** Class embeddings on their two principal components. */
export function labelMap(): Part {
  const { root, controls, body } = section(
    "label-map",
    "Map of the labels",
    "Each point is a label; labels whose prompts the model holds for alike lie near each other. It is the flattest view " +
      "of a space of many dimensions, so that near points may be further apart than they seem, but far ones are far. Names " +
      "that would cover others are left out: point at a dot to read its name, or filter.",
  );
  return {
    root,
    draw(view) {
      const frame = element("div", { class: "chart" });
      controls.replaceChildren(shadeLegend("Recall", recallColour, ["0", "1"]));
      body.replaceChildren(frame);
      drawPlaces(frame, placesOf(view), isFiltered(view.filter));
    },
  };
}

/** The palest shades would be lost on the page. */
function recallColour(recall: number): string {
  return shade(0.22 + 0.78 * recall);
}

function placesOf({ run, filter }: View): Place[] {
  const matches = labelMatcher(filter);
  const places = run.labels.map((label, index) => ({
    label,
    ...run.labelMap[index]!,
    recall: run.perClass[index]!.recall,
    chosen: matches(label),
  }));
  const shown = places.filter((_, index) => isShown(run, index));
  return shown.sort((a, b) => Number(a.chosen) - Number(b.chosen));
}

const MARGIN = 24;
const NAME_LENGTH = 22;

function drawPlaces(frame: HTMLElement, places: readonly Place[], filtered: boolean): void {
  const width = Math.max(200, frame.clientWidth);
  const height = Math.min(640, Math.max(360, width * 0.62));
  const x = { axis: null, domain: extent(places, "x"), range: [MARGIN, width - MARGIN] };
  const y = { axis: null, domain: extent(places, "y"), range: [height - MARGIN, MARGIN] };
  const chosen = places.filter((place) => place.chosen);
  const points = chosen.map((place) => ({
    x: along(place.x, x),
    y: along(place.y, y),
    width: widthOf(cut(place.label, NAME_LENGTH)),
  }));
  const sides = placeNames(points, width);
  chart(frame, `Map of ${places.length} labels by the similarity of their prompts`, {
    width,
    height,
    margin: MARGIN,
    x,
    y,
    marks: [
      dots(places, filtered),
      names(
        chosen.filter((_, index) => sides[index] === "right"),
        "right",
      ),
      names(
        chosen.filter((_, index) => sides[index] === "left"),
        "left",
      ),
    ],
  });
}

function dots(places: readonly Place[], filtered: boolean): Dot {
  return dot(places, {
    x: "x",
    y: "y",
    r: places.length > 300 ? 3 : 4.5,
    fill: ({ recall }) => recallColour(recall),
    fillOpacity: ({ chosen }) => (chosen ? 1 : 0.25),
    stroke: ({ chosen }) => (filtered && chosen ? "var(--other)" : "var(--page)"),
    strokeWidth: filtered ? 1.5 : 1,
    title: ({ label, recall }) => `${label}\nrecall ${decimal(recall)}`,
    tip: true,
  });
}

function names(places: readonly Place[], side: Side): Text {
  return text(places, {
    x: "x",
    y: "y",
    dx: side === "right" ? GAP : -GAP,
    textAnchor: side === "right" ? "start" : "end",
    text: ({ label }) => cut(label, NAME_LENGTH),
    fill: "var(--ink)",
    stroke: "var(--page)",
    strokeWidth: 3,
    pointerEvents: "none",
  });
}

interface Axis {
  readonly domain: readonly [number, number];
  readonly range: readonly number[];
}

/** The same place as on Plot's linear scale. */
function along(value: number, { domain: [low, high], range: [from = 0, to = 0] }: Axis): number {
  return high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2;
}

function extent(places: readonly Place[], key: "x" | "y"): [number, number] {
  const values = places.map((place) => place[key]).sort((a, b) => a - b);
  return [values[0] ?? Number.POSITIVE_INFINITY, values.at(-1) ?? Number.NEGATIVE_INFINITY];
}
