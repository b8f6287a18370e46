import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../../encoder/model.js";
import { printable } from "../../files/printable.js";
import { decodeImage } from "../../image/decode/decode.js";
import type { PixelBatch } from "../../image/preprocess/pixel-batch.js";
import { resizedSize, resizeForModel } from "../../image/preprocess/preprocess.js";
import type { RgbImage } from "../../image/source.js";
import { importLabelIndex } from "../../labels/index/build.js";
import { modelInfo } from "../../labels/index/index-info.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import { DEFAULT_TEMPLATES, promptsOf } from "../../labels/prompts/templates.js";
import type { Label } from "../../labels/set/label.js";
import { type Matrix, normaliseRows, row } from "../../math/matrix.js";
import { norm, normalise } from "../../math/vector.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { rank } from "../../scoring/scores.js";
import type { TokenBatch } from "../../tokens/token-batch.js";
import { createPage, firstNumbers, type Page, range } from "../terminal/page.js";
import { drawPicture } from "../terminal/picture.js";
import { bar, tableLines } from "../terminal/table.js";
import { colour, type Terminal } from "../terminal/terminal.js";
import { scoreText } from "./prediction-text.js";

/** What is explained: one picture, and the labels that it may have. */
export interface Subject {
  readonly row: ImageRow;
  readonly labels: readonly Label[];
  readonly dataset: Dataset;
}

const NEIGHBOURS = 10;

