import { isDeepStrictEqual } from "node:util";
import { NearlabelError } from "../../errors.js";
import { tryParseJson } from "../../files/json.js";
import type { Label } from "../../labels/set/label.js";
import { createTable, openTable } from "../../store/database.js";
import type { Cell } from "../../store/rows.js";
import type { TableShape } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import type { ImageTable } from "../table/image-table.js";
import { type LabelSetVersion, labelSetPlace } from "./saved-label-set.js";
import type { TopLabels } from "./top-labels.js";

/** Labels of a picture that are kept with their similarities. */
export const KEPT_LABELS = 3;

const PLACES = Array.from({ length: KEPT_LABELS }, (_, at) => at + 1);

/**
 * What a label set said of each picture, beside the label set: the current labelling, and by the versions of this table all
 * before it. `docs/curation.md` describes it for readers in other languages.
 */
const LABELLING_TABLE: TableShape = {
  name: "labelling",
  key: "path",
  columns: {
    path: { type: "string" },
    /** Of the vector that was compared, as in the table of pictures. */
    checksum: { type: "string" },
    ...Object.fromEntries(
      PLACES.flatMap((place) => [
        [`label_${place}`, { type: "string" as const, nullable: true }],
        [`similarity_${place}`, { type: "float64" as const, nullable: true }],
      ]),
    ),
    /** Sum of exp(logit - largest logit) over all labels: with the similarities it gives the scores. */
    sum: { type: "float64" },
    /** Mean similarity over all labels. */
    mean: { type: "float64" },
  },
  vectors: false,
};

/** The key of the table's metadata; its value is a JSON object. */
const METADATA_KEY = "nearlabel";

/** How a labelling was made: with the same, a picture gets the same labels. */
export interface LabellingRecipe {
  readonly labelSet: LabelSetVersion;
  /** Labels in their order, each with the checksum of its class embedding. */
  readonly labels: readonly (readonly [label: string, checksum: string])[];
  readonly scoring: Readonly<Record<string, unknown>>;
  /** What was asked for beyond labels. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What was kept of some pictures, in the order of `paths`. */
export interface KeptLabels {
  readonly paths: readonly string[];
  readonly checksums: readonly string[];
  readonly top: TopLabels;
}

/** The table of labellings of one label set. */
export interface Labelling {
  /** How the labels that are there were made; undefined where there are none. */
  readonly recipe: LabellingRecipe | undefined;
  /** What is kept of all pictures. */
  read(): Promise<KeptLabels>;
  /** Keeps what a recipe gave for more pictures; with another recipe than before, the pictures from before are history. */
  add(recipe: LabellingRecipe, kept: KeptLabels, labels: readonly Label[]): Promise<void>;
  close(): void;
}

/** @throws NearlabelError `TABLE_INVALID` */
export async function openLabelling(images: ImageTable, name: string): Promise<Labelling> {
  const place = labelSetPlace(images, name);
  let table = await openTable(place, LABELLING_TABLE).catch(absent);
  let recipe = table && (await recipeOf(table));
  return {
    get recipe() {
      return recipe;
    },
    async read() {
      return keptOf((await table!.read()).columns, recipe!);
    },
    async add(wanted, kept, labels) {
      const rows = { columns: cellsOf(kept, labels) };
      if (table && isDeepStrictEqual(recipe, wanted)) {
        await table.upsert(rows);
        return;
      }
      table?.close();
      const metadata = new Map([[METADATA_KEY, JSON.stringify(wanted)]]);
      table = await createTable(place, LABELLING_TABLE, { rows, metadata, overwrite: true });
      recipe = wanted;
    },
    close: () => table?.close(),
  };
}

/**
 * How often each label came first in a version of a label set, whenever that was; without a version in the last one that was
 * used. Undefined where it was never used.
 */
export async function labellingCounts(
  images: ImageTable,
  { name, version }: { readonly name: string; readonly version?: number | undefined },
): Promise<Map<string, number> | undefined> {
  const place = labelSetPlace(images, name);
  const newest = await openTable(place, LABELLING_TABLE).catch(absent);
  if (!newest) return undefined;
  const versions = await newest.versions().finally(() => newest.close());
  for (const { version: at } of versions.reverse()) {
    const table = await openTable(place, LABELLING_TABLE, { version: at });
    try {
      const recipe = await recipeOf(table);
      if (version !== undefined && recipe?.labelSet.version !== version) continue;
      const { columns } = await table.read({ columns: ["label_1"] });
      return countsOf(columns.label_1 as readonly string[]);
    } finally {
      table.close();
    }
  }
  return undefined;
}

/** How often each value comes, most often first. */
export function countsOf(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) addTo(counts, value);
  return mostFirst(counts);
}

export function addTo(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

export function mostFirst(counts: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

async function recipeOf(table: Table): Promise<LabellingRecipe | undefined> {
  const { metadata } = await table.description();
  return tryParseJson(metadata.get(METADATA_KEY) ?? "") as LabellingRecipe | undefined;
}

function cellsOf({ paths, checksums, top }: KeptLabels, labels: readonly Label[]): Record<string, Cell[]> {
  const at = (row: number, place: number) => row * top.kept + place - 1;
  const column = (place: number, cell: (index: number) => Cell) =>
    Array.from(paths, (_, row) => (place > top.kept ? null : cell(at(row, place))));
  return {
    path: [...paths],
    checksum: [...checksums],
    ...Object.fromEntries(
      PLACES.flatMap((place) => [
        [`label_${place}`, column(place, (index) => labels[top.positions[index]!]!.label)],
        [`similarity_${place}`, column(place, (index) => top.similarities[index]!)],
      ]),
    ),
    sum: [...top.sums],
    mean: [...top.means],
  };
}

function keptOf(columns: Readonly<Record<string, readonly Cell[]>>, { labels }: LabellingRecipe): KeptLabels {
  const paths = columns.path as readonly string[];
  const kept = Math.min(KEPT_LABELS, labels.length);
  const places = new Map(labels.map(([label], position) => [label, position]));
  const positions = new Int32Array(paths.length * kept);
  const similarities = new Float64Array(paths.length * kept);
  for (let place = 0; place < kept; place++) {
    const [names, values] = [columns[`label_${place + 1}`]!, columns[`similarity_${place + 1}`]!];
    for (let row = 0; row < paths.length; row++) {
      positions[row * kept + place] = places.get(names[row] as string)!;
      similarities[row * kept + place] = values[row] as number;
    }
  }
  return {
    paths,
    checksums: columns.checksum as readonly string[],
    top: {
      rows: paths.length,
      kept,
      labels: labels.length,
      positions,
      similarities,
      sums: Float64Array.from(columns.sum as readonly number[]),
      means: Float64Array.from(columns.mean as readonly number[]),
    },
  };
}

function absent(error: unknown): undefined {
  if (error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND") return undefined;
  throw error;
}
