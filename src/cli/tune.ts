import { availableParallelism } from "node:os";
import { loadModel } from "../encoder/load.js";
import type { Model } from "../model/model.js";
import { defaultParallelism, type Parallelism } from "../onnx/parallelism.js";
import { type BenchFlags, settingsText, speedText } from "./commands/bench.js";
import { drawBenchPhotos, embedPhotos, timed } from "./commands/bench-runs.js";
import { loadOptions } from "./flags/options.js";
import { startLine } from "./terminal/progress.js";
import { tableLines } from "./terminal/table.js";
import type { Terminal } from "./terminal/terminal.js";
import { coordinateSearch, type Search, type Trial } from "./tune-search.js";
import { keepTunedSettings, readTunings, tuningFile } from "./tuned-settings.js";

/** Finds the settings with which this machine embeds most pictures a second, prints what was tried, and keeps them. */
export async function tuneModel(flags: BenchFlags, terminal: Terminal): Promise<void> {
  // A damaged file must not cost the search its result.
  readTunings();
  const photos = await drawBenchPhotos();
  const models = openModels(flags, terminal);
  const line = startLine(terminal);
  try {
    const { best, trials } = await coordinateSearch({
      start: { ...defaultParallelism(), ...(flags.threads !== undefined && { threads: flags.threads }) },
      candidates: candidatesFor(flags),
      seconds: flags.seconds,
      async measure(settings) {
        terminal.signal.throwIfAborted();
        line.draw(() => `trying ${settingsText(settings)}`);
        const steps = await models.stepsWith(settings);
        await embedPhotos(steps, photos, 3 * settings.batchSize);
        const { wall } = await timed(() => embedPhotos(steps, photos, flags.pictures));
        return (1000 * flags.pictures) / wall;
      },
    });
    line.clear();
    await keepTunedSettings(flags, best);
    terminal.stdout.write(
      `${trialsText(flags.model, trials)}\n\n${settingsText(best)}: kept in ${tuningFile()}\n` +
        "To forget it: nearlabel bench --tune --reset\n",
    );
  } finally {
    line.clear();
    await models.close();
  }
}

/**
 * Workers first, as they bring most. Batch size only in fp32: dynamic quantisation takes its scale from the whole batch,
 * so that results of other dtypes would change with it.
 */
function candidatesFor({ dtype = "fp32", threads }: BenchFlags): Search["candidates"] {
  const cores = availableParallelism();
  const upToCores = (counts: readonly number[]) => counts.filter((count) => count <= cores);
  return [
    ["workers", upToCores([0, 1, 2, 4])],
    ...(threads === undefined ? [["threads", upToCores([1, cores >> 1 || 1, cores])] as const] : []),
    ...(dtype === "fp32" ? [["batchSize", [8, 16, 32]] as const] : []),
  ];
}

/** Models that are opened once for each number of threads or workers, so that only runs are timed. */
function openModels(flags: BenchFlags, terminal: Terminal) {
  const models = new Map<string, Model>();
  const opened = async (key: string, options: Partial<Parallelism>) => {
    const model = models.get(key) ?? (await loadModel(flags.model, { ...load, ...options }));
    models.set(key, model);
    return model.imageSteps;
  };
  const load = { ...loadOptions(flags, terminal), towers: "vision" } as const;
  return {
    /** The network of one model behind the preprocessing of another, which opens no network then. */
    async stepsWith({ threads, workers, batchSize }: Parallelism) {
      const { open, encodePixels } = await opened(`threads ${threads}`, { threads, workers: 0 });
      return { ...(await opened(`workers ${workers}`, { workers })), batchSize, open, encodePixels };
    },
    async close() {
      for (const model of models.values()) await model.close();
    },
  };
}

function trialsText(model: string, trials: readonly Trial[]): string {
  const columns = [
    { header: model },
    { header: "", align: "right" },
    { header: "pictures/s", align: "right" },
    { header: "" },
  ] as const;
  const rows = trials.map(({ setting, value, speed, chosen }, at) => [
    trials[at - 1]?.setting === setting ? "" : NAMES[setting],
    setting === "threads" && value === 0 ? "automatic" : String(value),
    speedText(speed),
    chosen ? "taken" : "",
  ]);
  return tableLines(columns, rows).join("\n");
}

const NAMES: Readonly<Record<keyof Parallelism, string>> = {
  workers: "workers",
  threads: "threads",
  batchSize: "batch size",
};
