import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../model/model.js";
import { defaultParallelism, type Parallelism } from "../../onnx/parallelism.js";
import {
  deviceOption,
  dtypeOption,
  loadOptions,
  type ModelFlags,
  modelOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { duration } from "../terminal/progress.js";
import { tableLines } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { median } from "../tune-search.js";
import { keepTunedSettings, tuningFile } from "../tuned-settings.js";
import {
  drawBenchPhotos,
  embedPhotos,
  encodingAlone,
  PHOTO_SIZE,
  preprocessingAlone,
  type Time,
  timed,
} from "./bench-runs.js";

export interface BenchFlags extends ModelFlags {
  model: string;
  pictures: number;
  seconds: number;
}

const ROUNDS = 3;

export function benchCommand(terminal: Terminal): Command {
  return new Command("bench")
    .description("Measure how fast a model embeds pictures here, and find the settings that are fastest.")
    .addOption(modelOption().default("mini"))
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--tune", "find the best workers, threads and batch size, and keep them for later runs")
    .option("--reset", "with --tune: forget what was kept for this model")
    .addOption(new Option("--pictures <n>", "pictures in a run").argParser(wholeNumber(1)).default(192))
    .addOption(
      new Option("--seconds <n>", "about how long --tune may take").argParser(wholeNumber(0)).default(45),
    )
    .addHelpText("after", HELP)
    .action(async ({ tune, reset, ...flags }: BenchFlags & { tune?: true; reset?: true }) => {
      if (tune && reset) return forget(flags, terminal);
      if (!tune) return measureModel(flags, terminal);
      const { tuneModel } = await import("../tune.js");
      return tuneModel(flags, terminal);
    });
}

const HELP = `
Pictures are drawn: JPEGs of ${PHOTO_SIZE.width} x ${PHOTO_SIZE.height}. What else the machine does meanwhile counts.
What --tune finds is used by classify, evaluate, embed and prompts where --threads is not given, for this model, dtype and
device on a machine with as many cores. It changes no result. NEARLABEL_CONFIG names the folder where it is kept.
`;

async function forget(flags: BenchFlags, { stdout }: Terminal): Promise<void> {
  const found = await keepTunedSettings(flags, undefined);
  stdout.write(found ? `Forgotten in ${tuningFile()}.\n` : `Nothing is kept for ${flags.model}.\n`);
}

async function measureModel(flags: BenchFlags, terminal: Terminal): Promise<void> {
  const photos = await drawBenchPhotos();
  const options = loadOptions(flags, terminal, flags.model);
  const started = performance.now();
  await using model = await loadModel(flags.model, { ...options, towers: "vision" });
  const [first] = await model.embedImages(photos.slice(0, 1));
  if (!(first instanceof Float32Array)) throw first;
  const seconds = (performance.now() - started) / 1000;
  const times = await timesOf(model, photos, flags.pictures, terminal);
  const usual = defaultParallelism();
  const { threads = usual.threads, batchSize = usual.batchSize, workers = usual.workers } = options;
  terminal.stdout.write(
    `${timesText(flags.model, times)}\nfirst embedding ${duration(seconds)} after loading began\n` +
      `with ${settingsText({ threads, batchSize, workers })}\n`,
  );
}

interface Times {
  readonly encoding: Time;
  readonly preprocessing: Time;
  readonly both: Time;
}

/** Medians for one picture. The three take turns, so that all meet the same machine. */
async function timesOf(
  { imageSteps }: Model,
  photos: readonly Uint8Array[],
  pictures: number,
  { signal }: Terminal,
): Promise<Times> {
  const works = {
    encoding: await encodingAlone(imageSteps, photos),
    preprocessing: preprocessingAlone(imageSteps, photos),
    both: (count: number) => embedPhotos(imageSteps, photos, count),
  };
  const parts = Object.entries(works).map(([name, work]) => ({ name, work, times: [] as Time[] }));
  for (const { work } of parts) await work(2 * imageSteps.batchSize);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { work, times } of parts) {
      signal.throwIfAborted();
      times.push(await timed(() => work(pictures)));
    }
  }
  const medians = parts.map(({ name, times }) => {
    const of = (kind: keyof Time) => median(times.map((time) => time[kind])) / pictures;
    return [name, { wall: of("wall"), core: of("core") }];
  });
  return Object.fromEntries(medians) as unknown as Times;
}

function timesText(model: string, { encoding, preprocessing, both }: Times): string {
  const cores = availableParallelism();
  const limit = (1000 * cores) / (encoding.core + preprocessing.core);
  const columns = [
    { header: model },
    { header: "pictures/s", align: "right" },
    { header: "core ms a picture", align: "right" },
  ] as const;
  const row = (name: string, { wall, core }: Time) => [name, speedText(1000 / wall), core.toPrecision(3)];
  const lines = tableLines(columns, [
    row("vision tower alone", encoding),
    row("decoding and preprocessing alone", preprocessing),
    row("both together", both),
    [`limit of ${cores} cores`, speedText(limit), ((1000 * cores) / limit).toPrecision(3)],
  ]);
  return `${lines.join("\n")}\n\nboth together reach ${Math.round(1e5 / (limit * both.wall))} % of the limit`;
}

export function settingsText({ threads, batchSize, workers }: Parallelism): string {
  return `threads ${threads || "automatic"}, batch size ${batchSize}, workers ${workers}`;
}

export function speedText(speed: number): string {
  return speed < 100 ? speed.toFixed(1) : String(Math.round(speed));
}
