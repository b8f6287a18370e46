import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Command, Option } from "commander";
import { allEmbeddings } from "../../encoder/embedding-batch.js";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { embedRows } from "../../encoder/rows/embed-rows.js";
import { drawPhotos } from "../../image/draw/drawn-photos.js";
import { firstOf, type PixelBatch } from "../../image/preprocess/pixel-batch.js";
import { defaultParallelism, type Parallelism } from "../../onnx/parallelism.js";
import {
  chosenModel,
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

interface BenchFlags extends ModelFlags {
  pictures: number;
}

const ROUNDS = 3;
const PHOTO_SIZE = { width: 500, height: 375 };
/** They are taken over and over: drawing takes longer than decoding. */
const PHOTOS = 8;

export function benchCommand(terminal: Terminal): Command {
  return new Command("bench")
    .description("Measure how fast a model embeds pictures here.")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(new Option("--pictures <n>", "pictures in a run").argParser(wholeNumber(1)).default(192))
    .addHelpText("after", HELP)
    .action((flags: BenchFlags) => measureModel(flags, terminal));
}

const HELP = `
Pictures are drawn: JPEGs of ${PHOTO_SIZE.width} x ${PHOTO_SIZE.height}. What else the machine does meanwhile counts.
`;

async function measureModel(flags: BenchFlags, terminal: Terminal): Promise<void> {
  const photos = await drawPhotos(PHOTOS, PHOTO_SIZE);
  const started = performance.now();
  await using model = await loadModel(chosenModel(flags), {
    ...loadOptions(flags, terminal),
    towers: "vision",
  });
  allEmbeddings(await model.embedImages(photos.slice(0, 1)));
  const seconds = (performance.now() - started) / 1000;
  const times = await timesOf(model, photos, flags.pictures, terminal);
  const { threads: usual, workers } = defaultParallelism();
  terminal.stdout.write(
    `${timesText(model.identity.id, times)}\nfirst embedding ${duration(seconds)} after loading began\n` +
      `with ${settingsText({ threads: flags.threads ?? usual, batchSize: model.batching.size, workers })}\n`,
  );
}

/** In milliseconds. */
interface Time {
  readonly wall: number;
  /** Of all cores together. */
  readonly core: number;
}

interface Times {
  readonly encoding: Time;
  readonly preprocessing: Time;
  readonly both: Time;
}

/** Medians for one picture. The three take turns, so that all meet the same machine. */
async function timesOf(
  model: Model,
  photos: readonly Uint8Array[],
  pictures: number,
  { signal }: Terminal,
): Promise<Times> {
  const works = {
    encoding: await encodingAlone(model, photos, signal),
    preprocessing: preprocessingAlone(model, photos, signal),
    both: (count: number) => embedPhotos(model, photos, count, signal),
  };
  const parts = Object.entries(works).map(([name, work]) => ({ name, work, times: [] as Time[] }));
  for (const { work } of parts) await work(2 * model.batching.size);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { work, times } of parts) {
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

function settingsText({ threads, batchSize, workers }: Parallelism): string {
  return `threads ${threads || "automatic"}, batch size ${batchSize}, workers ${workers}`;
}

function speedText(speed: number): string {
  return speed < 100 ? speed.toFixed(1) : String(Math.round(speed));
}

/** Runs the vision tower on pixels that are there already. */
async function encodingAlone(model: Model, photos: readonly Uint8Array[], signal: AbortSignal) {
  const { size } = model.batching;
  const pixels = await model.preprocess(repeated(photos, size));
  return async (pictures: number) => {
    for (let left = pictures; left > 0; left -= size) {
      await heeded(signal);
      await model.encodePixels(firstOf(pixels, left));
    }
  };
}

function preprocessingAlone(model: Model, photos: readonly Uint8Array[], signal: AbortSignal) {
  const { size } = model.batching;
  let memory: PixelBatch | undefined;
  return async (pictures: number) => {
    for (let left = pictures; left > 0; left -= size) {
      await heeded(signal);
      memory = await model.preprocess(repeated(photos, Math.min(left, size)), memory);
    }
  };
}

/** Runs both, one beside the other, as `classify` and `embed` do. */
async function embedPhotos(
  model: Model,
  photos: readonly Uint8Array[],
  pictures: number,
  signal: AbortSignal,
): Promise<void> {
  const rows = repeated(photos, pictures).map((image, id) => ({ id, image }));
  for await (const { error } of embedRows(model, rows, { signal })) if (error) throw error;
}

/** Lets signals of the system come in, which a network that runs on this thread keeps out, and ends the run if one did. */
async function heeded(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

async function timed(work: () => Promise<void>): Promise<Time> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, core: (user + system) / 1000 };
}

function repeated(photos: readonly Uint8Array[], count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => photos[at % photos.length]!);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
