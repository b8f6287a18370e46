import { type PlotOptions, plot } from "@observablehq/plot";
import { element } from "../parts/element.js";

/** Draws a chart as wide as `frame`. `label` says to those who do not see it what it shows. */
export function chart(frame: HTMLElement, label: string, options: PlotOptions): void {
  const svg = plot({
    width: Math.max(200, frame.clientWidth),
    ...options,
    className: "plot",
    style: { fontFamily: "inherit", fontSize: "12px", background: "none", overflow: "visible" },
  });
  // Its rules are in the style of the page, whose policy may allow no others.
  svg.querySelector("style")?.remove();
  // The name of the chart says it all; groups of shapes may have none.
  for (const part of svg.querySelectorAll("g[aria-label]")) part.removeAttribute("aria-label");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  frame.replaceChildren(svg);
}

/** A scale of `shade` colours with the shares at its ends. */
export function shadeLegend(
  title: string,
  colourOf: (share: number) => string,
  ends: readonly [string, string],
) {
  const stops = Array.from({ length: 11 }, (_, step) => colourOf(step / 10)).join(", ");
  const bar = element("span", { class: "ramp" });
  bar.style.background = `linear-gradient(to right, ${stops})`;
  return element("p", { class: "legend" }, `${title} `, ends[0], bar, ends[1]);
}

/** Names on an axis are cut so that the chart keeps its room. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Room in pixels for names on an axis, cut to `length` characters. */
export function marginFor(names: readonly string[], length: number): number {
  return 16 + names.reduce((most, name) => Math.max(most, widthOf(cut(name, length))), 0);
}

const measure = document.createElement("canvas").getContext("2d")!;

/** Width of a text in pixels, in the page's letters: how wide they are depends on the reader's system. */
export function widthOf(text: string, size = 12): number {
  measure.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  return measure.measureText(text).width;
}
