// Before the class below, which is made with these symbols.
import "../../files/disposal.js";
import type { Encoder } from "../../encoder/encoder.js";
import type { Table } from "../../store/table.js";
import type { TableVersion } from "../../store/table-state.js";
import { Failures, type ImageFailure } from "./failures.js";
import { imagesOf, SHOWN_COLUMNS, type StoredImage } from "./stored-image.js";
import { EMBEDDERS_KEY, embedderOf, expectModel, type ImageTableInfo, infoOf } from "./table-info.js";

const NAMING_TRIES = 5;

/** Which pictures of a table are read. */
export interface ImagesOptions {
  /** An SQL condition, such as `width > 1000 and taken > '2025-01-01'`. Default: all. */
  readonly where?: string | undefined;
  /** Pictures at most. Default: all. */
  readonly limit?: number | undefined;
  /** Pictures that are passed over. Default: 0. */
  readonly offset?: number | undefined;
}

/**
 * Pictures and their embeddings in a LanceDB table. Every change makes a new version of it. Every method rejects with
 * `TABLE_CLOSED` after `close`, and with `TABLE_INVALID` where the table is damaged.
 */
export class ImageTable {
  /** The database that it lies in, a folder or an address: tables that belong to it lie there as well. */
  readonly place: string;
  /**
   * The rows with their vectors, for the rooms of this library that search and label them.
   * @internal
   */
  readonly table: Table;
  /** @internal */
  readonly failed: Failures;
  #info: ImageTableInfo;

  /** @internal Use {@link openImageTable}. */
  constructor(place: string, table: Table, info: ImageTableInfo) {
    this.place = place;
    this.table = table;
    this.failed = new Failures(table.uri);
    this.#info = info;
  }

  /** Model, size and columns, as they were when this was opened or {@link refresh}ed. */
  get info(): ImageTableInfo {
    return this.#info;
  }

  /** Reads the info again, which other programs may have changed. @throws NearlabelError `TABLE_MODEL_MISMATCH` */
  async refresh(): Promise<ImageTableInfo> {
    const info = infoOf(await this.table.description(), this.place);
    expectModel(this.place, info, this.#info);
    this.#info = info;
    return info;
  }

  /**
   * Checks that `model` is the one that embedded these pictures.
   *
   * @throws NearlabelError `TABLE_MODEL_MISMATCH`, which names both
   */
  async checkModel({ identity }: Pick<Encoder, "identity">): Promise<void> {
    expectModel(this.place, this.#info, { model: identity.id, fingerprint: await identity.fingerprint() });
  }

  /**
   * Keeps what `model` does beside its model under the name that the column `embedder` has for it.
   * @internal
   */
  async nameEmbedder({ identity }: Pick<Encoder, "identity">): Promise<void> {
    const name = embedderOf(identity);
    for (let tried = 1; ; tried++) {
      const { embedders } = await this.refresh();
      if (embedders[name] !== undefined) return;
      const text = JSON.stringify({ ...embedders, [name]: identity.pictures });
      try {
        await this.table.annotate(EMBEDDERS_KEY, text);
      } catch (error) {
        // Of several programs that do so at the same moment, one succeeds.
        if (tried === NAMING_TRIES) throw error;
      }
    }
  }

  /** Number of pictures, or of those that meet `where`. @throws NearlabelError `TABLE_FILTER_INVALID` */
  async count(where?: string): Promise<number> {
    return this.table.count(where);
  }

  /** Pictures in no particular order, as a stream. @throws NearlabelError `TABLE_FILTER_INVALID` */
  async *images({ where, limit, offset }: ImagesOptions = {}): AsyncGenerator<StoredImage> {
    const columns = [...SHOWN_COLUMNS, ...Object.keys((await this.refresh()).columns)];
    for await (const rows of this.table.scan({ columns, where, limit, offset })) yield* imagesOf(rows);
  }

  /** Pictures that could not be embedded, in the order of their paths. They are tried again when their files change. */
  async failures(): Promise<ImageFailure[]> {
    return this.failed.all();
  }

  /** Takes pictures out of the table, by their paths; their files stay. Paths that are not there are ignored. */
  async remove(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await this.table.remove(paths);
    await this.failed.remove(paths);
    await this.refresh();
  }

  /** The states that the table has been in, oldest first. */
  async versions(): Promise<TableVersion[]> {
    return this.table.versions();
  }

  /** Makes an earlier state the current one; later states stay. @throws NearlabelError `OPTION_INVALID` for no version of it */
  async restore(version: number): Promise<void> {
    await this.table.restore(version);
    await this.refresh();
  }

  /** Frees native memory. The table cannot be used afterwards. */
  async close(): Promise<void> {
    this.table.close();
    this.failed.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
