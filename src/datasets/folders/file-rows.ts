import { mapAhead } from "../../encoder/rows/map-ahead.js";
import type { ImageRow, JsonValue } from "../../rows/dataset.js";
import type { ListedPart, PartReader } from "../../rows/parts.js";
import { inRange } from "../../rows/range.js";

/** Files that are asked for their version at the same time: one after another, the asking takes longer than the listing. */
const AHEAD = 16;

/** How a data set is read in which each part is a row, made from the name of a file. */
export function fileRows<Key extends JsonValue>(
  list: () => AsyncGenerator<ListedPart<Key>>,
  rowOf: (key: Key, labelsOnly: boolean) => Promise<ImageRow>,
): Pick<PartReader<Key>, "list" | "read" | "rows"> {
  return {
    list,
    async *read(key, { labelsOnly = false }) {
      yield await rowOf(key, labelsOnly);
    },
    rows: ({ labelsOnly = false, ...range }) =>
      mapAhead(inRange(list(), range), ({ key }) => rowOf(key, labelsOnly), { ahead: AHEAD }),
  };
}
