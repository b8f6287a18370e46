import { readFileSync } from "node:fs";
import { parseCsv } from "../../files/csv.js";
import { packagePath } from "../../files/package-files.js";
import { BUILT_IN } from "../built-in.js";

/** An accuracy that was measured. */
export interface Accuracy {
  readonly dataset: string;
  readonly metric: "acc@1" | "acc@5";
  /** 0 to 1. */
  readonly value: number;
  /** Who measured it; other prompts give other figures, so compare those of one source. */
  readonly source: string;
}

/** A model that can be loaded by name. */
export interface ModelSummary {
  /** What `loadModel` takes: `mini`, or the id that the model was published under. */
  readonly id: string;
  /** Repository of the hub with its ONNX export; undefined for the built-in model. */
  readonly repo?: string;
  readonly family: string;
  readonly parameters: number;
  /** Of the files in fp32: counted for the built-in model, four bytes a parameter for the others. */
  readonly bytes: number;
  /** In pixels; the picture is square. */
  readonly imageSize: number;
  readonly dimension: number;
  /** Zero-shot. */
  readonly accuracy: readonly Accuracy[];
}

/** Measured with the prompt `a photo of a {}`: models/mini/README.md has the commands. */
const builtIn: ModelSummary = {
  id: BUILT_IN,
  family: "CLIP",
  parameters: 9_799_408,
  bytes: 19_979_855,
  imageSize: 224,
  dimension: 256,
  accuracy: [
    { dataset: "CIFAR-10 test", metric: "acc@1", value: 0.804, source: "nearlabel, first 500 pictures" },
    { dataset: "CIFAR-100 test", metric: "acc@1", value: 0.4441, source: "nearlabel" },
    { dataset: "CIFAR-100 test", metric: "acc@5", value: 0.7268, source: "nearlabel" },
  ],
};

/** Columns of `models/published.csv` with an accuracy in percent; docs/models.md tells the sources. */
const accuracyColumns = {
  imagenet: "ImageNet validation",
  cifar10: "CIFAR-10 test",
  cifar100: "CIFAR-100 test",
} as const;

type Row = Readonly<Record<string, string>>;

let published: readonly ModelSummary[] | undefined;

/** The models that are known by name. Any folder, and any repository of the hub with such a folder, can be loaded too. */
export function listModels(): readonly ModelSummary[] {
  published ??= readPublished();
  return [builtIn, ...published];
}

/** The repository with the ONNX export of a model that was published as `id`, where that is another. */
export function exportOf(id: string): string | undefined {
  const repo = listModels().find((model) => model.id === id)?.repo;
  return repo === id ? undefined : repo;
}

function readPublished(): ModelSummary[] {
  const text = readFileSync(packagePath("models/published.csv"), "utf8");
  const [header, ...records] = parseCsv(text, "models/published.csv", "INTERNAL", true);
  const rows: Row[] = records.map(({ cells }) =>
    Object.fromEntries(header!.cells.map((column, at) => [column, cells[at]!])),
  );
  return rows.map((row) => {
    const parameters = Math.round(Number(row.parameters_m) * 1e6);
    return {
      id: row.id!,
      repo: row.repo!,
      family: row.family!,
      parameters,
      bytes: parameters * 4,
      imageSize: Number(row.image_size),
      dimension: Number(row.dimension),
      accuracy: accuraciesOf(row),
    };
  });
}

function accuraciesOf(row: Row): Accuracy[] {
  return Object.entries(accuracyColumns).flatMap(([column, dataset]) => {
    const percent = row[column];
    if (!percent) return [];
    // Rounded, because dividing by 100 leaves digits that were not measured.
    const value = Number((Number(percent) / 100).toFixed(4));
    return [{ dataset, metric: "acc@1" as const, value, source: row.source! }];
  });
}
