import type { Connection, Table as LanceTable } from "@lancedb/lancedb";
import { addedFields, arrowSchema, arrowTable, rowsOf, type TableSchema, tableSchema } from "./arrow.js";
import { checkRows, checkVectors } from "./checked-rows.js";
import { expectPlan, lanceFilter, sqlIn } from "./filter.js";
import { type Fragment, removeFragments, unreadableFragments } from "./fragments.js";
import {
  buildScalarIndex,
  buildVectorIndex,
  compact,
  coverWithBtree,
  listIndexes,
  type ScalarIndexKind,
  type TableIndex,
  type VectorIndexOptions,
} from "./indexes.js";
import { loadLanceDb } from "./lancedb.js";
import type { Location } from "./location.js";
import { type Cell, gatherRows, type Rows, rowCount } from "./rows.js";
import { drawPositions } from "./sample.js";
import { type Neighbour, type SearchOptions, searchTable } from "./search.js";
import { annotatedColumn, type Column, type TableShape, VECTOR } from "./shape.js";
import { TableAccess } from "./table-access.js";
import type { TableDescription, TableVersion } from "./table-state.js";
import { storedSettings, tunedSettings, VECTOR_INDEX, VECTOR_SEARCH, wantedIndex } from "./tuned-search.js";
import type { VectorSearchSettings } from "./vector-search-settings.js";
import { expectVersion, listVersions, restoreVersion } from "./versions.js";

/** Which rows are read, and what of them. */
export interface ScanOptions {
  /** Columns, and `vector` for the vectors. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /** An SQL condition that rows have to meet, such as `width > 1000`. */
  readonly where?: string | undefined;
  /** Rows at most. Default: all. */
  readonly limit?: number | undefined;
  /** Rows that are passed over. Default: 0. */
  readonly offset?: number | undefined;
}

/**
 * A LanceDB table of rows with a key and, mostly, a unit vector: the one way in which they are written and read. Reads see
 * what other programs have written meanwhile. Every write is one commit, all of it or nothing.
 *
 * Every method throws NearlabelError: `TABLE_CLOSED` after `close`, `TABLE_INVALID` where the table is damaged,
 * `WRITE_FAILED` where it cannot be written to.
 */
export class Table {
  /** The database that it lies in, for whoever opens it later: an absolute path, whatever the working directory is then, or an address. */
  readonly uri: string;
  readonly #place: string;
  readonly #shape: TableShape;
  readonly #table: LanceTable;
  readonly #access: TableAccess;

  /** @internal Use `createTable` or `openTable`. */
  constructor(
    place: string,
    shape: TableShape,
    {
      connection,
      table,
      location: { uri, folder },
      readOnly = false,
    }: { connection: Connection; table: LanceTable; location: Location; readOnly?: boolean },
  ) {
    this.uri = uri;
    this.#place = place;
    this.#shape = shape;
    this.#table = table;
    this.#access = new TableAccess(connection, table, { place, name: shape.name, folder, readOnly });
  }

