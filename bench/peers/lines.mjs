/** A process that answers each question, a line of JSON on stdin, with one on stdout. */
import { createInterface } from "node:readline";

/**
 * `begin` gets a model folder and labels, `classify` paths of photos, `encode`, which only our side has, a number of pictures;
 * the answer is how many milliseconds they took.
 */
export async function answerLines({ begin, classify, encode }) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { model, labels, photos, pictures } = JSON.parse(line);
    const started = performance.now();
    if (labels) await begin(model, labels);
    else if (pictures) await encode(pictures);
    else await classify(photos);
    process.stdout.write(`${JSON.stringify({ milliseconds: performance.now() - started })}\n`);
  }
}
