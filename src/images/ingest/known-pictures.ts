import type { ErrorCode } from "../../errors.js";
import type { SourceVersion } from "../../files/source-version.js";
import type { Cell } from "../../store/rows.js";
import type { ImageFailure } from "../table/failures.js";
import type { ImageTable } from "../table/image-table.js";
import { grown, HashedTexts } from "./hashed-texts.js";

/** What a table knew of a path as the run began. */
export type Knowledge = "stored" | "failed";

/**
 * What a table holds of each path, so that files that did not change are passed over without a query, and which contents it has,
 * so that it is asked for nothing that it cannot have: each question without an index reads all paths. Some 70 bytes a picture.
 */
export class KnownPictures {
  readonly #table: ImageTable;
  readonly #paths = new HashedTexts();
  readonly #ids = new HashedTexts();
  /** By the number of a path: what its file had, and whether it came in this run. */
  #bytes = new Float64Array(512);
  #modified = new Float64Array(512);
  #seen = new Uint8Array(512);
  /** Whether one of the tables may have it: what only came in this run is numbered too. */
  #stored = new Uint8Array(512);
  readonly #failed = new Map<number, ErrorCode>();
  /** Rows that the table has, as far as is known here. */
  #rows = 0;
  #writes = 0;
  #writing = false;
  #renewing: Promise<void> | undefined;

  private constructor(table: ImageTable) {
    this.#table = table;
  }

  /** Of both tables; what failed since it was stored counts as failed. */
  static async of(table: ImageTable): Promise<KnownPictures> {
    const known = new KnownPictures(table);
    await known.#read();
    for (const failure of await table.failures()) known.#addFailure(failure);
    return known;
  }

  /** Notes that a path came, and says what is known of that very version of it. */
  see(path: string, version: SourceVersion | undefined): Knowledge | undefined {
    const at = this.#numbered(path);
    this.#seen[at] = 1;
    if (this.#stored[at] === 0) return undefined;
    if (!version || this.#modified[at] !== Math.floor(version.modified)) return undefined;
    // Of a row in a larger file, the size is that of the row's picture.
    if (!path.includes("#") && this.#bytes[at] !== version.bytes) return undefined;
    const code = this.#failed.get(at);
    if (code !== undefined && PASSING.has(code)) return undefined;
    return code === undefined ? "stored" : "failed";
  }

  /** Whether a path is among the failures. */
  hasFailed(path: string): boolean {
    return this.#failed.has(this.#paths.numberOf(path));
  }

  /** Whether the table may have a path. */
  has(path: string): boolean {
    return this.#stored[this.#paths.numberOf(path)] === 1;
  }

  /** Whether a picture of these contents may be in the table. */
  hasContents(id: string): boolean {
    return this.#ids.numberOf(id) !== -1;
  }

  wasSeen(path: string): boolean {
    return this.#seen[this.#paths.numberOf(path)] === 1;
  }

  /**
   * Notes the rows of a write, and does it.
   *
   * @param write says by how many the rows became more
   */
  async duringWrite(
    rows: readonly { readonly path: string; readonly id: string }[],
    write: () => Promise<number>,
  ): Promise<void> {
    this.#writing = true;
    this.#writes++;
    try {
      this.#rows += await write();
      for (const { path, id } of rows) this.#addRow(path, id);
    } finally {
      this.#writing = false;
    }
  }

  /** Takes in what other programs wrote since, if they did. */
  async renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<void> {
    const writes = this.#writes;
    const rows = await this.#table.count();
    // A write of this run changes the number too; the next time tells.
    if (rows !== this.#rows && !this.#writing && writes === this.#writes) await this.#read();
  }

  async #read(): Promise<void> {
    let rows = 0;
    const writes = this.#writes;
    for await (const { columns } of this.#table.table.scan({
      columns: ["path", "id", "bytes", "modified"],
    })) {
      const paths = (columns.path ?? []) as readonly string[];
      rows += paths.length;
      for (const [index, path] of paths.entries()) {
        this.#addRow(path, columns.id![index] as string, columns.bytes![index]!, columns.modified![index]!);
      }
    }
    if (writes === this.#writes && !this.#writing) this.#rows = rows;
  }

  /** Of a path that is known already nothing changes but that there are these contents. */
  #addRow(path: string, id: string, bytes: Cell = null, modified: Cell = null): void {
    this.#ids.add(id);
    if (!this.has(path)) this.#setVersion(this.#numbered(path), bytes, modified);
  }

  #addFailure({ path, code, bytes, modified }: ImageFailure): void {
    const at = this.#numbered(path);
    this.#setVersion(at, bytes, modified);
    this.#failed.set(at, code);
  }

  #numbered(path: string): number {
    const at = this.#paths.add(path);
    if (at === this.#bytes.length) {
      this.#bytes = grown(this.#bytes);
      this.#modified = grown(this.#modified);
      this.#seen = grown(this.#seen);
      this.#stored = grown(this.#stored);
    }
    return at;
  }

  #setVersion(at: number, bytes: Cell, modified: Cell): void {
    this.#stored[at] = 1;
    this.#bytes[at] = (bytes as number | null) ?? -1;
    this.#modified[at] = (modified as Date | null)?.getTime() ?? Number.NaN;
  }
}

/** What may be right the next time though the file has not changed. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["IMAGE_NOT_FOUND", "IMAGE_UNREADABLE"]);
