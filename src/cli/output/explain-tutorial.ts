import type { Model } from "../../encoder/model.js";
import type { EmbeddedRow } from "../../encoder/rows/embed-rows.js";
import { embedRows } from "../../encoder/rows/embed-rows.js";
import type { NearlabelError } from "../../errors.js";
import { printable } from "../../files/printable.js";
import { DEFAULT_TEMPLATES, promptsOf } from "../../labels/prompts/templates.js";
import type { Label } from "../../labels/set/label.js";
import { type Matrix, normaliseRows, row } from "../../math/matrix.js";
import { topK } from "../../math/top-k.js";
import { norm, normalise } from "../../math/vector.js";
import type { ImageRow } from "../../rows/dataset.js";
import { similaritiesTo } from "../../scoring/similarities.js";
import { embedOriginalLabels, squaredDistances } from "../../scoring/tutorial.js";
import { createPage, type Page, range } from "../terminal/page.js";
import { startProgress } from "../terminal/progress.js";
import { tableLines } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import type { Subject } from "./explain-recipe.js";

const NEIGHBOURS = 10;

/** Class embeddings of both ways: unit length against columns of unit length, class names against bare labels. */
interface BothWays {
  readonly labels: readonly Label[];
  readonly right: Matrix;
  readonly original: Matrix;
}

/** The tutorial's arithmetic as published beside the right one: for the picture at hand, then over a data set. */
export async function explainOriginal(
  subject: Subject,
  model: Model,
  limit: number,
  terminal: Terminal,
): Promise<void> {
  const both = await embedBothWays(subject.labels, model);
  const page = createPage(terminal);
  terminal.stdout.write("\nThe tutorial's arithmetic as published, beside the right one\n");
  page.step("What differs", "in the same model, on the same picture");
  page.values({
    labels: "divided by the norm of their column in place of their own; underscores kept in the prompts",
    picture: "not normalised",
    distance: "squared L2 in place of cosine",
  });
  await comparePicture(subject.row, both, model, page);
  await compareAccuracy(subject, both, model, limit, page, terminal);
}

async function embedBothWays(labels: readonly Label[], model: Model): Promise<BothWays> {
  const encode = async (texts: readonly string[]) => model.encodeTokens(model.tokenize(texts));
  const right = normaliseRows(await encode(labels.map((label) => promptsOf(label, DEFAULT_TEMPLATES)[0]!)));
  return { labels, right, original: await embedOriginalLabels(model, labels) };
}

async function comparePicture(
  picture: ImageRow,
  { labels, right, original }: BothWays,
  model: Model,
  page: Page,
) {
  const raw = row(await model.encodePixels(await model.preprocess([picture.image])), 0);
  const similarities = similaritiesTo(normalise(raw), right);
  const distances = squaredDistances(raw, original);
  page.step("Nearest labels", `of ${printable(String(picture.id))}`);
  page.values({
    "label vectors": `length ${range(Array.from({ length: original.rows }, (_, at) => norm(row(original, at))))}`,
    "image vector": `length ${norm(raw).toFixed(4)}, squared ${(norm(raw) ** 2).toFixed(2)}: most of every distance`,
    distances: `${range(distances)} over all ${labels.length} labels, so almost alike; the tutorial's model, ViT-L/14, gave about 450`,
  });
  const nearest = topK(similarities, NEIGHBOURS);
  const nearestOriginal = topK(
    distances.map((distance) => -distance),
    NEIGHBOURS,
  );
  const right2 = { align: "right" } as const;
  page.lines([
    "",
    ...tableLines(
      [
        { header: "", ...right2 },
        { header: "the right way" },
        { header: "similarity", ...right2 },
        { header: "  as published" },
        { header: "distance", ...right2 },
      ],
      nearest.map((at, place) => {
        const other = nearestOriginal[place]!;
        return [
          String(place + 1),
          printable(labels[at]!.label),
          similarities[at]!.toFixed(4),
          `  ${printable(labels[other]!.label)}`,
          distances[other]!.toFixed(4),
        ];
      }),
    ),
  ]);
}

async function compareAccuracy(
  { dataset, labels }: Subject,
  both: BothWays,
  model: Model,
  limit: number,
  page: Page,
  terminal: Terminal,
): Promise<void> {
  const known = new Set(labels.map(({ label }) => label));
  const size = Math.min(limit, dataset.size ?? limit);
  const progress = startProgress(terminal, "pictures", size);
  const counts = { pictures: 0, right: 0, original: 0 };
  const rows = usableRows(dataset.rows({ end: limit }), known);
  for await (const picture of embedRows(model, rows, { signal: terminal.signal })) {
    if (!picture.error) countPicture(picture, both, counts);
    progress.update(counts.pictures);
  }
  progress.clear();
  if (counts.pictures === 0) return;
  const share = (right: number) => `${((100 * right) / counts.pictures).toFixed(2)} %`;
  page.step("Accuracy", `over ${counts.pictures} pictures of ${dataset.name}, acc@1`);
  page.values({ "the right way": share(counts.right), "as published": share(counts.original) });
}

async function* usableRows(
  rows: AsyncIterable<ImageRow>,
  known: ReadonlySet<string>,
): AsyncGenerator<ImageRow> {
  for await (const row of rows) if (row.label !== undefined && known.has(row.label)) yield row;
}

function countPicture(
  { row: { label }, embedding, norm }: Exclude<EmbeddedRow, { error: NearlabelError }>,
  { labels, right, original }: BothWays,
  counts: { pictures: number; right: number; original: number },
): void {
  const nearest = topK(similaritiesTo(embedding, right), 1)[0]!;
  const raw = embedding.map((value) => value * norm);
  const nearestOriginal = topK(
    squaredDistances(raw, original).map((distance) => -distance),
    1,
  )[0]!;
  counts.pictures++;
  if (labels[nearest]!.label === label) counts.right++;
  if (labels[nearestOriginal]!.label === label) counts.original++;
}
