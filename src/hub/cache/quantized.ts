import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isObject, readJsonObject } from "../../files/json.js";
import type { RepoFolders } from "./layout.js";

/** A file that was made here of those of a commit. */
export interface QuantizedFile {
  readonly file: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The weights in q8 that were made of a repo's, of all commits, as the proofs beside them list them. */
export async function quantizedFiles({ quantized }: RepoFolders): Promise<QuantizedFile[]> {
  const commits = await readdir(quantized).catch(() => []);
  const proofs = commits.map(async (commit) => {
    const folder = join(quantized, commit);
    const proof = await readJsonObject(join(folder, "quantized.json"), "MODEL_FILE_INVALID").catch(
      () => undefined,
    );
    const files = Array.isArray(proof?.files) ? proof.files.filter(isObject) : [];
    return files.map(({ path, sha256 }) => ({ file: join(folder, String(path)), sha256: String(sha256) }));
  });
  return (await Promise.all(proofs)).flat();
}
