import type { JsonObject } from "../../files/json.js";
import { parseOpenClipPreprocessing } from "../../image/preprocess/open-clip-preprocessing.js";
import { type Preprocessing, parsePreprocessing } from "../../image/preprocess/preprocessing.js";
import { type ModelConfig, parseModelConfig } from "../config/config.js";
import type { Family } from "../config/families.js";
import { parseOpenClipConfig } from "../config/open-clip-config.js";

/** Names of a model's graphs, relative to its folder. */
export interface GraphNames {
  readonly vision: string;
  readonly text: string;
  /** One graph with both towers, in place of the two or beside them. */
  readonly both: string | undefined;
}

/** A way to lay out a model's files in a folder, and what stands in them. Paths are relative, with `/`. */
export interface Layout {
  readonly config: string;
  readonly preprocessor: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
  /** @param suffix as in `suffixOf` */
  graphs(suffix: string): GraphNames;
  /** @param tokenizerClass of `tokenizer_config.json` */
  parseConfig(json: JsonObject, file: string, tokenizerClass: string | undefined): ModelConfig;
  parsePreprocessing(json: JsonObject, file: string, family: Family): Preprocessing;
}

/** What a model folder holds, for messages. */
export const layoutsText =
  "A model folder holds config.json, preprocessor_config.json, tokenizer.json, and onnx/vision_model.onnx with " +
  "onnx/text_model.onnx, or onnx/model.onnx with both towers (the layout of transformers.js exports); or config.json, " +
  "visual/model.onnx, visual/preprocess_cfg.json, textual/model.onnx and textual/tokenizer.json (open_clip's).";

/** The folders of exports for transformers.js. */
const transformersLayout: Layout = {
  config: "config.json",
  preprocessor: "preprocessor_config.json",
  tokenizer: "tokenizer.json",
  tokenizerConfig: "tokenizer_config.json",
  graphs: (suffix) => ({
    vision: `onnx/vision_model${suffix}.onnx`,
    text: `onnx/text_model${suffix}.onnx`,
    both: `onnx/model${suffix}.onnx`,
  }),
  parseConfig: parseModelConfig,
  // jina-clip's processor took over the keys of open_clip.
  parsePreprocessing: (json, file, { preprocessing }) =>
    "resize_mode" in json || "interpolation" in json
      ? parseOpenClipPreprocessing(json, file)
      : parsePreprocessing(json, file, preprocessing),
};

/** The folders of open_clip's models as Immich exports them. */
const openClipLayout: Layout = {
  config: "config.json",
  preprocessor: "visual/preprocess_cfg.json",
  tokenizer: "textual/tokenizer.json",
  tokenizerConfig: "textual/tokenizer_config.json",
  graphs: (suffix) => ({
    vision: `visual/model${suffix}.onnx`,
    text: `textual/model${suffix}.onnx`,
    both: undefined,
  }),
  parseConfig: parseOpenClipConfig,
  parsePreprocessing: parseOpenClipPreprocessing,
};

/** The layout that the files are in: that of transformers.js where nothing speaks for the other. */
export function layoutOf(paths: readonly string[]): Layout {
  return paths.some((path) => path.startsWith("visual/") || path.startsWith("textual/"))
    ? openClipLayout
    : transformersLayout;
}
