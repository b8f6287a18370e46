import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { automaticOrder, checkDtype, type Dtype, dtypes, suffixOf } from "../../onnx/dtype.js";
import type { QuantizedFiles } from "../quantized/quantized-files.js";
import { type GraphNames, type Layout, layoutOf, layoutsText } from "./layouts.js";

/** Full paths of a model's files. `text` and `vision` are the same file where one graph holds both towers. */
export interface ModelFiles {
  readonly layout: Layout;
  /** Precision of the weights in `text` and `vision`. */
  readonly dtype: Dtype;
  readonly config: string;
  readonly preprocessor: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
  readonly text: string;
  readonly vision: string;
  /** The graph with both towers: in use, or beside those in use, if need be in fp32, where it may not have been downloaded. */
  readonly both: string | undefined;
  /** Every file that the embeddings depend on, relative to the folder, with `/`; sorted. */
  readonly fingerprinted: readonly string[];
  /** Those of `fingerprinted` that only texts need: the text tower, where it is a graph of its own. */
  readonly textOnly: readonly string[];
  /** Those of `fingerprinted` that were made here, and cannot be fetched. */
  readonly made: readonly string[];
}

/**
 * The files of the model whose weights have the given precision, `auto` for the best trade that there is, of the `paths` that are in `folder` or can be brought
 * there. Separate towers are preferred to one graph with both, which runs both for every text and every picture.
 * @param quantized weights that were made here; they go before others in q8
 * @throws NearlabelError MODEL_FILE_MISSING, OPTION_INVALID
 */
export function findModelFiles(
  folder: string,
  paths: readonly string[],
  wanted = "fp32",
  quantized?: QuantizedFiles,
): ModelFiles {
  checkDtype(wanted);
  const layout = layoutOf(paths);
  const published = new Set(paths);
  const dtype = wanted === "auto" ? automaticDtype(layout, published, quantized) : wanted;
  const made = suffixOf(dtype) === suffixOf("q8") ? quantized : undefined;
  const present = made ? new Set([...paths, ...made.proof.files.map(({ path }) => path)]) : published;
  const towers = towersIn(layout, present, dtype);
  if (!towers) throw missingGraphs(folder, layout, present, dtype);
  const { config, preprocessor, tokenizer, tokenizerConfig } = layout;
  for (const name of [config, preprocessor, tokenizer]) {
    if (!present.has(name)) {
      throw new NearlabelError(
        "MODEL_FILE_MISSING",
        `${missingFile(folder, name)} is missing. ${layoutsText}`,
      );
    }
  }
  const ofText = [...present].filter((path) => isPartOf(towers.text, path)).sort();
  const ofVision = [...present].filter((path) => isPartOf(towers.vision, path));
  const weightsFolder = made?.folder ?? folder;
  const exact = towersIn(layout, present, "fp32")?.both;
  const optional = present.has(tokenizerConfig) ? [tokenizerConfig] : [];
  return {
    layout,
    dtype,
    config: join(folder, config),
    preprocessor: join(folder, preprocessor),
    tokenizer: join(folder, tokenizer),
    tokenizerConfig: join(folder, tokenizerConfig),
    text: join(weightsFolder, towers.text),
    vision: join(weightsFolder, towers.vision),
    both: towers.both ? join(weightsFolder, towers.both) : exact && join(folder, exact),
    fingerprinted: [
      ...new Set([config, preprocessor, tokenizer, ...optional, ...ofText, ...ofVision]),
    ].sort(),
    textOnly: made ? [] : ofText.filter((path) => !ofVision.includes(path)),
    made: made ? [...ofText, ...ofVision] : [],
  };
}

/** fp32, for the error that names it, where there is none at all. */
function automaticDtype(layout: Layout, present: ReadonlySet<string>, quantized?: QuantizedFiles): Dtype {
  if (quantized) return "q8";
  return automaticOrder.find((dtype) => towersIn(layout, present, dtype)) ?? "fp32";
}

function towersIn(layout: Layout, present: ReadonlySet<string>, dtype: Dtype): GraphNames | undefined {
  const { text, vision, both } = layout.graphs(suffixOf(dtype));
  const whole = both !== undefined && present.has(both) ? both : undefined;
  if (present.has(text) && present.has(vision)) return { text, vision, both: whole };
  return whole === undefined ? undefined : { text: whole, vision: whole, both: whole };
}

/** A graph's own file, or one with the weights that it keeps outside: `model.onnx_data`, `model.onnx.data`. */
function isPartOf(graph: string, path: string): boolean {
  return path === graph || (path.startsWith(graph) && /^[._]data/.test(path.slice(graph.length)));
}

function missingGraphs(
  folder: string,
  layout: Layout,
  present: ReadonlySet<string>,
  dtype: Dtype,
): NearlabelError {
  const others = dtypes.filter((other) => towersIn(layout, present, other));
  if (others.length > 0) {
    return new NearlabelError(
      "MODEL_FILE_MISSING",
      `${folder} has no weights of dtype ${dtype}; it has ${others.join(", ")}. ` +
        `Ask for one of those, for instance dtype: "${others[0]}".`,
    );
  }
  const { vision, text } = layout.graphs(suffixOf(dtype));
  const missing = [vision, text].filter((name) => !present.has(name));
  return new NearlabelError(
    "MODEL_FILE_MISSING",
    `${missing.map((name) => missingFile(folder, name)).join(" and ")} missing. ${layoutsText}`,
  );
}

/** What a message calls a file that is not there. */
function missingFile(folder: string, name: string): string {
  const path = join(folder, name);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? `${path} (a link to ${readlinkSync(path)}, where there is no file)` : path;
}

/** Which towers are brought here at load. */
export type Towers = "both" | "vision";

/** The files that loading the model needs and that can be fetched, of those that it has. @throws NearlabelError as `findModelFiles` */
export function neededFiles(
  paths: readonly string[],
  dtype: string | undefined,
  towers: Towers,
  quantized?: QuantizedFiles,
): string[] {
  const { fingerprinted, textOnly, made } = findModelFiles("", paths, dtype, quantized);
  const others = new Set([...made, ...(towers === "vision" ? textOnly : [])]);
  return fingerprinted.filter((path) => !others.has(path));
}
