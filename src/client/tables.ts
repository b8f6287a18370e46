import { floatsOf, wholesOf } from "./base64.js";
import type { LabelInput } from "./labels.js";
import { type CallOptions, jsonOf, type Transport } from "./transport.js";

/** A table of pictures. */
export interface Table {
  readonly name: string;
  /** Pictures in it. */
  readonly count: number;
  /** What they were embedded with. */
  readonly model: string;
  /** Numbers in every embedding. */
  readonly dimension: number;
  /** Pictures that could not be embedded. */
  readonly failures: number;
  /** Users' own columns, with their types. */
  readonly columns: Readonly<Record<string, string>>;
}

/** A picture of a table; `null` is not known. */
export interface TableImage {
  /** SHA-256 of its contents: what names it to the server. */
  readonly id: string;
  /** The last part of its path. */
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number | null;
  /** ISO 8601, as `taken`. */
  readonly modified: string | null;
  readonly taken: string | null;
  readonly camera: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly givenLabel: string | null;
  readonly label: string | null;
  readonly score: number | null;
  readonly labelSet: string | null;
  readonly labels?: readonly string[] | null;
  /** Users' own. */
  readonly columns: Readonly<Record<string, unknown>>;
}

/** A label, and how many pictures have it. */
export interface LabelCount {
  readonly label: string;
  readonly count: number;
}

/** How many pictures have each label that was saved, most often first. */
export interface LabelCounts {
  readonly pictures: number;
  /** Pictures that show none of the labels of their set. */
  readonly unknown: number;
  readonly unlabelled: number;
  readonly counts: readonly LabelCount[];
  /** By the parents of labels. */
  readonly parents: readonly LabelCount[];
  /** By the label set, such as `animals@3`. */
  readonly labelSets: readonly LabelCount[];
}

export interface FilterOptions extends CallOptions {
  /** An SQL condition, such as `width > 1000`. */
  readonly where?: string | undefined;
}

export interface PageOptions extends FilterOptions {
  /** Default: 100. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** With what all pictures of a table are ranked. */
export interface RankOptions extends CallOptions {
  /** Either these, or `labelSet`. */
  readonly labels?: readonly LabelInput[] | undefined;
  readonly labelSet?: string | undefined;
  readonly templates?: readonly string[] | undefined;
  /** A label whose similarity to each picture is wanted. */
  readonly about?: string | undefined;
}

/** The best label of every picture, in the order of the table's ids. */
export interface Ranking {
  /** Of the table. */
  readonly version: number;
  /** In the order of the request; `count` of pictures that a label is the best for. */
  readonly labels: readonly LabelCount[];
  /** Positions in `labels`. */
  readonly best: Uint16Array;
  readonly scores: Float32Array;
  /** To the label of `about`. */
  readonly similarities?: Float32Array;
}

/** The tables of a server. */
export interface TableClient {
  list(options?: CallOptions): Promise<readonly Table[]>;
  get(table: string, options?: CallOptions): Promise<Table>;
  /** Pictures in no particular order. */
  images(table: string, options?: PageOptions): Promise<readonly TableImage[]>;
  labelCounts(table: string, options?: FilterOptions): Promise<LabelCounts>;
  /** The file of a picture. */
  image(table: string, id: string, options?: CallOptions): Promise<Blob>;
  /** A small JPEG of it, its longest side at most `side` pixels (256). */
  thumbnail(
    table: string,
    id: string,
    options?: CallOptions & { readonly side?: number | undefined },
  ): Promise<Blob>;
  /** Where its thumbnail is, for pages that the server itself serves, or whom it answers without a key. */
  thumbnailAddress(table: string, id: string, side?: number): string;
  /** Ids of all pictures in the order of rankings of the same version. */
  ids(
    table: string,
    options?: CallOptions,
  ): Promise<{ readonly version: number; readonly ids: readonly string[] }>;
  /** All pictures against labels: none is opened. */
  rank(table: string, options: RankOptions): Promise<Ranking>;
}

export function tableClient(server: string | URL, send: Transport): TableClient {
  const pathOf = (table: string) => `/v1/tables/${encodeURIComponent(table)}`;
  const imageOf = (table: string, id: string) => `${pathOf(table)}/images/${encodeURIComponent(id)}`;
  return {
    async list({ signal } = {}) {
      return (await jsonOf<{ data: Table[] }>(await send("/v1/tables", { signal }))).data;
    },
    async get(table, { signal } = {}) {
      return jsonOf(await send(pathOf(table), { signal }));
    },
    async images(table, { signal, ...query } = {}) {
      return (await jsonOf<{ data: TableImage[] }>(await send(`${pathOf(table)}/images`, { query, signal })))
        .data;
    },
    async labelCounts(table, { signal, ...query } = {}) {
      return jsonOf(await send(`${pathOf(table)}/label-counts`, { query, signal }));
    },
    async image(table, id, { signal } = {}) {
      return (await send(`${imageOf(table, id)}/content`, { signal })).blob();
    },
    async thumbnail(table, id, { side, signal } = {}) {
      return (await send(`${imageOf(table, id)}/thumbnail`, { query: { side }, signal })).blob();
    },
    thumbnailAddress(table, id, side = 256) {
      return `${String(server).replace(/\/+$/, "")}${imageOf(table, id)}/thumbnail?side=${side}`;
    },
    async ids(table, { signal } = {}) {
      const response = await send(`${pathOf(table)}/ids`, { signal });
      const version = Number(response.headers.get("table-version"));
      return { version, ids: hexOf(new Uint8Array(await response.arrayBuffer())) };
    },
    async rank(table, { signal, ...body }) {
      const answer = await jsonOf<EncodedRanking>(
        await send(`${pathOf(table)}/rank`, { method: "POST", body, signal }),
      );
      const { version, labels, best, scores, similarities } = answer;
      return {
        version,
        labels,
        best: wholesOf(best),
        scores: floatsOf(scores),
        ...(similarities !== undefined && { similarities: floatsOf(similarities) }),
      };
    },
  };
}

interface EncodedRanking extends Pick<Ranking, "version" | "labels"> {
  readonly best: string;
  readonly scores: string;
  readonly similarities?: string;
}

const ID_BYTES = 32;

function hexOf(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / ID_BYTES }, (_, at) =>
    Array.from(bytes.subarray(at * ID_BYTES, (at + 1) * ID_BYTES), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join(""),
  );
}
