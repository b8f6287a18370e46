import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { createClassifier } from "../../classify/classifier.js";
import { loadModel } from "../../encoder/load.js";
import { checkModel } from "../../encoder/model-check.js";
import { isError } from "../../errors.js";
import { installedVersion } from "../../files/package-files.js";
import { importLabelIndex } from "../../labels/index/build.js";
import { matrixOf } from "../../math/matrix.js";
import { bindingFile, ONNX_RUNTIME_VERSION } from "../../onnx/binding-file.js";
import { EXIT } from "../exit.js";
import {
  chosenModel,
  deviceOption,
  dtypeOption,
  loadOptions,
  type ModelFlags,
  modelOption,
  threadsOption,
} from "../flags/options.js";
import { openSamples } from "../flags/samples.js";
import { duration } from "../terminal/progress.js";
import { colour, type Terminal, writeLine } from "../terminal/terminal.js";

const PACKAGES = ["@huggingface/tokenizers", "sharp"];

/** One thing that must work for the program to be of use. */
interface Check {
  readonly name: string;
  /** What was found, on one line. Rejects where it does not work. */
  run(): Promise<string>;
}

export function doctorCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("doctor")
    .description(
      "Check that everything works here: versions, libraries, a model and its export, one classification.",
    )
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .action(async (flags: ModelFlags) => {
      const failed =
        (await runChecks(systemChecks(), terminal)) +
        (await runChecks(await modelChecks(flags, terminal), terminal)) +
        (await runChecks([classificationCheck(flags, terminal)], terminal));
      exit(failed > 0 ? EXIT.failed : EXIT.ok);
    });
}

async function runChecks(checks: readonly Check[], { stdout, signal }: Terminal): Promise<number> {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      const found = await run();
      writeLine(stdout, colour(stdout, "green", "ok  "), `  ${name.padEnd(24)}  ${found}`);
    } catch (error) {
      signal.throwIfAborted();
      failed++;
      const reason = isError(error) ? error.message : String(error);
      writeLine(stdout, colour(stdout, "red", "FAIL"), `  ${name.padEnd(24)}  ${reason}`);
    }
  }
  return failed;
}

function systemChecks(): Check[] {
  return [
    { name: "system", run: async () => `${platform()} ${release()} ${arch()}, Node.js ${process.version}` },
    { name: "processor", run: async () => processor() },
    { name: "ONNX Runtime", run: async () => `${ONNX_RUNTIME_VERSION}, ${bindingFile()}` },
    ...PACKAGES.map((name) => ({ name, run: async () => installed(name) })),
    { name: "LanceDB table", run: tableWorks },
  ];
}

/** What `checkModel` found of the model, or one check that fails where it cannot be loaded. */
async function modelChecks(flags: ModelFlags, terminal: Terminal): Promise<Check[]> {
  try {
    await using model = await loadModel(chosenModel(flags), loadOptions(flags, terminal));
    return (await checkModel(model)).map(({ name, ok, found }) => ({
      name: `model: ${name}`,
      run: async () => {
        if (ok) return found;
        throw new Error(found);
      },
    }));
  } catch (error) {
    return [{ name: "model", run: () => Promise.reject(error) }];
  }
}

function classificationCheck(flags: ModelFlags, terminal: Terminal): Check {
  return { name: "classification", run: () => classificationWorks(flags, terminal) };
}

function processor(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  return `${model}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, ${instructionSets()}`;
}

/** The vector instructions that decide how fast the encoder is, as far as the system tells them. */
function instructionSets(): string {
  const wanted = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp", "i8mm"];
  try {
    const flags = new Set(readFileSync("/proc/cpuinfo", "utf8").split(/\s+/));
    const found = wanted.filter((name) => flags.has(name));
    return found.length > 0 ? found.join(" ") : "no vector instructions known";
  } catch {
    return "vector instructions not told by this system";
  }
}

/** Version of an installed package, after loading it. */
async function installed(name: string): Promise<string> {
  await import(name);
  return installedVersion(name);
}

async function tableWorks(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
  try {
    const embeddings = matrixOf([
      [1, 0],
      [0, 1],
    ]);
    const model = {
      model: "doctor",
      fingerprint: "none",
      logitScale: 1,
      logitBias: 0,
      scoreFunction: "softmax",
    } as const;
    await using index = await importLabelIndex(folder, { labels: ["east", "north"], embeddings, model });
    const [[nearest] = []] = await index.search([Float32Array.of(0, 1)], 1);
    if (nearest?.label.label !== "north")
      throw new Error(`expected the nearest label to be north, got ${nearest?.label.label}`);
    return "made, searched and removed";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function classificationWorks(flags: ModelFlags, terminal: Terminal): Promise<string> {
  const started = performance.now();
  const samples = await openSamples();
  // What there is to notice, the checks of the model told.
  const options = { ...loadOptions(flags, terminal), onNotice: () => {} };
  await using model = await loadModel(chosenModel(flags), options);
  const { signal } = terminal;
  await using classifier = await createClassifier({ labels: samples.labels, model, signal });
  for await (const row of samples.rows({ end: 1 })) {
    const [result] = await classifier.classify([row], { signal: terminal.signal });
    const best = result?.predictions?.[0];
    if (!best) throw result?.error ?? new Error("no prediction");
    const size = `${model.imageSize.width} x ${model.imageSize.height} pixels, ${model.dimension} numbers`;
    return `${row.id}: ${best.label}, by ${model.identity.id} (${size}), ${duration((performance.now() - started) / 1000)} with loading`;
  }
  throw new Error("there are no samples; install nearlabel again");
}
