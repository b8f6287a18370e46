import { Command } from "commander";
import { createClassifier } from "../../classify/classifier.js";
import { loadModel } from "../../encoder/load.js";
import { explain } from "../../explain/explain.js";
import { labelSet } from "../../labels/set/label-set.js";
import { BUILT_IN, BUILT_IN_BEST, BUILT_IN_LIMITS } from "../../model/built-in.js";
import type { ImageRow } from "../../rows/dataset.js";
import { openSamples } from "../flags/samples.js";
import { accuracyCounter, accuracyText } from "../output/accuracy.js";
import { writeExplanation } from "../output/explain-recipe.js";
import { scoreText } from "../output/prediction-text.js";
import { tableLines } from "../terminal/table.js";
import { type ColouredText, colour, type Terminal } from "../terminal/terminal.js";

const NEXT = `
Next, with pictures and labels of your own:
  nearlabel demo --page
  nearlabel classify photo.jpg --labels cat,dog,bird
  nearlabel classify photos/ --labels labels.txt --top 1 --sort-into sorted/
  nearlabel explain photo.jpg --labels cat,dog,bird --original
  nearlabel labels build animals/ --labels labels.txt
  nearlabel --help

In a clone without a global install, nearlabel is: node dist/bundle/nearlabel.js
${BUILT_IN_BEST}
${BUILT_IN_LIMITS}
For work that matters choose one from nearlabel models: --model openai/clip-vit-base-patch32, or a folder; see
docs/models.md. The samples show the program at work; they measure nothing.
`;

export function demoCommand(terminal: Terminal): Command {
  return new Command("demo")
    .description("Watch the whole recipe on one sample picture, then classify all of them.")
    .option("--page", "do it in the browser: serves the page on the samples until Ctrl-C, and opens it")
    .action(async ({ page }: { page?: true }) => {
      if (!page) return demo(terminal);
      // With the server, which is loaded only when it is used.
      const { demoPage } = await import("../serve/demo-page.js");
      return demoPage(terminal);
    });
}

async function demo(terminal: Terminal): Promise<void> {
  const { stdout, signal } = terminal;
  const samples = await openSamples();
  const labels = labelSet(samples.labels ?? []);
  await using model = await loadModel(BUILT_IN, { signal });
  await using classifier = await createClassifier({ labels, model, signal });
  const rows: ImageRow[] = [];
  for await (const row of samples.rows()) rows.push(row);
  stdout.write(
    `${colour(stdout, "bold", "Zero-shot image classification with vector search, step by step")}\n`,
  );
  const explanation = await explain(rows[0]!.image, labels, model, { signal });
  writeExplanation(explanation, { row: rows[0]!, dataset: samples }, terminal);

  stdout.write(
    `\n${colour(stdout, "bold", `All ${rows.length} samples against all ${labels.length} labels`)}\n\n`,
  );
  const accuracy = accuracyCounter(undefined);
  const lines: (string | ColouredText)[][] = [];
  for (const [at, result] of (await classifier.classify(rows, { signal })).entries()) {
    const truth = rows[at]!.label;
    accuracy.count(result, truth);
    const best = result.predictions?.[0];
    const right = best?.label === truth;
    lines.push([
      "",
      colour(stdout, right ? "green" : "yellow", right ? "✓" : "✗"),
      String(result.id),
      best ? best.label : (result.error?.message ?? ""),
      best ? scoreText(best.score) : "",
    ]);
  }
  const columns = [
    { header: "" },
    { header: "" },
    { header: "picture" },
    { header: "nearest label" },
    { header: "score", align: "right" },
  ] as const;
  stdout.write(`${tableLines(columns, lines).join("\n")}\n\n${accuracyText(accuracy, 5)}\n${NEXT}`);
}
