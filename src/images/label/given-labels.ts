import { optionError } from "../../errors.js";
import { sqlIn } from "../../store/filter.js";
import type { ImageTable } from "../table/image-table.js";

/** A picture by its content, and the label that it was given; `null` for none. */
export interface GivenLabel {
  readonly id: string;
  readonly label: string | null;
}

/** Pictures of which labels are set at a time. */
const AT_ONCE = 1000;

/**
 * Gives pictures the labels that a person chose for them, in the column `given_label`: what suspects are looked for among, and what
 * classes learn from. Pictures that are not in the table are passed over; of two files with the same content both get the label.
 *
 * @returns what they were given before, of those that are there: given again, it undoes this
 * @throws NearlabelError `OPTION_INVALID` for an empty label, `WRITE_FAILED`
 */
export async function giveLabels(table: ImageTable, given: readonly GivenLabel[]): Promise<GivenLabel[]> {
  const empty = given.find(({ label }) => label !== null && label.trim() === "");
  if (empty) throw optionError("a label", "a text that is not empty, or null", empty.label);
  const before: GivenLabel[] = [];
  for (let at = 0; at < given.length; at += AT_ONCE) {
    before.push(
      ...(await giveSome(table, new Map(given.slice(at, at + AT_ONCE).map(({ id, label }) => [id, label])))),
    );
  }
  return before;
}

async function giveSome(
  { table }: ImageTable,
  labels: ReadonlyMap<string, string | null>,
): Promise<GivenLabel[]> {
  const where = sqlIn("id", [...labels.keys()]);
  const { columns } = await table.read({ columns: ["path", "id", "given_label"], where });
  const ids = (columns.id ?? []) as readonly string[];
  await table.update({ path: columns.path ?? [], given_label: ids.map((id) => labels.get(id)!) });
  const before = new Map(ids.map((id, at) => [id, columns.given_label![at] as string | null]));
  return [...before].map(([id, label]) => ({ id, label }));
}
