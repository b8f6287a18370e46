import type { Connection, Table } from "@lancedb/lancedb";
import type * as Arrow from "apache-arrow";
import { NearlabelError } from "../errors.js";
import { checkRows, checkVectors } from "./check.js";
import { failingAs, loadLanceDb } from "./lancedb.js";
import {
  arrowSchema,
  arrowTable,
  type Cell,
  cellsOf,
  dimensionOf,
  type Rows,
  rowsOf,
  type TableShape,
  VECTOR,
} from "./rows.js";
import { sqlIn } from "./sql.js";
import type { TableDescription } from "./table-description.js";
import type { TableVersion } from "./table-version.js";

/** A row that was found near a query. */
export interface Neighbour {
  readonly cells: Readonly<Record<string, Cell>>;
  /** Cosine distance, 1 - cosine: 0 to 2. */
  readonly distance: number;
}

/** Bytes of vectors that one call to LanceDB may read: it holds the whole column once for each query vector. */
const QUERY_BYTES = 256 * 2 ** 20;
/** Query vectors in one call to LanceDB at most; more gains little. */
const QUERY_VECTORS = 64;

/** A LanceDB table of rows with a key and a unit vector: the one way in which they are written and read. */
export class VectorTable {
  readonly #place: string;
  readonly #shape: TableShape;
  readonly #connection: Connection;
  readonly #table: Table;

  /** @internal Use `createTable` or `openTable`. */
  constructor(folder: string, shape: TableShape, connection: Connection, table: Table) {
    this.#place = folder;
    this.#shape = shape;
    this.#connection = connection;
    this.#table = table;
  }

  /** Length of the vectors, and what was stored beside the rows. */
  async description(): Promise<TableDescription> {
    return this.#reading(async () => {
      const schema = await this.#table.schema();
      const dimension = dimensionOf(schema, this.#shape, this.#place);
      const annotations = schema.fields.find(({ name }) => name === VECTOR)!.metadata;
      return { dimension, rows: await this.#table.countRows(), metadata: schema.metadata, annotations };
    });
  }

  /**
   * Writes a text beside the rows, or with `null` takes it away: a new version of the table with the same rows. It stays
   * when rows are added or removed, and goes when the table is replaced.
   *
   * @throws NearlabelError `WRITE_FAILED`.
   */
  async annotate(key: string, text: string | null): Promise<void> {
    // LanceDB can change the metadata of a column, not those of the table, without writing all rows again.
    await this.#writing(() => this.#table.updateFieldMetadata([{ path: VECTOR, metadata: { [key]: text } }]));
  }

  /** All rows, in no particular order. */
  async read(): Promise<Rows> {
    return this.#reading(async () => {
      const { dimension } = await this.description();
      const result = await this.#table
        .query()
        .select([...this.#columnNames(), VECTOR])
        .toArrow();
      return rowsOf(result, this.#shape, dimension);
    });
  }

  /** The keys of all rows, in no particular order. */
  async keys(): Promise<string[]> {
    const { key } = this.#shape;
    return this.#reading(
      async () => cellsOf(await this.#table.query().select([key]).toArrow(), key) as string[],
    );
  }

  /**
   * Adds rows; a row with a key that is there already takes its place. All or none is written.
   *
   * @throws NearlabelError `VECTOR_INVALID`, `WRITE_FAILED`.
   */
  async merge(rows: Rows): Promise<void> {
    const { dimension, metadata } = await this.description();
    checkRows(this.#shape, dimension, rows);
    const { arrow } = await loadLanceDb();
    const data = arrowTable(arrow, arrowSchema(arrow, this.#shape, dimension, metadata), rows);
    await this.#writing(() =>
      this.#table.mergeInsert(this.#shape.key).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(data),
    );
  }

  /** Removes the rows with these keys, of which there must be at least one. Keys that are not there are ignored. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.#writing(() => this.#table.delete(sqlIn(this.#shape.key, keys)));
  }

  /**
   * The `k` rows nearest to each query by cosine, nearest first: exact, by LanceDB's search through all rows.
   *
   * @throws NearlabelError `VECTOR_INVALID` where a query has another dimension or is not a unit vector.
   */
  async nearest(queries: readonly Float32Array[], k: number): Promise<Neighbour[][]> {
    return this.#reading(async () => {
      const { dimension, rows } = await this.description();
      for (const [index, data] of queries.entries()) {
        checkVectors({ data, rows: 1, columns: data.length }, dimension, () => `query ${index}`);
      }
      const size = Math.min(QUERY_VECTORS, Math.max(1, Math.floor(QUERY_BYTES / (4 * dimension * rows))));
      const found: Neighbour[][] = [];
      for (let start = 0; start < queries.length; start += size) {
        found.push(...(await this.#nearestOf(queries.slice(start, start + size), k)));
      }
      return found;
    });
  }

  /** The states that the table has been in, oldest first. */
  async versions(): Promise<TableVersion[]> {
    const versions = await this.#reading(() => this.#table.listVersions());
    return versions
      .map(({ version, timestamp, metadata }) => ({
        version,
        created: timestamp.toISOString(),
        rows: Number(metadata.total_rows),
      }))
      .sort((a, b) => a.version - b.version);
  }

  /** Makes the rows and metadata of an earlier version the newest ones. Later versions stay. */
  async restore(version: number): Promise<void> {
    const versions = await this.versions();
    if (!versions.some((each) => each.version === version)) {
      const range = `${versions[0]?.version} to ${versions.at(-1)?.version}`;
      throw new NearlabelError(
        "OPTION_INVALID",
        `${this.#place}: no version ${version}; there are ${range}.`,
      );
    }
    await this.#writing(async () => {
      try {
        await this.#table.checkout(version);
        await this.#table.restore();
      } finally {
        await this.#table.checkoutLatest();
      }
    });
  }

  close(): void {
    this.#table.close();
    this.#connection.close();
  }

  async #nearestOf(queries: readonly Float32Array[], k: number): Promise<Neighbour[][]> {
    const [first, ...others] = queries;
    let query = this.#table.query().nearestTo(first!);
    for (const other of others) query = query.addQueryVector(other);
    const result = await query
      .column(VECTOR)
      .distanceType("cosine")
      .bypassVectorIndex()
      .limit(k)
      .select([...this.#columnNames(), "_distance"])
      .toArrow();
    return neighboursOf(result, this.#columnNames(), queries.length);
  }

  #columnNames(): string[] {
    return Object.keys(this.#shape.columns);
  }

  #reading<T>(read: () => Promise<T>): Promise<T> {
    return failingAs("INDEX_INVALID", `${this.#place}: table "${this.#shape.name}" cannot be read`, read);
  }

  #writing<T>(write: () => Promise<T>): Promise<T> {
    return failingAs("WRITE_FAILED", `${this.#place}: could not be written; it is as it was before`, write);
  }
}

function neighboursOf(result: Arrow.Table, names: readonly string[], queries: number): Neighbour[][] {
  const columns = names.map((name) => [name, cellsOf(result, name)] as const);
  const distances = cellsOf(result, "_distance") as number[];
  // There is no such column for a single query vector.
  const query = cellsOf(result, "query_index") as number[];
  const found = Array.from({ length: queries }, (): Neighbour[] => []);
  for (const [index, distance] of distances.entries()) {
    const cells = Object.fromEntries(columns.map(([name, values]) => [name, values[index]!]));
    found[query[index] ?? 0]!.push({ cells, distance });
  }
  return found;
}
