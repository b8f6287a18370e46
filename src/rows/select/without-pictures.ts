import { NearlabelError } from "../../errors.js";
import { contentHash } from "../../image/content-hash.js";
import type { Dataset, ImageRow } from "../dataset.js";
import { inRange } from "../range.js";

/** A data set without some of its pictures, which are told by what they hold: their names and places do not matter. */
export interface WithoutPictures<Kind extends string> {
  readonly dataset: Dataset;
  /** What the last reading met, as far as it went. */
  met(): Met<Kind>;
}

interface Met<Kind extends string> {
  /** Pictures of each kind that were left out. */
  readonly leftOut: Readonly<Record<Kind, number>>;
  /** Pictures that were left out because the same came before. 0 unless `distinct`. */
  readonly repeated: number;
  /** The hash of each row that was not left out, in their order; undefined for one that has no picture. Empty unless `distinct`. */
  readonly hashes: readonly (string | undefined)[];
}

/**
 * `dataset` without the pictures whose content hash is of one of `kinds`, and, with `distinct`, without those that came
 * before. Each picture is read to be hashed and handed on as it was read. A row that has no picture to hash stays.
 *
 * @param kinds content hashes of pictures to leave out, by why they are to be
 */
export function withoutPictures<Kind extends string>(
  dataset: Dataset,
  kinds: Readonly<Record<Kind, ReadonlySet<string>>>,
  { distinct = false }: { readonly distinct?: boolean } = {},
): WithoutPictures<Kind> {
  const names = Object.keys(kinds) as Kind[];
  let reading = newReading(names);
  async function* kept(): AsyncGenerator<ImageRow> {
    reading = newReading(names);
    const { leftOut, hashes } = reading;
    const seen = new Set<string>();
    for await (const row of dataset.rows()) {
      const hashed = await hashOf(row);
      const kind = hashed && names.find((name) => kinds[name].has(hashed.hash));
      if (kind !== undefined) leftOut[kind]++;
      else if (distinct && hashed && seen.has(hashed.hash)) reading.repeated++;
      else {
        if (distinct) hashes.push(hashed?.hash);
        if (distinct && hashed) seen.add(hashed.hash);
        yield hashed ? { ...row, image: hashed.source } : row;
      }
    }
  }
  const { name, labels, size } = dataset;
  return {
    dataset: {
      name,
      ...(labels && { labels }),
      ...(size !== undefined && { size }),
      rows: (range) => inRange(kept(), range),
    },
    met: () => reading,
  };
}

function newReading<Kind extends string>(names: readonly Kind[]) {
  const leftOut = Object.fromEntries(names.map((name) => [name, 0])) as Record<Kind, number>;
  return { leftOut, repeated: 0, hashes: [] as (string | undefined)[] };
}

/** Undefined for what has no picture; why it has none is told where it is embedded. */
async function hashOf({ image, embedding, error }: ImageRow) {
  if (embedding || error) return undefined;
  try {
    return await contentHash(image);
  } catch (problem) {
    if (problem instanceof NearlabelError) return undefined;
    throw problem;
  }
}
