import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { naturalOrder } from "../../files/natural-order.js";
import { METADATA_ENDINGS } from "./metadata.js";

/** One file of embeddings, and the file that says what its rows are, if there is one. */
export interface EmbeddingFiles {
  readonly npy: string;
  readonly metadata: string | undefined;
}

/** Folders of the parts, as clip-retrieval names them. */
export const EMBEDDING_FOLDERS = { images: "img_emb", texts: "text_emb" } as const;

/** What the embeddings are of. */
export type EmbeddingsOf = keyof typeof EMBEDDING_FOLDERS;

/**
 * The files of the embeddings at `path`, parts in the order of their numbers: a `.npy` file; a folder with `img_emb`
 * or `text_emb` in it, whose part N has its metadata in `metadata/metadata_N.parquet`; or a folder with `.npy` files.
 * Beside `x.npy`, metadata are in `x.parquet`, `x.json`, `x.jsonl`, `x.csv` or `x.txt`.
 *
 * @throws NearlabelError DATASET_NOT_FOUND, DATASET_INVALID
 */
export async function embeddingFiles(path: string, of: EmbeddingsOf | undefined): Promise<EmbeddingFiles[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw notEmbeddings("DATASET_NOT_FOUND", path, "it is not there");
  if (!found.isDirectory()) {
    if (path.endsWith(".npy")) return withSiblings(dirname(path), [basename(path)]);
    throw notEmbeddings("DATASET_INVALID", path, "it is another file");
  }
  const names = await readdir(path);
  const wanted = of === undefined ? Object.values(EMBEDDING_FOLDERS) : [EMBEDDING_FOLDERS[of]];
  const folder = wanted.find((name) => names.includes(name));
  const files = folder === undefined ? await withSiblings(path, names) : await numberedParts(path, folder);
  if (files.length > 0) return files;
  throw notEmbeddings("DATASET_INVALID", path, `it holds none of ${wanted.join(", ")} with .npy files`);
}

/** Numbers may be padded with zeros in one folder and not in another, so they are compared as numbers. */
async function numberedParts(root: string, folder: string): Promise<EmbeddingFiles[]> {
  const metadata = new Map<number, string>();
  for (const name of await readdir(join(root, "metadata")).catch(() => [])) {
    const number = numberOf(name, ".parquet");
    if (number !== undefined) metadata.set(number, join(root, "metadata", name));
  }
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith(".npy"));
  return names.sort(naturalOrder).map((name) => {
    const number = numberOf(name, ".npy");
    const npy = join(root, folder, name);
    return { npy, metadata: number === undefined ? undefined : metadata.get(number) };
  });
}

function numberOf(name: string, ending: string): number | undefined {
  if (!name.endsWith(ending)) return undefined;
  const digits = /_(\d+)$/.exec(name.slice(0, -ending.length))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function withSiblings(folder: string, names: readonly string[]): Promise<EmbeddingFiles[]> {
  const there = new Set(await readdir(folder));
  const npys = names.filter((name) => name.endsWith(".npy")).sort(naturalOrder);
  return npys.map((name) => {
    const stem = name.slice(0, -".npy".length);
    const metadata = METADATA_ENDINGS.map((ending) => stem + ending).find((sibling) => there.has(sibling));
    return { npy: join(folder, name), metadata: metadata && join(folder, metadata) };
  });
}

function notEmbeddings(
  code: "DATASET_NOT_FOUND" | "DATASET_INVALID",
  path: string,
  got: string,
): NearlabelError {
  return new NearlabelError(
    code,
    `No embeddings at "${path}": expected a .npy file, a folder of them, or a folder with img_emb and metadata as ` +
      `clip-retrieval writes it, but ${got}.`,
  );
}
