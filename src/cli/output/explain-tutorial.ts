import type { Explanation } from "../../explain/explanation.js";
import type { TutorialCost, TutorialExplanation } from "../../explain/tutorial.js";
import { counted } from "../../math/number-text.js";
import { createPage, type Page, range } from "../terminal/page.js";
import { tableLines } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import type { Subject } from "./explain-recipe.js";

const NEIGHBOURS = 10;

/** The tutorial's arithmetic as published beside the right one: for the picture at hand, then over a data set. */
export function writeTutorial(
  explanation: Explanation,
  tutorial: TutorialExplanation,
  cost: TutorialCost,
  subject: Subject,
  terminal: Terminal,
): void {
  const page = createPage(terminal);
  terminal.stdout.write("\nThe tutorial's arithmetic as published, beside the right one\n");
  page.step("What differs", "in the same model, on the same picture");
  page.values({
    labels: "divided by the norm of their column in place of their own; underscores kept in the prompts",
    picture: "not normalised",
    distance: "squared L2 in place of cosine",
  });
  pictureStep(explanation, tutorial, subject, page);
  accuracyStep(cost, subject, page);
}

function pictureStep(
  { labels, predictions, imageNorm }: Explanation,
  { labelSquares, imageSquare, distances, ranking }: TutorialExplanation,
  { row: { id } }: Subject,
  page: Page,
): void {
  page.step("Nearest labels", `of ${id}`);
  page.values({
    "label vectors": `length ${range(labelSquares.map(Math.sqrt))}`,
    "image vector": `length ${imageNorm.toFixed(4)}, squared ${imageSquare.toFixed(2)}: most of every distance`,
    distances: `${range(distances)} over all ${labels.length} labels, so almost alike; the tutorial's model, ViT-L/14, gave about 450`,
  });
  const right = { align: "right" } as const;
  const columns = [
    { header: "", ...right },
    { header: "the right way" },
    { header: "similarity", ...right },
    { header: "  as published" },
    { header: "distance", ...right },
  ];
  const rows = predictions.slice(0, NEIGHBOURS).map(({ label, similarity }, place) => {
    const other = ranking[place]!;
    return [
      String(place + 1),
      label,
      similarity.toFixed(4),
      `  ${labels[other]!.label}`,
      distances[other]!.toFixed(4),
    ];
  });
  page.lines(["", ...tableLines(columns, rows)]);
}

function accuracyStep(
  { pictures, right, rightAsPublished, leftOut, failures }: TutorialCost,
  { dataset }: Subject,
  page: Page,
): void {
  const counts = [
    counted(pictures, "picture"),
    ...(leftOut > 0 ? [`${leftOut} without one of the labels left out`] : []),
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
  ];
  page.step("Accuracy", `over ${dataset.name}, acc@1: ${counts.join(", ")}`);
  const share = (count: number) =>
    pictures === 0 ? "not known" : `${((100 * count) / pictures).toFixed(2)} %`;
  page.values({ "the right way": share(right), "as published": share(rightAsPublished) });
}
