import { listed, NearlabelError } from "../../errors.js";
import { type Matrix, matrixOf, row } from "../../math/matrix.js";
import { checkVectors } from "../../store/checked-rows.js";
import type { Cell, Rows } from "../../store/rows.js";
import type { TableShape } from "../../store/shape.js";
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
  vectors: true,
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
 *
 * @throws NearlabelError `INDEX_INVALID` for what only another program can have written: no unit vectors, or a label twice.
 */
export function labelRows({ columns, vectors }: Rows, dimension: number, path: string): LabelRows {
  const given = vectors ?? matrixOf([], dimension);
  const labels = (columns.label ?? []).map((_, index) => labelAt(columns, index));
  checkLabelRows(labels, given, dimension, path);
  const positions = (columns.position ?? []) as readonly number[];
  const order = labels
    .map((_, index) => index)
    .sort((a, b) => positions[a]! - positions[b]! || (labels[a]!.label < labels[b]!.label ? -1 : 1));
  if (order.every((index, place) => index === place)) {
    return { labels, embeddings: given, positions: [...positions] };
  }
  return {
    labels: order.map((index) => labels[index]!),
    embeddings: matrixOf(
      order.map((index) => row(given, index)),
      given.columns,
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

/** @throws NearlabelError `INDEX_INVALID`, which lists labels that are there more than once */
export function expectOnce(labels: readonly Label[], path: string): void {
  const seen = new Set<string>();
  const repeated = labels.filter(({ label }) => seen.size === seen.add(label).size);
  if (repeated.length === 0) return;
  const names = [...new Set(repeated.map(({ label }) => JSON.stringify(label)))];
  throw new NearlabelError(
    "INDEX_INVALID",
    `${path}: another program wrote labels twice (${names.length}): ${listed(names)}. Remove them with nearlabel labels remove and add them again, or go back to a version before with nearlabel labels restore.`,
  );
}

function checkLabelRows(labels: readonly Label[], vectors: Matrix, dimension: number, path: string): void {
  expectOnce(labels, path);
  try {
    checkVectors(vectors, dimension, (index) => JSON.stringify(labels[index]!.label));
  } catch (cause) {
    const reason = `${path}: damaged, or written by another program. ${(cause as Error).message}`;
    throw new NearlabelError("INDEX_INVALID", reason, { cause });
  }
}

function labelAt(columns: Rows["columns"], index: number): Label {
  return labelOfCells(
    Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[index]!])),
  );
}
