import { isAbsolute, resolve, sep } from "node:path";
import { sqlAll, sqlIn, sqlString } from "../../store/filter.js";

export interface SearchFilter {
  /** An SQL condition on the columns, such as `width > 1000 and taken > '2025-01-01'`. Default: all pictures. */
  readonly where?: string | undefined;
  /** Pictures of this label only: the one that a model found, or where none did, the one that the picture came with. */
  readonly label?: string | undefined;
  /** Pictures in this folder or below it only; with an address such as `s3://bucket/photos`, those below that. */
  readonly under?: string | undefined;
}

/** The conditions as one; undefined for none. */
export function conditionOf({ where, label, under }: SearchFilter): string | undefined {
  const conditions = [
    ...(label === undefined ? [] : [sqlIn("coalesce(label, given_label)", [label])]),
    ...(under === undefined ? [] : [`starts_with(path, ${sqlString(prefixOf(under))})`]),
  ];
  return where === undefined && conditions.length === 0 ? undefined : sqlAll(where, ...conditions);
}

function prefixOf(under: string): string {
  if (/^[a-z][a-z0-9+]*:\/\//i.test(under)) return `${under.replace(/\/+$/, "")}/`;
  const path = isAbsolute(under) ? under : resolve(under);
  return `${path.replace(/[/\\]+$/, "")}${sep}`;
}
