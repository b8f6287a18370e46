import { bodyOf } from "./answer.js";
import { floatsOf, wholesOf } from "./base64.js";
import type { Band, Duplicates, Suspects, TableLabelling } from "./curation.js";
import type { LabelInput } from "./labels.js";
import type { CallOptions, Transport } from "./transport.js";

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
  /** Moves classes towards pictures that were given these labels. */
  readonly learn?: boolean | undefined;
  /** Ids of pictures of which the best five labels are wanted, at most 100. */
  readonly pictures?: readonly string[] | undefined;
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
  /** Position of the label that each picture was given; 65,535 where it was given none of them. */
  readonly given: Uint16Array;
  /** With `learn`: what was learned, and what it gains. */
  readonly learned?: Learned;
  /** Of the option `pictures`, those that are there. */
  readonly pictures: readonly {
    readonly id: string;
    readonly predictions: readonly RankedLabel[];
  }[];
}

/** One of the best labels of a picture. */
export interface RankedLabel {
  readonly label: string;
  readonly score: number;
  readonly similarity: number;
}

/** What classes learned from pictures that were given their labels. */
export interface Learned {
  /** Pictures that were learned from. */
  readonly examples: number;
  /** Their share in classes, 0 to 1; the rest is the words'. */
  readonly weight: number;
  /** Share of the examples that words alone label as given; absent where no label has two. */
  readonly before?: number;
  /** The same with what the other examples taught. */
  readonly after?: number;
}

/** A picture, and the label that it was given; `null` for none. */
export interface GivenLabel {
  readonly id: string;
  readonly label: string | null;
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
  /** Ids of all pictures in the order of rankings of the same version, or of those that meet `where`. */
  ids(
    table: string,
    options?: FilterOptions,
  ): Promise<{ readonly version: number; readonly ids: readonly string[] }>;
  /** All pictures against labels: none is opened. */
  rank(table: string, options: RankOptions): Promise<Ranking>;
  /** Gives pictures labels that a person chose, at most 10,000 at a time. What they had comes back: given again, it undoes this. */
  giveLabels(
    table: string,
    labels: readonly GivenLabel[],
    options?: CallOptions,
  ): Promise<readonly GivenLabel[]>;
  /** Pictures whose given label has at least the doubt `least`, above 0.5 (0.9). */
  suspects(table: string, options?: PageOptions & { readonly least?: number | undefined }): Promise<Suspects>;
  /** Groups of pictures that are alike, `near` or more unless told otherwise. */
  duplicates(
    table: string,
    options?: PageOptions & { readonly band?: Band | undefined },
  ): Promise<Duplicates>;
  /** Remembers that pictures are no duplicates of each other. */
  notDuplicates(table: string, ids: readonly string[], options?: CallOptions): Promise<void>;
  /** Gives all pictures labels, and keeps these with the table under the name `save`. */
  label(
    table: string,
    options: CallOptions & {
      readonly labels: readonly LabelInput[];
      readonly templates?: readonly string[] | undefined;
      readonly save: string;
    },
  ): Promise<TableLabelling>;
  /** What is known of at most 10,000 pictures, a line each, as a file to keep. */
  export(
    table: string,
    ids: readonly string[],
    options: CallOptions & { readonly format: "csv" | "jsonl" },
  ): Promise<Blob>;
}

export function tableClient(server: string | URL, transport: Transport): TableClient {
  const pathOf = (table: string) => `/v1/tables/${encodeURIComponent(table)}`;
  const imageOf = (table: string, id: string) => `${pathOf(table)}/images/${encodeURIComponent(id)}`;
  return {
    async list({ signal } = {}) {
      return (await transport.json<{ data: Table[] }>("/v1/tables", { signal })).data;
    },
    async get(table, { signal } = {}) {
      return transport.json(pathOf(table), { signal });
    },
    async images(table, { signal, ...query } = {}) {
      return (await transport.json<{ data: TableImage[] }>(`${pathOf(table)}/images`, { query, signal }))
        .data;
    },
    async labelCounts(table, { signal, ...query } = {}) {
      return transport.json(`${pathOf(table)}/label-counts`, { query, signal });
    },
    async image(table, id, { signal } = {}) {
      return transport.file(`${imageOf(table, id)}/content`, { signal });
    },
    async thumbnail(table, id, { side, signal } = {}) {
      return transport.file(`${imageOf(table, id)}/thumbnail`, { query: { side }, signal });
    },
    thumbnailAddress(table, id, side = 256) {
      return `${String(server).replace(/\/+$/, "")}${imageOf(table, id)}/thumbnail?side=${side}`;
    },
    async ids(table, { signal, ...query } = {}) {
      const response = await transport.send(`${pathOf(table)}/ids`, { query, signal });
      const version = Number(response.headers.get("table-version"));
      const bytes = await bodyOf(response, () => response.arrayBuffer(), signal);
      return { version, ids: hexOf(new Uint8Array(bytes)) };
    },
    async rank(table, { signal, ...body }) {
      const answer = await transport.json<EncodedRanking>(`${pathOf(table)}/rank`, {
        method: "POST",
        body,
        signal,
      });
      const { best, scores, similarities, given, ...told } = answer;
      return {
        ...told,
        best: wholesOf(best),
        scores: floatsOf(scores),
        ...(similarities !== undefined && { similarities: floatsOf(similarities) }),
        given: wholesOf(given),
      };
    },
    async giveLabels(table, labels, { signal } = {}) {
      const call = { method: "PUT", body: { labels }, signal } as const;
      return (await transport.json<{ before: GivenLabel[] }>(`${pathOf(table)}/given-labels`, call)).before;
    },
    async suspects(table, { signal, ...query } = {}) {
      return transport.json(`${pathOf(table)}/suspects`, { query, signal });
    },
    async duplicates(table, { signal, ...query } = {}) {
      return transport.json(`${pathOf(table)}/duplicates`, { query, signal });
    },
    async notDuplicates(table, ids, { signal } = {}) {
      await transport.send(`${pathOf(table)}/not-duplicates`, { method: "POST", body: { ids }, signal });
    },
    async label(table, { signal, ...body }) {
      return transport.json(`${pathOf(table)}/labelling`, { method: "POST", body, signal });
    },
    async export(table, ids, { format, signal }) {
      const call = { method: "POST", body: { ids, format }, signal } as const;
      return transport.file(`${pathOf(table)}/export`, call);
    },
  };
}

type Arrays = "best" | "scores" | "similarities" | "given";

interface EncodedRanking extends Omit<Ranking, Arrays> {
  readonly best: string;
  readonly scores: string;
  readonly similarities?: string;
  readonly given: string;
}

const ID_BYTES = 32;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Written out, as a table has a hundred thousand. */
function hexOf(bytes: Uint8Array): string[] {
  const ids = new Array<string>(bytes.length / ID_BYTES);
  for (let at = 0; at < ids.length; at++) {
    let id = "";
    for (let place = at * ID_BYTES; place < (at + 1) * ID_BYTES; place++) id += HEX[bytes[place]!]!;
    ids[at] = id;
  }
  return ids;
}
