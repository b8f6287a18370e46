import { hash } from "node:crypto";
import type { ErrorCode } from "../../errors.js";
import type { SourceVersion } from "../../files/source-version.js";
import type { Cell, Rows } from "../../store/rows.js";
import type { ImageTable } from "../table/image-table.js";

/** What a table knew of a path as the run began. */
export type Knowledge = "stored" | "failed";

/**
 * What a table holds of each path, so that files that did not change are passed over without a query. Some 80 bytes a picture:
 * paths are held as 53 bits of their hash.
 */
export class KnownPictures {
  readonly #places = new Map<number, number>();
  readonly #bytes: number[] = [];
  readonly #modified: number[] = [];
  readonly #failed: (ErrorCode | undefined)[] = [];
  readonly #seen: boolean[] = [];

  /** Of both tables; what failed since it was stored counts as failed. */
  static async of({ table, failed }: ImageTable): Promise<KnownPictures> {
    const known = new KnownPictures();
    const columns = ["path", "bytes", "modified"];
    for await (const rows of table.scan({ columns })) known.#add(rows);
    const failures = await failed.all();
    known.#add(
      { columns: columnsOf(failures) },
      failures.map(({ code }) => code),
    );
    return known;
  }

  /** Notes that a path came, and says what is known of that very version of it. */
  see(path: string, version: SourceVersion | undefined): Knowledge | undefined {
    const at = this.#places.get(keyOf(path));
    if (at === undefined) return undefined;
    this.#seen[at] = true;
    if (!version || this.#modified[at] !== Math.floor(version.modified)) return undefined;
    // Of a row in a larger file, the size is that of the row's picture.
    if (!path.includes("#") && this.#bytes[at] !== version.bytes) return undefined;
    const code = this.#failed[at];
    if (code !== undefined && PASSING.has(code)) return undefined;
    return code === undefined ? "stored" : "failed";
  }

  /** Whether a path is among the failures. */
  hasFailed(path: string): boolean {
    return this.#failed[this.#places.get(keyOf(path)) ?? -1] !== undefined;
  }

  has(path: string): boolean {
    return this.#places.has(keyOf(path));
  }

  wasSeen(path: string): boolean {
    return this.#seen[this.#places.get(keyOf(path)) ?? -1] ?? false;
  }

  #add({ columns }: Rows, codes: readonly ErrorCode[] = []): void {
    for (const [index, path] of ((columns.path ?? []) as readonly string[]).entries()) {
      const key = keyOf(path);
      const at = this.#places.get(key) ?? this.#bytes.length;
      this.#places.set(key, at);
      this.#bytes[at] = (columns.bytes![index] as number | null) ?? -1;
      this.#modified[at] = timeOf(columns.modified![index]!);
      this.#failed[at] = codes[index];
      this.#seen[at] = false;
    }
  }
}

/** What may be right the next time though the file has not changed. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["IMAGE_NOT_FOUND", "IMAGE_UNREADABLE"]);

function timeOf(cell: Cell): number {
  return (cell as Date | null)?.getTime() ?? Number.NaN;
}

function keyOf(path: string): number {
  const digest = hash("md5", path, "buffer");
  return digest.readUIntBE(0, 6) * 32 + (digest[6]! & 31);
}

function columnsOf(failures: Awaited<ReturnType<ImageTable["failures"]>>): Rows["columns"] {
  return {
    path: failures.map(({ path }) => path),
    bytes: failures.map(({ bytes }) => bytes),
    modified: failures.map(({ modified }) => modified),
  };
}
