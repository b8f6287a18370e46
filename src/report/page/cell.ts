import { thumbnailKey } from "../data.js";
import { element, empty } from "./parts/element.js";
import { count, counted } from "./parts/figures.js";
import { picture } from "./parts/picture.js";
import { section } from "./parts/section.js";
import type { Pair, Part } from "./view.js";

/** Pictures of a cell, those first that the run was surest of. */
interface CellPictures {
  /** In the cell; `pictures` may be fewer. */
  readonly count: number;
  readonly pictures: readonly {
    readonly id: string | number;
    readonly score: number;
    readonly thumbnail?: string | undefined;
  }[];
}

/** Gives the pictures of a cell of a run, by its position. */
export type PicturesOf = (position: number, pair: Pair) => Promise<CellPictures>;

/** All pictures of the cell of the confusion matrix that is chosen. Absent where none is. */
export function cell(picturesOf: PicturesOf): Part {
  const { root, body } = section(
    "cell",
    "Pictures of the cell",
    "Pictures that have the first label and were given the second one, with the score of that, surest first.",
  );
  const title = root.querySelector("h2")!;
  let shown = "";
  return {
    root,
    draw({ position, filter: { pair } }) {
      root.hidden = pair === undefined;
      const key = JSON.stringify([position, pair]);
      if (!pair || key === shown) return;
      shown = key;
      const { label, predicted } = pair;
      title.textContent = label === predicted ? `${label}, named right` : `${label}, taken for ${predicted}`;
      body.replaceChildren(element("p", { class: "muted", role: "status" }, "Reading the pictures"));
      const isShown = () => shown === key;
      // It was chosen elsewhere in the report, which is shorter now.
      requestAnimationFrame(() => root.scrollIntoView({ block: "center" }));
      picturesOf(position, pair).then(
        (found) => isShown() && body.replaceChildren(...listed(found, label)),
        (error: unknown) => {
          if (!isShown()) return;
          shown = "";
          body.replaceChildren(empty(error instanceof Error ? error.message : String(error)));
        },
      );
    },
  };
}

function listed({ count: all, pictures }: CellPictures, label: string): HTMLElement[] {
  if (all === 0) return [empty("No picture is in this cell.")];
  const cards = pictures.map(({ id, score, thumbnail }) =>
    element(
      "li",
      { class: "card stacked" },
      picture(id, label, thumbnail === undefined ? {} : { [thumbnailKey(id)]: thumbnail }),
      element("span", { class: "number" }, score.toFixed(2)),
    ),
  );
  const words =
    pictures.length < all
      ? `${count(pictures.length)} of ${counted(all, "picture")}`
      : counted(all, "picture");
  return [element("p", { class: "muted" }, words), element("ul", { class: "cards cell" }, ...cards)];
}
