/**
 * Building a label index: what share of the time the text tower has, how fast it is there against its bare speed, and what
 * LanceDB's writing takes.
 *
 *   npm run build && node bench/labels/build.mjs [--model mini] [--labels 100000] [--json file]
 *
 * Bare speed is that of the same batches, tokenized already: as many texts of the same lengths, nothing around the runs. Both
 * take turns, part by part. Labels are names of one to six words, as long as those of ImageNet's synsets and longer.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { embedLabels, importLabelIndex, labelSet, loadModel } from "../../dist/index.js";
import { randomGenerator, uniformInt } from "../../dist/math/random.js";
import { argumentsOf, bar, machine, round, writeResult } from "../result.mjs";

const BARE_SPEED = 0.95;
const WRITING = 0.05;
const TEMPLATES = ["a photo of a {}"];
const BATCH = 64;
const CHUNK = 1024;
/** At least: the speed of a machine drifts within seconds. */
const TURNS = 16;
const WORDS =
  "red house grey wolf old ship steam engine garden flower river boat stone bridge night bird sea lion".split(
    " ",
  );

const { model: id = "mini", labels: given = "100000", json } = argumentsOf(["model", "labels"]);
const model = await loadModel(id);
const labels = labelSet(drawnNames(Number(given)));
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  await embedLabels(model, labels.slice(0, CHUNK), TEMPLATES);
  const embeddings = { data: new Float32Array(labels.length * model.dimension), rows: labels.length };
  let [building, bare] = [0, 0];
  const size = Math.min(CHUNK, BATCH * Math.ceil(labels.length / TURNS / BATCH));
  for (let start = 0; start < labels.length; start += size) {
    const part = labels.slice(start, start + size);
    building += await timed(async () => {
      embeddings.data.set((await embedLabels(model, part, TEMPLATES)).data, start * model.dimension);
    });
    // Tokenized after, as the tokenizer remembers words.
    const batches = batchesOf(part);
    bare += await timed(async () => {
      for (const batch of batches) await model.encodeTokens(batch);
    });
  }
  const info = { model: id, fingerprint: await model.identity.fingerprint(), ...model.scoring };
  const writing = await timed(async () => {
    const all = { ...embeddings, columns: model.dimension };
    await (await importLabelIndex(join(folder, "index"), { labels, embeddings: all, model: info })).close();
  });
  await model.close();
  const name = `labels-build ${basename(id)}`;
  await writeResult({ name, ...resultOf({ building, bare, writing }) }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function resultOf(milliseconds) {
  const { building, bare, writing } = milliseconds;
  const [speed, share] = [bare / building, writing / (building + writing)];
  const perSecond = round((1000 * labels.length) / building);
  const what = `${labels.length} labels, ${perSecond}/s`;
  return {
    bars: [
      bar(
        `${what}: of the text tower's bare speed`,
        `at least ${BARE_SPEED}`,
        speed,
        "",
        speed >= BARE_SPEED,
      ),
      bar(`${what}: LanceDB's share of the time`, `under ${WRITING}`, share, "", share < WRITING),
    ],
    figures: { milliseconds, machine: machine() },
  };
}

/** As `embedLabels` cuts a part of the labels: texts of like length share a batch. */
function batchesOf(part) {
  const texts = part.map(({ className }) => TEMPLATES[0].replace("{}", className));
  const lengths = new Map(texts.map((text) => [text, model.tokenize([text]).length]));
  texts.sort((a, b) => lengths.get(a) - lengths.get(b));
  const batches = [];
  for (let at = 0; at < texts.length; at += BATCH) batches.push(model.tokenize(texts.slice(at, at + BATCH)));
  return batches;
}

function drawnNames(count) {
  const generator = randomGenerator(1);
  const word = () => WORDS[uniformInt(generator, 0, WORDS.length - 1)];
  const name = (at) =>
    `${Array.from({ length: uniformInt(generator, 0, 5) }, word).join(" ")} thing ${at}`.trim();
  return Array.from({ length: count }, (_, at) => name(at));
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
