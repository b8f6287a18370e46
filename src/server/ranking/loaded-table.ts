import type { ImageTable } from "../../images/table/image-table.js";
import { labelMatcher } from "../../labels/set/match.js";
import { type Matrix, matrixOf } from "../../math/matrix.js";
import { VECTOR } from "../../store/shape.js";

/** The pictures of a table in memory, in the order that rankings have. */
export interface LoadedTable {
  /** The version that the order and the vectors are of. */
  readonly version: number;
  /** SHA-256, 32 bytes each. */
  readonly ids: Uint8Array;
  readonly vectors: Matrix;
  /** Takes over what later versions changed beside vectors. False where these changed: then the table has to be loaded again. */
  follow(table: ImageTable): Promise<boolean>;
  /** The row of a picture, where it is there. */
  rowOf(id: string): number | undefined;
  /** Position among `labels` of the label that each row was given; -1 for none of them. */
  givenAmong(labels: readonly string[]): Int32Array;
}

export async function loadTable({ table, info }: ImageTable): Promise<LoadedTable> {
  const version = await table.version();
  const { columns, vectors } = await table.read({ columns: [...FOLLOWED, "id", VECTOR] });
  const [ids, paths, checksums] = [columns.id ?? [], columns.path ?? [], columns.checksum ?? []];
  let given = codedTexts((columns.given_label ?? []) as readonly (string | null)[]);
  let seen = version;
  let rows: Map<unknown, number> | undefined;
  return {
    version,
    ids: Buffer.from(ids.join(""), "hex"),
    vectors: vectors ?? matrixOf([], info.dimension),
    async follow({ table: newer }) {
      const newest = await newer.version();
      if (newest === seen) return true;
      const { columns: now } = await newer.read({ columns: [...FOLLOWED] });
      const there = new Map((now.path ?? []).map((path, at) => [path, at]));
      const same = paths.every((path, at) => {
        const place = there.get(path);
        return place !== undefined && now.checksum![place] === checksums[at];
      });
      if (!same || there.size !== paths.length) return false;
      given = codedTexts(paths.map((path) => now.given_label![there.get(path)!] as string | null));
      seen = newest;
      return true;
    },
    rowOf(id) {
      rows ??= new Map(ids.map((each, at) => [each, at]));
      return rows.get(id);
    },
    givenAmong(labels) {
      const match = labelMatcher(labels);
      const places = new Map(labels.map((label, at) => [label, at]));
      const positions = given.texts.map((text) =>
        text === null ? -1 : (places.get(match(text) ?? "") ?? -1),
      );
      return given.codes.map((code) => positions[code]!);
    },
  };
}

/** Texts, of which most come often, as positions in a list of them: what is asked of each is asked once. */
function codedTexts(all: readonly (string | null)[]) {
  const places = new Map<string | null, number>();
  const codes = Int32Array.from(all, (text) => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  });
  return { texts: [...places.keys()], codes };
}

const FOLLOWED = ["path", "checksum", "given_label"] as const;
