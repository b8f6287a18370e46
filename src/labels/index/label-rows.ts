import { type Matrix, matrixOf, row } from "../../math/matrix.js";
import type { Cell, Rows, TableShape } from "../../store/rows.js";
import type { Label } from "../set/label.js";

/** The table of a label index. `docs/labels.md` describes it for readers in other languages. */
export const LABEL_TABLE: TableShape = {
  name: "labels",
  key: "label",
  columns: {
    label: { type: "string" },
    class_name: { type: "string" },
    prompts: { type: "strings", nullable: true },
    parent: { type: "string", nullable: true },
    position: { type: "int32" },
  },
};

/** Labels of an index with their class embeddings and their places in its order, all in the same order. */
export interface LabelRows {
  readonly labels: Label[];
  readonly embeddings: Matrix;
  readonly positions: number[];
}

/** The rows of the table for labels, of which the first stands at `positions[0]`, and so on. */
export function tableRows({ labels, embeddings, positions }: LabelRows): Rows {
  return {
    columns: {
      label: labels.map(({ label }) => label),
      class_name: labels.map(({ className }) => className),
      prompts: labels.map(({ prompts }) => prompts ?? null),
      parent: labels.map(({ parent }) => parent ?? null),
      position: positions,
    },
    vectors: embeddings,
  };
}

/**
 * The labels of the table's rows in the order of their positions. Two programs that add labels at once can give
 * out a position twice; the label's own text then decides, so that the order is the same at every reading.
 */
export function labelRows({ columns, vectors }: Rows): LabelRows {
  const labels = vectors.rows === 0 ? [] : columns.label!.map((_, index) => labelAt(columns, index));
  const positions = (columns.position ?? []) as readonly number[];
  const order = labels
    .map((_, index) => index)
    .sort((a, b) => positions[a]! - positions[b]! || (labels[a]!.label < labels[b]!.label ? -1 : 1));
  if (order.every((index, place) => index === place)) {
    return { labels, embeddings: vectors, positions: [...positions] };
  }
  return {
    labels: order.map((index) => labels[index]!),
    embeddings: matrixOf(
      order.map((index) => row(vectors, index)),
      vectors.columns,
    ),
    positions: order.map((index) => positions[index]!),
  };
}

/** The label of one row, given as its cells by name. */
export function labelOfCells(cells: Readonly<Record<string, Cell>>): Label {
  const { label, class_name, prompts, parent } = cells;
  return {
    label: label as string,
    className: class_name as string,
    ...(prompts !== null && { prompts: prompts as readonly string[] }),
    ...(parent !== null && { parent: parent as string }),
  };
}

function labelAt(columns: Rows["columns"], index: number): Label {
  return labelOfCells(
    Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[index]!])),
  );
}
