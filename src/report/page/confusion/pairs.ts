import type { ConfusedPair } from "../../../evaluate/evaluation.js";
import { cutText, element } from "../parts/element.js";
import { count, percent } from "../parts/figures.js";
import { listing } from "../parts/listing.js";
import { picture, type Thumbnails } from "../parts/picture.js";
import { section } from "../parts/section.js";
import { type Pair, type Part, pairMatcher } from "../view.js";

/** The pairs of labels that are confused most, with examples. */
export function pairs(thumbnails: Thumbnails, onPair: (pair: Pair) => void): Part {
  const { root, body } = section(
    "pairs",
    "Most confused pairs",
    "Above the arrow is what the pictures show, below it what they were taken for. Labels that mean nearly the same, or one " +
      "of which includes the other, are found here. Choose a pair to see only it in the whole report.",
  );
  const list = listing("cards wide", 12);
  return {
    root,
    draw({ run, filter }) {
      const matches = pairMatcher(filter);
      const shown = run.confusedPairs.filter(({ label, predicted }) => matches(label, predicted));
      const none =
        run.confusedPairs.length === 0 ? "No pair is confused." : "No confused pair matches the filter.";
      list.draw(body, shown, (pair) => card(pair, thumbnails, onPair), none);
    },
  };
}

function card(pair: ConfusedPair, thumbnails: Thumbnails, onPair: (pair: Pair) => void): HTMLElement {
  const { label, predicted, pictures, share, examples } = pair;
  const choose = element(
    "button",
    { type: "button", class: "pair" },
    element("span", { class: "unseen" }, "Show only "),
    cutText(label, "label"),
    element(
      "span",
      { class: "taken" },
      element("span", { class: "unseen" }, " taken for "),
      element("span", { class: "muted", "aria-hidden": "true" }, "→ "),
      cutText(predicted, "wrong"),
    ),
  );
  choose.addEventListener("click", () => onPair({ label, predicted }));
  return element(
    "li",
    { class: "card stacked" },
    choose,
    element("p", { class: "muted" }, `${count(pictures)} of its pictures, ${percent(share)}`),
    element("div", { class: "strip" }, ...examples.map((id) => picture(id, label, thumbnails))),
  );
}
