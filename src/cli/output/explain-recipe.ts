import type { Explanation, Padding, Token } from "../../explain/explanation.js";
import { printable } from "../../files/printable.js";
import { row } from "../../math/matrix.js";
import { norm } from "../../math/vector.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { createPage, firstNumbers, type Page, range } from "../terminal/page.js";
import { drawPicture } from "../terminal/picture.js";
import { bar, tableLines } from "../terminal/table.js";
import { colour, type Terminal } from "../terminal/terminal.js";
import { scoreText } from "./prediction-text.js";

/** What is explained: where the picture comes from. */
export interface Subject {
  readonly row: ImageRow;
  readonly dataset: Dataset;
}

const NEIGHBOURS = 10;

/** The whole recipe, in the order of the tutorial that it comes from, each step with its values. */
export function writeExplanation(explanation: Explanation, subject: Subject, terminal: Terminal): void {
  const page = createPage(terminal);
  labelStep(explanation, subject.dataset, page);
  promptStep(explanation, page);
  tokenStep(explanation, page);
  textSteps(explanation, page);
  tableStep(explanation, page);
  pictureStep(explanation, subject.row, page, terminal);
  inputStep(explanation, page);
  imageStep(explanation, page);
  searchStep(explanation, subject.row, page, terminal);
}

function labelStep({ labels }: Explanation, dataset: Dataset, page: Page): void {
  page.step("Labels", "the names that a picture may get; any words will do");
  page.values({
    "data set": `${dataset.name}, ${dataset.size ?? "an unknown number of"} pictures`,
    labels: `${labels.length}: ${someOf(labels.map(({ label }) => label))}`,
    "class names": someOf(labels.map(({ className }) => className)),
  });
}

function promptStep({ templates, prompts }: Explanation, page: Page): void {
  page.step("Prompts", "the model learned from captions, so a class name is put into a sentence");
  page.values({
    template: someOf(templates, 3),
    prompts: someOf(
      prompts.map(({ text }) => text),
      3,
    ),
  });
}

function tokenStep({ prompts, padding }: Explanation, page: Page): void {
  page.step("Tokens", "each prompt as numbers, padded to the longest");
  const shape = `${prompts.length} x ${padding.length}`;
  page.values({ input_ids: shape, attention_mask: shape });
  const longest = prompts.findIndex(({ tokens }) => tokens.length === padding.length);
  for (const at of new Set([0, Math.max(0, longest)])) {
    const { text, tokens } = prompts[at]!;
    page.lines(["", `"${printable(text)}"`, ...tokenLines(tokens, padding)]);
  }
}

function tokenLines(tokens: readonly Token[], padding: Padding): string[] {
  const pads = Array.from({ length: padding.length - tokens.length }, () => ({ ...padding, mask: 0 }));
  const own = tokens.map((token) => ({ ...token, mask: 1 }));
  const all = padding.side === "left" ? [...pads, ...own] : [...own, ...pads];
  const columns = [
    { header: "" },
    { header: "" },
    ...all.map(() => ({ header: "", align: "right" }) as const),
  ];
  return tableLines(columns, [
    ["", "text", ...all.map(({ text }) => text)],
    ["", "ids", ...all.map(({ id }) => String(id))],
    ["", "mask", ...all.map(({ mask }) => String(mask))],
  ]);
}

function textSteps({ textEmbeddings, textNorms, classEmbeddings }: Explanation, page: Page): void {
  const { rows, columns } = textEmbeddings;
  page.step("Text embeddings", "the text tower turns each prompt into one vector");
  page.values({
    shape: `${rows} x ${columns}`,
    first: firstNumbers(row(textEmbeddings, 0).map((value) => value * textNorms[0]!)),
    lengths: range(textNorms),
  });
  page.step("Unit length", "each vector divided by its own length, so that only directions are compared");
  page.values({
    first: firstNumbers(row(classEmbeddings, 0)),
    lengths: range(Array.from({ length: classEmbeddings.rows }, (_, at) => norm(row(classEmbeddings, at)))),
  });
}

function tableStep({ labels, classEmbeddings, table: { columns, info } }: Explanation, page: Page): void {
  page.step("LanceDB table", "the label index: one row a label, on disk; this one was removed again");
  const types = columns.map(({ name, type }) =>
    type === "vector" ? `${name}: float32[${info.dimension}]` : `${name}: ${type}`,
  );
  page.values({
    columns: types.join(", "),
    rows: String(info.count),
    "first row": `${labels[0]!.label}, ${firstNumbers(row(classEmbeddings, 0), 3)}`,
    model: `${info.model}, fingerprint ${info.fingerprint.slice(0, 19)}...`,
  });
}

function pictureStep(
  { picture: { width, height, cropped } }: Explanation,
  { id, label }: ImageRow,
  page: Page,
  terminal: Terminal,
): void {
  page.step("Picture", label === undefined ? "to be named" : `known to be: ${label}`);
  page.values({ id: String(id), size: `${width} x ${height} pixels` });
  page.lines(drawPicture(cropped, terminal));
}

function inputStep({ picture: { resized, cropped, normalised } }: Explanation, page: Page): void {
  page.step("Model input", "resized, cropped and normalised exactly as in training");
  page.values({
    resized: `${resized.width} x ${resized.height}`,
    cropped: `${cropped.width} x ${cropped.height}`,
    shape: `1 x 3 x ${normalised.height} x ${normalised.width}`,
    values: range(normalised.data),
    first: firstNumbers(normalised.data),
  });
}

function imageStep({ imageEmbedding, imageNorm }: Explanation, page: Page): void {
  page.step("Image embedding", "the image tower turns the picture into a vector of the same space");
  page.values({
    shape: `1 x ${imageEmbedding.length}`,
    first: firstNumbers(imageEmbedding.map((value) => value * imageNorm)),
    length: imageNorm.toFixed(4),
    "at unit length": firstNumbers(imageEmbedding),
  });
}

function searchStep(
  { predictions, model: { scoring } }: Explanation,
  picture: ImageRow,
  page: Page,
  { stdout }: Terminal,
): void {
  const nearest = predictions.slice(0, NEIGHBOURS);
  const { scoreFunction, logitScale, logitBias } = scoring;
  const bias = logitBias === 0 ? "" : ` ${logitBias < 0 ? "-" : "+"} ${Math.abs(logitBias)}`;
  page.step(
    "Vector search",
    `the ${nearest.length} nearest labels by cosine; score = ${scoreFunction}(${logitScale} x similarity${bias})`,
  );
  const rows = nearest.map(({ rank: place, label, similarity, distance, score }) => [
    "",
    String(place),
    label === picture.label ? colour(stdout, ["bold", "green"], label) : label,
    similarity.toFixed(4),
    distance.toFixed(4),
    scoreText(score),
    colour(stdout, "cyan", bar(score, 20)),
  ]);
  const columns = [
    { header: "" },
    { header: "", align: "right" },
    { header: "label" },
    { header: "similarity", align: "right" },
    { header: "distance", align: "right" },
    { header: "score", align: "right" },
    { header: "" },
  ] as const;
  page.lines(tableLines(columns, rows));
}

/** The first few, and that there are more. */
function someOf(texts: readonly string[], count = 5): string {
  return texts.slice(0, count).join(", ") + (texts.length > count ? ", ..." : "");
}
