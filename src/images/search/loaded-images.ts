import { checkPart } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { optionError } from "../../errors.js";
import { type Matrix, matrixOf, row, rowsAt } from "../../math/matrix.js";
import { rowDots } from "../../math/products.js";
import { topK } from "../../math/top-k.js";
import type { ImageTable } from "../table/image-table.js";
import { imagesOf, type StoredImage } from "../table/stored-image.js";
import { conditionOf } from "./filter.js";
import type { Found, NearestOptions } from "./nearest.js";
import type { RelevanceScale } from "./relevance.js";
import { relevanceScale } from "./relevance-scale.js";

/**
 * The pictures of a table in memory, in one version: `search` compares with all of them, without reading anything. Each takes
 * four bytes a number of its embedding.
 */
export interface LoadedImages {
  readonly images: readonly StoredImage[];
  /** Unit-length rows, in the order of `images`. */
  readonly vectors: Matrix;
  readonly version: number;
  /** @throws NearlabelError `TABLE_MODEL_MISMATCH` */
  checkModel(model: Pick<Encoder, "identity">): Promise<void>;
  /** @internal */
  scale(model: Encoder, signal: AbortSignal | undefined): Promise<RelevanceScale>;
  /** Positions of the pictures that meet a condition, which the table answers. @internal */
  matching(condition: string): Promise<number[]>;
}

/** Reads all pictures of a table into memory. The table must stay open for as long as filters are used. */
export async function loadImages(table: ImageTable): Promise<LoadedImages> {
  checkPart("table", table);
  const version = await table.table.version();
  const rows = await table.table.read();
  const images = imagesOf(rows);
  const positions = new Map(images.map(({ path }, position) => [path, position]));
  return {
    images,
    vectors: rows.vectors ?? matrixOf([], table.info.dimension),
    version,
    checkModel: (model) => table.checkModel(model),
    scale: (model, signal) => relevanceScale(table.table, model, signal),
    async matching(condition) {
      const { columns } = await table.table.read({ columns: ["path"], where: condition });
      const paths = (columns.path ?? []) as readonly string[];
      return paths.flatMap((path) => positions.get(path) ?? []);
    },
  };
}

export function isLoaded(table: ImageTable | LoadedImages): table is LoadedImages {
  return "vectors" in table;
}

/** The pictures nearest to a direction, by comparing with all that meet the filter. */
export async function nearestLoaded(
  loaded: LoadedImages,
  direction: Float32Array,
  options: NearestOptions,
): Promise<Found> {
  const { k, offset = 0, minSimilarity = Number.NEGATIVE_INFINITY, version = loaded.version } = options;
  if (version !== loaded.version) throw optionError("version", `${loaded.version}, which is loaded`, version);
  const condition = conditionOf(options);
  const positions = condition === undefined ? undefined : await loaded.matching(condition);
  const vectors = positions ? rowsAt(loaded.vectors, positions) : loaded.vectors;
  const similarities = rowDots(direction, vectors);
  const near = topK(similarities, Math.min(offset + k, vectors.rows))
    .slice(offset)
    .filter((at) => similarities[at]! >= minSimilarity)
    .map((at) => ({
      image: loaded.images[positions ? positions[at]! : at]!,
      vector: row(vectors, at),
      similarity: similarities[at]!,
    }));
  return { near, version: loaded.version, pictures: loaded.images.length };
}