/** The whole recipe, in the order of the tutorial that it comes from, each step with its values. */
export async function explainRecipe(subject: Subject, model: Model, terminal: Terminal): Promise<void> {
  const { row: picture, labels } = subject;
  const decoded = await decodeImage(picture.image); // first, so that a picture that cannot be read is told at once
  const page = createPage(terminal);
  explainLabels(subject, page);
  const tokens = explainTokens(explainPrompts(labels, page), model, page);
  const classEmbeddings = await explainTextEmbeddings(tokens, model, page);
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
  try {
    await using index = await explainTable(folder, labels, classEmbeddings, model, page);
    const image = await explainImageEmbedding(
      await explainPicture(picture, decoded, model, page, terminal),
      model,
      page,
    );
    await explainSearch(index, image, picture, model, page, terminal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function explainLabels({ dataset, labels }: Subject, page: Page): void {
  page.step("Labels", "the names that a picture may get; any words will do");
  page.values({
    "data set": `${dataset.name}, ${dataset.size ?? "an unknown number of"} pictures`,
    labels: `${labels.length}: ${someOf(labels.map(({ label }) => label))}`,
    "class names": someOf(labels.map(({ className }) => className)),
  });
}

function explainPrompts(labels: readonly Label[], page: Page): string[] {
  const prompts = labels.map((label) => promptsOf(label, DEFAULT_TEMPLATES)[0]!);
  page.step("Prompts", "the model learned from captions, so a class name is put into a sentence");
  page.values({ template: DEFAULT_TEMPLATES[0]!, prompts: someOf(prompts, 3) });
  return prompts;
}

function explainTokens(prompts: readonly string[], model: Model, page: Page): TokenBatch {
  const tokens = model.tokenize(prompts);
  const { length } = tokens;
  page.step("Tokens", "each prompt as numbers, padded to the longest");
  page.values({ input_ids: `${tokens.texts} x ${length}`, attention_mask: `${tokens.texts} x ${length}` });
  const longest = longestPrompt(tokens);
  for (const at of new Set([0, longest])) {
    const ids = [...tokens.ids.subarray(at * length, (at + 1) * length)];
    const mask = [...tokens.attentionMask.subarray(at * length, (at + 1) * length)];
    const columns = [
      { header: "" },
      { header: "" },
      ...ids.map(() => ({ header: "", align: "right" }) as const),
    ];
    page.lines(["", `"${printable(prompts[at]!)}"`]);
    page.lines(
      tableLines(columns, [
        ["", "text", ...ids.map((id) => printable(model.tokenText(id)))],
        ["", "ids", ...ids.map(String)],
        ["", "mask", ...mask.map(String)],
      ]),
    );
  }
  return tokens;
}

function longestPrompt({ attentionMask, length, texts }: TokenBatch): number {
  for (let at = 0; at < texts; at++) if (attentionMask[(at + 1) * length - 1] === 1) return at;
  return 0;
}

async function explainTextEmbeddings(tokens: TokenBatch, model: Model, page: Page): Promise<Matrix> {
  const raw = await model.encodeTokens(tokens);
  page.step("Text embeddings", "the text tower turns each prompt into one vector");
  page.values({
    shape: `${raw.rows} x ${raw.columns}`,
    first: firstNumbers(row(raw, 0)),
    lengths: range(Array.from({ length: raw.rows }, (_, at) => norm(row(raw, at)))),
  });
  const unit = normaliseRows(raw);
  page.step("Unit length", "each vector divided by its own length, so that only directions are compared");
  page.values({
    first: firstNumbers(row(unit, 0)),
    lengths: range(Array.from({ length: unit.rows }, (_, at) => norm(row(unit, at)))),
  });
  return unit;
}

async function explainTable(
  folder: string,
  labels: readonly Label[],
  embeddings: Matrix,
  model: Model,
  page: Page,
): Promise<LabelIndex> {
  const index = await importLabelIndex(folder, {
    labels,
    embeddings,
    model: await modelInfo(model),
    templates: DEFAULT_TEMPLATES,
  });
  page.step("LanceDB table", "the label index: one row a label, on disk; this one is removed at the end");
  page.values({
    columns: `label: string, vector: float32[${index.info.dimension}]; class_name, prompts, parent, position`,
    rows: String(index.info.count),
    "first row": `${printable(labels[0]!.label)}, ${firstNumbers(row(embeddings, 0), 3)}`,
    folder: index.path,
    model: `${index.info.model}, fingerprint ${index.info.fingerprint.slice(0, 19)}...`,
  });
  return index;
}

async function explainPicture(
  picture: ImageRow,
  decoded: RgbImage,
  model: Model,
  page: Page,
  terminal: Terminal,
): Promise<PixelBatch> {
  page.step(
    "Picture",
    picture.label === undefined ? "to be named" : `known to be: ${printable(picture.label)}`,
  );
  const resized = resizedSize(decoded, model.preprocessing.resize);
  const seen = resizeForModel(decoded, model.preprocessing);
  page.values({
    id: printable(String(picture.id)),
    size: `${decoded.width} x ${decoded.height} pixels`,
  });
  page.lines(drawPicture(seen, terminal));
  const pixels = await model.preprocess([picture.image]);
  const { width, height } = model.imageSize;
  page.step("Model input", "resized, cropped and normalised exactly as in training");
  page.values({
    resized: `${resized.width} x ${resized.height}`,
    cropped: `${seen.width} x ${seen.height}`,
    shape: `1 x 3 x ${height} x ${width}`,
    values: range(pixels.data),
    first: firstNumbers(pixels.data),
  });
  return pixels;
}

async function explainImageEmbedding(pixels: PixelBatch, model: Model, page: Page): Promise<Float32Array> {
  const raw = row(await model.encodePixels(pixels), 0);
  const unit = normalise(raw);
  page.step("Image embedding", "the image tower turns the picture into a vector of the same space");
  page.values({
    shape: `1 x ${raw.length}`,
    first: firstNumbers(raw),
    length: norm(raw).toFixed(4),
    "at unit length": firstNumbers(unit),
  });
  return unit;
}

async function explainSearch(
  index: LabelIndex,
  image: Float32Array,
  picture: ImageRow,
  model: Model,
  page: Page,
  { stdout }: Terminal,
): Promise<void> {
  const [neighbours = []] = await index.search([image], index.info.count);
  const predictions = rank(
    Float64Array.from(neighbours, ({ similarity }) => similarity),
    neighbours.map(({ label }) => label),
    model.scoring,
    { topK: NEIGHBOURS },
  );
  page.step(
    "Vector search",
    `the ${predictions.length} nearest labels by cosine; score = softmax(${model.scoring.logitScale} x similarity)`,
  );
  const rows = predictions.map(({ rank: place, label, similarity, distance, score }) => [
    "",
    String(place),
    label === picture.label ? colour(stdout, ["bold", "green"], label) : label,
    similarity.toFixed(4),
    distance.toFixed(4),
    scoreText(score),
    colour(stdout, "cyan", bar(score, 20)),
  ]);
  page.lines(
    tableLines(
      [
        { header: "" },
        { header: "", align: "right" },
        { header: "label" },
        { header: "similarity", align: "right" },
        { header: "distance", align: "right" },
        { header: "score", align: "right" },
        { header: "" },
      ],
      rows,
    ),
  );
}

/** The first few, and that there are more. */
function someOf(texts: readonly string[], count = 5): string {
  return texts.slice(0, count).map(printable).join(", ") + (texts.length > count ? ", ..." : "");
}
