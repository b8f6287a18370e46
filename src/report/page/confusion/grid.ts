import { isShown, labelMatcher, type View } from "../view.js";

/** A cell of the confusion matrix that is not zero; row and column are positions in the grid. */
export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly pictures: number;
  /** Of the pictures with the row's label. */
  readonly share: number;
}

/** The part of the confusion matrix that is shown. */
export interface Grid {
  /** In the order that they are shown in, of rows and columns alike. */
  readonly labels: readonly string[];
  /** Whether the filter asks for the label itself, and does not bring it as one that is confused with it. */
  readonly chosen: readonly boolean[];
  /** Least share first, so that the greatest are painted last. */
  readonly cells: readonly Cell[];
  /** The cell in a row and column, if it is not zero. */
  at(row: number, column: number): Cell | undefined;
}

export type GridOrder = "clusters" | "given" | "name";

/** How many labels that are confused with those of the filter are shown beside them. */
const NEIGHBOURS = 16;

export function gridOf(view: View, order: GridOrder): Grid {
  const { run, filter } = view;
  const matches = labelMatcher(filter);
  const chosen = run.labels.map(matches);
  const shown = chosen.every(Boolean) ? chosen : withNeighbours(view, chosen);
  const indexes = ordered(view, order).filter((index) => shown[index] && isShown(run, index));
  const place = new Map(indexes.map((index, position) => [index, position]));
  const cells = run.confusion.flatMap(([label, predicted, pictures]): Cell[] => {
    const [row, column] = [place.get(label), place.get(predicted)];
    if (row === undefined || column === undefined || pictures === 0) return [];
    return [{ row, column, pictures, share: pictures / run.perClass[label]!.pictures }];
  });
  const size = indexes.length;
  const byPlace = new Map(cells.map((cell) => [cell.row * size + cell.column, cell]));
  return {
    labels: indexes.map((index) => run.labels[index]!),
    chosen: indexes.map((index) => chosen[index]!),
    cells: cells.sort((a, b) => a.share - b.share),
    at: (row, column) => byPlace.get(row * size + column),
  };
}

function ordered({ run }: View, order: GridOrder): readonly number[] {
  if (order === "clusters") return run.clusterOrder;
  const given = [...run.labels.keys()];
  if (order === "given") return given;
  return given.sort((a, b) => run.labels[a]!.localeCompare(run.labels[b]!, "en"));
}

/** `chosen` and the labels that are confused most with them. */
function withNeighbours({ run }: View, chosen: readonly boolean[]): boolean[] {
  const confused = new Map<number, number>();
  for (const [label, predicted, pictures] of run.confusion) {
    if (chosen[label] === chosen[predicted]) continue;
    const neighbour = chosen[label] ? predicted : label;
    confused.set(neighbour, (confused.get(neighbour) ?? 0) + pictures);
  }
  const most = [...confused].sort((a, b) => b[1] - a[1]).slice(0, NEIGHBOURS);
  const shown = [...chosen];
  for (const [index] of most) shown[index] = true;
  return shown;
}
