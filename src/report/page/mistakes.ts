import type { Mistake } from "../../evaluate/evaluation.js";
import { cutText, element } from "./parts/element.js";
import { listing } from "./parts/listing.js";
import { picture, type Thumbnails } from "./parts/picture.js";
import { section } from "./parts/section.js";
import { type Part, pairMatcher } from "./view.js";

/** Wrong predictions that the model was surest of. */
export function mistakes(thumbnails: Thumbnails): Part {
  const { root, body } = section(
    "mistakes",
    "Worst mistakes",
    "Wrong predictions with the highest scores, surest first: the upper name is the true label, the lower one the " +
      "prediction, each with its score. Wrong labels in the data set often stand out here, and so do pictures that show " +
      "more than one thing.",
  );
  const list = listing("cards", 24);
  return {
    root,
    draw({ run, filter }) {
      const matches = pairMatcher(filter);
      const shown = run.worstMistakes.filter(({ label, predicted }) => matches(label, predicted));
      const none =
        run.worstMistakes.length === 0 ? "There are no mistakes." : "No mistake matches the filter.";
      list.draw(body, shown, (mistake) => card(mistake, thumbnails), none);
    },
  };
}

function card(mistake: Mistake, thumbnails: Thumbnails): HTMLElement {
  const { id, label, predicted, score, labelScore, labelRank } = mistake;
  return element(
    "li",
    { class: "card" },
    picture(id, label, thumbnails),
    element(
      "div",
      { class: "words" },
      scored(label, labelScore, "label"),
      scored(predicted, score, "wrong"),
      element("p", { class: "muted" }, `true label at rank ${labelRank}`),
      element("p", { class: "muted" }, cutText(`picture ${id}`)),
    ),
  );
}

function scored(label: string, score: number, className: string): HTMLElement {
  const bar = element("span", { class: `score ${className}` });
  bar.style.setProperty("--score", String(score));
  return element(
    "div",
    { class: "scored" },
    element("p", {}, cutText(label, className), element("span", { class: "number" }, score.toFixed(2))),
    bar,
  );
}