  /** Columns, length of the vectors, number of rows, and what was stored beside them. */
  async description(): Promise<TableDescription> {
    return this.#access.reading(async () => {
      const schema = await this.#schema();
      return { ...schema, rows: await this.#table.countRows() };
    });
  }

  /**
   * Writes a text beside the rows, or with `null` takes it away: a new version of the table with the same rows. It stays
   * when rows are added or removed, and goes when the table is replaced.
   */
  async annotate(key: string, text: string | null): Promise<void> {
    const path = annotatedColumn(this.#shape);
    await this.#access.writing(() => this.#table.updateFieldMetadata([{ path, metadata: { [key]: text } }]));
  }

  /** Number of rows, or of those that meet `where`. @throws NearlabelError `TABLE_FILTER_INVALID` */
  async count(where?: string): Promise<number> {
    return this.#filtered(where, (filter) => this.#table.countRows(filter));
  }

  /**
   * Rows as they lie, in no particular order, some thousand at a time, so that memory does not grow with the table.
   *
   * @throws NearlabelError `TABLE_FILTER_INVALID`
   */
  async *scan({ columns: names, where, limit, offset = 0 }: ScanOptions = {}): AsyncGenerator<Rows> {
    const { iterator, wanted } = await this.#filtered(where, async (filter) => {
      const { query, wanted } = await this.#query(names, filter);
      const limited = limit === undefined ? query : query.limit(limit);
      const passed = offset === 0 ? limited : limited.offset(offset);
      return { iterator: passed[Symbol.asyncIterator](), wanted };
    });
    for (;;) {
      const { done, value } = await this.#access.reading(() => iterator.next());
      if (done) return;
      yield rowsOf(value, wanted);
    }
  }

  /** All rows at once, in no particular order. @throws NearlabelError `TABLE_FILTER_INVALID` */
  async read({ columns: names, where }: Omit<ScanOptions, "limit" | "offset"> = {}): Promise<Rows> {
    return this.#filtered(where, async (filter) => {
      const { query, wanted } = await this.#query(names, filter);
      const gathered = gatherRows(wanted, await this.#table.countRows(filter));
      for await (const batch of query) gathered.add(rowsOf(batch, wanted));
      return gathered.rows();
    });
  }

  /** The keys of all rows, in no particular order. */
  async keys(): Promise<string[]> {
    const { key } = this.#shape;
    const { columns } = await this.read({ columns: [key] });
    return (columns[key] ?? []) as string[];
  }

  /**
   * Adds rows; a row with a key that is there already takes its place. Columns that may be null can be left out.
   *
   * @param insteadOf keys of rows that go in the same commit, as those given replace them; those given are kept
   * @returns by how many the rows became more
   * @throws NearlabelError `VECTOR_INVALID`, `TABLE_ROW_INVALID`
   */
  async upsert(rows: Rows, insteadOf: readonly string[] = []): Promise<number> {
    const schema = await this.#access.reading(() => this.#schema());
    const { key } = this.#shape;
    checkRows({ key, ...schema }, rows);
    if (rowCount(rows) === 0) return 0;
    const { arrow } = await loadLanceDb();
    const data = arrowTable(arrow, arrowSchema(arrow, key, schema), rows);
    // Through a BTREE of the key two writers would both insert a key that is new: Lance forgets to compare them then.
    return this.#access.writing(async () => {
      const merge = this.#table.mergeInsert(key).whenMatchedUpdateAll().whenNotMatchedInsertAll();
      const gone = insteadOf.length > 0 ? { where: sqlIn(key, insteadOf) } : undefined;
      const whole = gone ? merge.whenNotMatchedBySourceDelete(gone) : merge;
      const { numInsertedRows, numDeletedRows } = await whole.useIndex(false).execute(data);
      return numInsertedRows - numDeletedRows;
    });
  }

  /**
   * Sets some columns of rows that are there, by their keys; keys that are not there are ignored. The vector index stays,
   * also where all rows are updated.
   *
   * @throws NearlabelError `TABLE_ROW_INVALID`
   */
  async update(columns: Readonly<Record<string, readonly Cell[]>>): Promise<void> {
    const { key } = this.#shape;
    const schema = await this.#access.reading(() => this.#schema());
    const named = Object.entries(schema.columns).filter(([name]) => columns[name]);
    const partial = { ...schema, columns: Object.fromEntries(named), dimension: 0 };
    checkRows({ key, ...partial }, { columns });
    if (rowCount({ columns }) === 0) return;
    const { arrow } = await loadLanceDb();
    const data = arrowTable(arrow, arrowSchema(arrow, key, partial), { columns });
    await this.#access.writing(async () => {
      // Through a BTREE that covers all keys Lance rewrites these columns alone; without, whole rows, which the vector
      // index then lacks. Each update takes its rows out of the BTREE, and whoever looks for them reads all keys.
      const isIndexed = schema.annotations.has(VECTOR_INDEX);
      if (isIndexed) await coverWithBtree(this.#table, key);
      await this.#table.mergeInsert(key).whenMatchedUpdateAll().execute(data);
      // The rows are written then, whatever becomes of it: another program may build it at the same moment.
      if (isIndexed) await coverWithBtree(this.#table, key).catch(() => {});
      await this.#mendVectorIndex(schema);
    });
  }

  /** Adds columns, null in every row. */
  async addColumns(columns: Readonly<Record<string, Omit<Column, "nullable">>>): Promise<void> {
    const { arrow } = await loadLanceDb();
    const fields = addedFields(arrow, columns);
    await this.#access.writing(() => this.#table.addColumns(fields));
  }

  /** Removes the rows with these keys, of which there must be at least one. Keys that are not there are ignored. */
  async remove(keys: readonly string[]): Promise<void> {
    await this.#access.writing(() => this.#table.delete(sqlIn(this.#shape.key, keys)));
  }

  /** The parts of the table whose files are gone or damaged. Reads all of it. */
  async unreadable(): Promise<Fragment[]> {
    return this.#access.reading(() => unreadableFragments(this.#table));
  }

  /** Takes the rows of such parts out, so that the others can be read and written again. Earlier versions stay. */
  async removeUnreadable(fragments: readonly Fragment[]): Promise<void> {
    await this.#access.writing(() => removeFragments(this.#table, fragments));
  }

  /** @throws NearlabelError `TABLE_FILTER_INVALID` where `where` is no condition on this table's columns */
  async checkFilter(where: string): Promise<void> {
    const { columns } = await this.#access.reading(() => this.#schema());
    await expectPlan(this.#table, where, lanceFilter(where, columns, this.#shape.expressions));
  }

  /**
   * The rows nearest to each query by cosine, nearest first. Similarities are exact, whatever index finds the rows.
   *
   * @throws NearlabelError `VECTOR_INVALID` where a query has another dimension or is not a unit vector,
   * `TABLE_FILTER_INVALID`
   */
  async search(queries: readonly Float32Array[], options: SearchOptions): Promise<Neighbour[][]> {
    return this.#filtered(options.where, async (where) => {
      const { columns, dimension, annotations } = await this.#schema();
      for (const [index, data] of queries.entries()) {
        checkVectors({ data, rows: 1, columns: data.length }, dimension, () => `query ${index}`);
      }
      const searched = { table: this.#table, columns, dimension, rows: await this.#table.countRows() };
      return searchTable(searched, queries, { ...options, ...tunedSettings(annotations, options), where });
    });
  }

  /** Builds an index of a column, in the place of one that is there. */
  async createIndex(column: string, kind: ScalarIndexKind): Promise<void> {
    await this.#access.writing(() => buildScalarIndex(this.#table, column, kind));
  }

  /** Compacts the table and builds the vector index, in the place of one that is there. The table remembers how. */
  async createVectorIndex(options: VectorIndexOptions): Promise<void> {
    await this.#access.writing(() => buildVectorIndex(this.#table, options));
    await this.annotate(VECTOR_INDEX, JSON.stringify(options));
  }

  /** Searches the vector index like this from now on, where a search does not say otherwise. */
  async tuneVectorSearch(settings: VectorSearchSettings): Promise<void> {
    await this.annotate(VECTOR_SEARCH, JSON.stringify(settings));
  }

  /** How the vector index is searched, where it was tuned. */
  async vectorSearch(): Promise<VectorSearchSettings | undefined> {
    const { annotations } = await this.#access.reading(() => this.#schema());
    return storedSettings(annotations);
  }

  /** At most `count` rows drawn at random, the same ones while the table stays as it is. */
  async sample(count: number, names?: readonly string[]): Promise<Rows> {
    return this.#access.reading(async () => {
      const wanted = selected(await this.#schema(), names);
      const offsets = drawPositions(await this.#table.countRows(), count);
      if (offsets.length === 0) return rowsOf(await this.#table.query().limit(0).toArrow(), wanted);
      return rowsOf(await this.#table.takeOffsets(offsets).select(namesIn(wanted)).toArrow(), wanted);
    });
  }

  /** The indexes that there are, each with the rows that it covers. */
  async indexes(): Promise<TableIndex[]> {
    return this.#access.reading(() => listIndexes(this.#table));
  }

  /** Files of few rows, which writes leave and `optimize` joins: reading opens each of them. */
  async smallFiles(): Promise<number> {
    return this.#access.reading(async () => (await this.#table.stats()).fragmentStats.numSmallFragments);
  }

  /**
   * Joins small files, which many writes leave and which make reading slow, and takes rows that were written since into
   * the indexes. A vector index that LanceDB dropped, as all rows were written anew, is built again.
   *
   * @param keepSince Versions from before are taken away for good. Default: all stay.
   */
  async optimize({ keepSince }: { keepSince?: Date | undefined } = {}): Promise<void> {
    await this.#access.writing(async () => {
      await compact(this.#table, keepSince);
      await this.#mendVectorIndex(await this.#schema());
    });
  }

  /** The number of the state that reads see. */
  async version(): Promise<number> {
    return this.#access.reading(() => this.#table.version());
  }

  /** The states that the table has been in, oldest first. */
  async versions(): Promise<TableVersion[]> {
    return this.#access.reading(() => listVersions(this.#table));
  }

  /**
   * Makes the rows and metadata of an earlier version the newest ones. Later versions stay.
   *
   * @throws NearlabelError `OPTION_INVALID` where there is no such version.
   */
  async restore(version: number): Promise<void> {
    expectVersion(this.#place, version, await this.versions());
    await this.#access.writing(() => restoreVersion(this.#table, version));
  }

  /** What is under way goes on to its end. */
  close(): void {
    this.#access.close();
  }

  /** A query for some columns, or all, and what of the schema that is. */
  async #query(names: readonly string[] | undefined, filter: string | undefined) {
    const wanted = selected(await this.#schema(), names);
    const query = this.#table.query().select(namesIn(wanted));
    return { query: filter === undefined ? query : query.where(filter), wanted };
  }

  async #schema(): Promise<TableSchema> {
    return tableSchema(await this.#table.schema(), this.#shape, this.#place);
  }

  /** Builds the vector index again where the table is to have one and LanceDB dropped it. */
  async #mendVectorIndex({ annotations }: TableSchema): Promise<void> {
    const wanted = wantedIndex(annotations);
    if (!wanted) return;
    const indexes = await listIndexes(this.#table);
    if (!indexes.some(({ column }) => column === VECTOR)) await buildVectorIndex(this.#table, wanted);
  }

  /** Reads with a filter, for which a plan is made first: where that fails, it is the filter's fault. */
  async #filtered<T>(
    where: string | undefined,
    read: (filter: string | undefined) => Promise<T>,
  ): Promise<T> {
    if (where === undefined) return this.#access.reading(() => read(undefined));
    const { columns } = await this.#access.reading(() => this.#schema());
    const filter = lanceFilter(where, columns, this.#shape.expressions);
    await expectPlan(this.#table, where, filter);
    return this.#access.reading(() => read(filter));
  }
}

/** What of a schema is read: the columns of these names, and the vectors if theirs is among them; all without names. */
function selected(schema: TableSchema, names: readonly string[] | undefined) {
  const columns = Object.entries(schema.columns).filter(([name]) => !names || names.includes(name));
  const dimension = !names || names.includes(VECTOR) ? schema.dimension : 0;
  return { columns: Object.fromEntries(columns), dimension };
}

function namesIn({ columns, dimension }: ReturnType<typeof selected>): string[] {
  return [...Object.keys(columns), ...(dimension > 0 ? [VECTOR] : [])];
}
