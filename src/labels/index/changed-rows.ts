import { isDeepStrictEqual } from "node:util";
import { type Matrix, matrixOf, row } from "../../math/matrix.js";
import type { Label } from "../set/label.js";
import type { LabelRows } from "./label-rows.js";

/** The place of each label among the rows of an index. */
export function placesOf({ labels }: LabelRows): ReadonlyMap<string, number> {
  return new Map(labels.map(({ label }, index) => [label, index]));
}

/**
 * Rows for `labels` that are new or changed. Only prompts that `current` does not have are encoded, by `encode`; a label that is there
 * keeps its position, and new ones come after all others.
 */
export async function changedRows(
  labels: Label[],
  current: LabelRows,
  encode: (labels: Label[]) => Promise<Matrix>,
): Promise<LabelRows> {
  const places = placesOf(current);
  const sources = labels.map((label) => {
    const place = places.get(label.label);
    return place !== undefined && samePrompts(label, current.labels[place]!) ? place : undefined;
  });
  const encoded = await encode(labels.filter((_, index) => sources[index] === undefined));
  let nextEncoded = 0;
  let nextPosition = (current.positions.at(-1) ?? -1) + 1;
  return {
    labels,
    embeddings: matrixOf(
      sources.map((place) =>
        place === undefined ? row(encoded, nextEncoded++) : row(current.embeddings, place),
      ),
    ),
    positions: labels.map(({ label }) => current.positions[places.get(label) ?? -1] ?? nextPosition++),
  };
}

/** Whether two labels have the same prompts under the same templates. */
function samePrompts(a: Label, b: Label): boolean {
  if (a.prompts || b.prompts) return isDeepStrictEqual(a.prompts, b.prompts);
  return a.className === b.className;
}
