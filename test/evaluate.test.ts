import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { imageFile } from "../src/image/image-file.js";
import {
  classify,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  labelSet,
  loadModel,
  type Metrics,
  NearlabelError,
  openDataset,
} from "../src/index.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const SAMPLES = new URL("../samples/", import.meta.url).pathname;
/** Drawings by the label that they are filed under; the snail among the buses is there to be a mistake. */
const FILED: Readonly<Record<string, readonly string[]>> = {
  bus: ["bus", "snail"],
  cup: ["cup"],
  guitar: ["guitar"],
  snail: ["snail"],
};

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv("NEARLABEL_CACHE", join(folder, "cache"));
  return () => vi.unstubAllEnvs();
});

async function drawings(filed = FILED): Promise<string> {
  const root = join(folder, "drawings");
  for (const [label, names] of Object.entries(filed)) {
    await mkdir(join(root, label), { recursive: true });
    for (const name of names) await copyFile(join(SAMPLES, `${name}.png`), join(root, label, `${name}.png`));
  }
  return root;
}

async function evaluation(...args: string[]): Promise<Evaluation> {
  const { stdout, stderr, exitCode } = await nearlabel(["evaluate", ...args, "--json", "-"]);
  expect(stderr).not.toContain("OPTION_INVALID");
  expect(exitCode).toBeLessThan(2);
  return JSON.parse(stdout) as Evaluation;
}

describe("nearlabel evaluate", () => {
  it("counts what classify names right", async () => {
    const root = await drawings();
    const { runs, dataset, failures, comparisons } = await evaluation("--dataset", root);
    const paths = Object.entries(FILED).flatMap(([label, names]) =>
      names.map((name) => ({ label, path: join(root, label, `${name}.png`) })),
    );
    const classified = await classify(
      paths.map(({ path }) => path),
      { labels: Object.keys(FILED) },
    );
    const right = classified.filter(({ predictions }, at) => predictions?.[0]?.label === paths[at]!.label);
    expect(right).toHaveLength(4);
    expect(dataset).toMatchObject({ labels: Object.keys(FILED), pictures: 5, unlabelled: 0, others: 0 });
    expect(failures).toEqual([]);
    expect(comparisons).toEqual([]);
    expect(runs).toHaveLength(1);
    const [run] = runs;
    expect(run!.metrics["acc@1"]).toMatchObject({ value: 0.8, interval: "wilson" });
    expect(run!.metrics["acc@5"].value).toBe(1);
    expect(run!.metrics.meanPerClassRecall.value).toBe(0.875);
    expect(run!.confusion).toContainEqual([0, 3, 1]);
    expect(run!.confusedPairs).toEqual([
      { label: "bus", predicted: "snail", pictures: 1, share: 0.5, examples: [join(root, "bus/snail.png")] },
    ]);
    expect(run!.worstMistakes.map(({ label, predicted }) => [label, predicted])).toEqual([["bus", "snail"]]);
    expect(run!.perClass[0]).toMatchObject({ pictures: 2, predicted: 1, precision: 1, recall: 0.5 });
    const nll = classified.map(({ predictions }, at) =>
      Math.log(predictions!.find(({ label }) => label === paths[at]!.label)!.score),
    );
    expect(run!.metrics.nll.value).toBeCloseTo(-nll.reduce((sum, value) => sum + value, 0) / 5, 5);
  });

  it("compares templates, their ensemble and the tutorial's arithmetic", async () => {
    const templates = ["--template", "a photo of a {}", "--template", "a drawing of a {}"];
    const { runs, comparisons } = await evaluation(
      "--dataset",
      await drawings(),
      ...templates,
      "--each-template",
      "--original",
    );
    expect(runs.map(({ name, method }) => [name, method])).toEqual([
      ['"a photo of a {}"', "cosine"],
      ['"a drawing of a {}"', "cosine"],
      ["2 templates", "cosine"],
      ["tutorial's arithmetic", "original"],
    ]);
    expect(comparisons.map(({ first, second }) => [first, second])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    for (const { both, neither, onlyFirst, onlySecond, differing } of comparisons) {
      expect(both + neither + onlyFirst + onlySecond).toBe(5);
      expect(differing).toHaveLength(onlyFirst + onlySecond);
    }
    for (const { second, differences } of comparisons) {
      for (const [name, { value, low, high }] of Object.entries(differences)) {
        const key = name as keyof Metrics;
        const expected = runs[second]!.metrics[key].value - runs[0]!.metrics[key].value;
        expect(value).toBeCloseTo(expected, 5);
        expect(low).toBeLessThanOrEqual(high);
      }
    }
    expect(Object.keys(comparisons[0]!.differences)).toEqual(Object.keys(runs[0]!.metrics));
  });

  it("gives the same figures again, from embeddings that it kept", async () => {
    const root = await drawings();
    const first = await evaluation("--dataset", root);
    expect((await nearlabel(["cache", "--json"])).stdout).toMatch(/"entries": ?4/);
    // The same contents under another name have the same embedding; the broken file shows that files are still read.
    const again = await evaluation("--dataset", root);
    const { created, program } = first;
    expect({ ...again, created }).toEqual(first);
    const uncached = await evaluation("--dataset", root, "--no-cache");
    expect({ ...uncached, created, program }).toEqual(first);
  });

  it("takes the size of a data set for a guess", async () => {
    await using model = await loadModel("mini");
    const labels = ["bus", "cup"];
    const runs = [{ name: "mini", model, labels: labelSet(labels), templates: ["a photo of a {}"] }];
    const accuracies = [];
    for (const size of [undefined, 2, 0, 1, 5, 1e15, Number.POSITIVE_INFINITY]) {
      const rows = async function* () {
        for (const label of labels)
          yield { id: label, image: imageFile(join(SAMPLES, `${label}.png`)), label };
      };
      const dataset = { name: "two", labels, rows, ...(size !== undefined && { size }) };
      const { evaluation } = await evaluate({ dataset, runs });
      expect(evaluation.dataset.pictures).toBe(2);
      accuracies.push(evaluation.runs[0]!.metrics);
    }
    expect(new Set(accuracies.map((metrics) => JSON.stringify(metrics))).size).toBe(1);
  });

  it("keeps its result where the cache of embeddings cannot be closed, and says why", async () => {
    await using model = await loadModel("mini");
    const dataset = await openDataset(await drawings());
    const runs = [
      { name: "words", model, labels: labelSet(Object.keys(FILED)), templates: ["a photo of a {}"] },
    ];
    const failure = new NearlabelError("WRITE_FAILED", "The disk is full.");
    const cacheOf = async () => ({
      getMany: async (hashes: readonly string[]) => hashes.map(() => undefined),
      put: () => {},
      close: () => Promise.reject(failure),
    });
    const { evaluation, cacheErrors } = await evaluate({ dataset, runs, cacheOf });
    expect(evaluation.dataset.pictures).toBe(5);
    expect(cacheErrors).toEqual([failure]);
  });

  it("lists pictures that cannot be read and counts the others", async () => {
    const root = await drawings();
    await writeFile(join(root, "cup", "broken.png"), "no picture");
    const { exitCode, stdout } = await nearlabel(["evaluate", "--dataset", root]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/5 pictures, 4 labels, 1 failed/);
    expect(stdout).toMatch(/broken\.png: IMAGE_UNSUPPORTED/);
  });

  it("refuses labels that are not in the set, leaves them out, or takes them for unknown", async () => {
    const root = await drawings();
    const args = ["--dataset", root, "--labels", "bus,cup,guitar"];
    const refused = await nearlabel(["evaluate", ...args]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/^DATASET_INVALID: .*\(1\): "snail".*--label-map.*--other-labels/m);
    const index = join(folder, "index");
    await nearlabel(["labels", "build", index, "--labels", "bus,cup,guitar"]);
    const byIndex = await nearlabel(["evaluate", "--dataset", root, "--index", index]);
    expect(byIndex.stderr).toContain(`not in the label set of "${index}"`);
    const ignored = await evaluation(...args, "--other-labels", "ignore");
    expect(ignored.dataset).toMatchObject({ pictures: 4, others: 1 });
    expect(ignored.runs[0]!.unknown).toBeUndefined();
    const detected = await evaluation(...args, "--other-labels", "detect");
    const { stdout } = await nearlabel(["evaluate", ...args, "--other-labels", "detect"]);
    expect(stdout).toMatch(/4 pictures, 3 labels, 1 of other labels;/);
    const markdown = await nearlabel([
      "evaluate",
      ...args,
      ...["--other-labels", "detect", "--markdown", "-"],
    ]);
    expect(markdown.stdout).toMatch(/^4 pictures, 3 labels, 1 of other labels;/m);
    expect(detected.runs[0]!.unknown?.pictures).toBe(1);
    expect(detected.runs[0]!.unknown?.methods.map(({ method }) => method)).toEqual([
      "mcm",
      "energy",
      "similarity",
    ]);
    for (const { thresholds } of detected.runs[0]!.unknown!.methods) {
      expect(thresholds.map(({ passing }) => passing)).toEqual([0.01, 0.05, 0.1, 0.2]);
      for (const { kept } of thresholds) expect(kept.low <= kept.value && kept.value <= kept.high).toBe(true);
    }
  });

  it("tells which labels --limit leaves without a picture", async () => {
    const args = ["evaluate", "--dataset", await drawings()];
    const limited = await nearlabel([...args, "--limit", "2"]);
    expect(limited.stderr).toMatch(/3 of 4 labels have no picture among the first 2: --limit .*--sample/);
    const drawn = await nearlabel([...args, "--sample", "2"]);
    expect(drawn.stderr).not.toContain("have no picture");
  });

  it("counts a label that no picture has", async () => {
    const root = await drawings();
    const { runs } = await evaluation("--dataset", root, "--labels", "bus,cup,guitar,snail,train");
    expect(runs[0]!.perClass[4]).toMatchObject({ pictures: 0, recall: 0 });
    expect(runs[0]!.metrics.meanPerClassRecall.value).toBe(0.875);
  });

  it.each([
    ["one label", ["--labels", "bus"], /^LABELS_INVALID: .*at least two labels/m],
    ["a split that is not there", ["--split", "dev"], /^DATASET_INVALID: .*no split "dev"/m],
    ["a template without a place", ["--template", "a photo"], /^TEMPLATE_INVALID/m],
    ["no model", ["--model", "./none"], /^MODEL_NOT_FOUND/m],
    ["two results on stdout", ["--json", "-", "--csv", "-"], /^OPTION_INVALID: .*--json, --csv/m],
  ])("says what is wrong with %s", async (_, args, message) => {
    const { exitCode, stderr } = await nearlabel(["evaluate", "--dataset", await drawings(), ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("says that pictures without labels cannot be evaluated", async () => {
    const { exitCode, stderr } = await nearlabel(["evaluate", "--dataset", SAMPLES, "--labels", "bus,cup"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^DATASET_INVALID: .*no picture with a label.*; got \d+ without a label$/m);
  });

  it("says why no picture of a data set could be used", async () => {
    for (const label of ["bus", "cup"]) {
      await mkdir(join(folder, "texts", label), { recursive: true });
      await writeFile(join(folder, "texts", label, "1.png"), "no picture");
    }
    const { exitCode, stderr } = await nearlabel(["evaluate", "--dataset", join(folder, "texts")]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/2 that failed, the first with IMAGE_UNSUPPORTED: .*1\.png/);
  });

  it("refuses a place that cannot be written to before any picture is embedded", async () => {
    const root = await drawings();
    const nowhere = join(folder, "none", "figures.json");
    const { exitCode, stderr } = await nearlabel(["evaluate", "--dataset", root, "--json", nowhere]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^WRITE_FAILED: .*figures\.json/m);
    expect(stderr).not.toContain("acc@1");
    const onto = await nearlabel(["evaluate", "--dataset", root, "--csv", root]);
    expect(onto.stderr).toMatch(/^WRITE_FAILED: .*drawings/m);
  });

  it("rolls up to parents", async () => {
    const labels = join(folder, "labels.csv");
    await writeFile(labels, "label,parent\nbus,thing\ncup,thing\nguitar,thing\nsnail,animal\n");
    const { runs } = await evaluation("--dataset", await drawings(), "--labels", labels);
    expect(runs[0]!.hierarchy).toMatchObject({ parents: ["thing", "animal"], rolledUp: { value: 0.8 } });
  });

  it("rolls up to a column of parents through a label map, and says so where no label has a parent", async () => {
    const root = await drawings();
    const rows = ["bus/bus.png", "cup/cup.png", "snail/snail.png"].map((file) => {
      const label = file.split("/")[0]!;
      return `${file},${label},${label === "snail" ? "animal" : "thing"}`;
    });
    const table = join(root, "metadata.csv");
    await writeFile(table, ["file_name,label,coarse", ...rows, ""].join("\n"));
    const map = join(folder, "map.csv");
    await writeFile(map, "from,to\nbus,coach\ncup,mug\n");
    const args = ["--dataset", table, "--labels", "coach,mug,snail", "--label-map", map];
    const { runs } = await evaluation(...args, "--parents", "coarse");
    expect(runs[0]!.hierarchy?.parents).toEqual(["thing", "animal"]);

    const others = join(folder, "labels.csv");
    await writeFile(others, "label,parent\nhorse,animal\n");
    const { exitCode, stderr } = await nearlabel(["evaluate", ...args, "--parents", others]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/LABELS_INVALID: --parents .*labels\.csv has no parent/);
  });

  it("takes an index with parents, and beside it the tutorial's arithmetic", async () => {
    const parents = join(folder, "labels.csv");
    await writeFile(parents, "label,parent\nbus,thing\ncup,thing\nguitar,thing\nsnail,animal\n");
    const index = join(folder, "index");
    await nearlabel(["labels", "build", index, "--labels", Object.keys(FILED).join(",")]);
    const args = ["--dataset", await drawings(), "--index", index];
    const { runs } = await evaluation(...args, "--parents", parents, "--original");
    expect(runs.map(({ method }) => method)).toEqual(["cosine", "cosine", "original"]);
    for (const { hierarchy } of runs) expect(hierarchy?.parents).toEqual(["thing", "animal"]);
  });

  it("goes on after an interrupt", async () => {
    const root = await drawings();
    const interrupt = new AbortController();
    interrupt.abort();
    const stopped = await nearlabel(["evaluate", "--dataset", root], { signal: interrupt.signal });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toMatch(/the same command goes on from there/);
    expect((await evaluation("--dataset", root)).dataset.pictures).toBe(5);
  });

  it("writes the report, the predictions and the tables", async () => {
    const root = await drawings();
    const file = (name: string) => join(folder, name);
    const { exitCode, stdout, stderr } = await nearlabel([
      "evaluate",
      ...["--dataset", root, "--original"],
      ...[
        "--report",
        file("r.html"),
        "--csv",
        file("p.csv"),
        "--markdown",
        file("t.md"),
        "--json",
        file("f.json"),
      ],
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/acc@1 +80\.00 % \(37\.55 to 96\.38\)/);
    expect(stderr).toMatch(/Written: .*r\.html/);
    const csv = (await readFile(file("p.csv"), "utf8")).trimEnd().split("\n");
    expect(csv[0]).toBe(
      "run,id,label,predicted,correct,score,label_rank,label_score,nll,brier,label_1,score_1,label_2,score_2,label_3,score_3,label_4,score_4",
    );
    expect(csv).toHaveLength(1 + 2 * 5);
    expect(await readFile(file("t.md"), "utf8")).toMatch(/^\| acc@1 \| 80\.00 % /m);
    expect(await readFile(file("r.html"), "utf8")).toMatch(/^<!doctype html>/i);
    const figures: Evaluation = JSON.parse(await readFile(file("f.json"), "utf8"));
    expect(figures.format).toBe(2);
    expect(figures.program.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(figures.program.command).toMatch(/^nearlabel evaluate --dataset .* --original --report /);
    // What the metrics are over stands in the predictions, so that anybody can compute them again.
    const columns = csv[0]!.split(",");
    const rows = csv.slice(1, 6).map((line) => line.split(","));
    const mean = (name: string) =>
      rows.reduce((sum, cells) => sum + Number(cells[columns.indexOf(name)]), 0) / rows.length;
    const { nll, brier, "acc@1": first } = figures.runs[0]!.metrics;
    expect(mean("nll")).toBeCloseTo(nll.value, 5);
    expect(mean("brier")).toBeCloseTo(brier.value, 5);
    expect(mean("correct")).toBeCloseTo(first.value, 5);
    for (const cells of rows) {
      const score = Number(cells[columns.indexOf("label_score")]);
      expect(-Math.log(score)).toBeCloseTo(Number(cells[columns.indexOf("nll")]), 4);
    }
  });
});

describe("evaluate", () => {
  const labels = labelSet(Object.keys(FILED));
  const run = { name: "a run", labels, templates: ["a photo of a {}"] };

  it("embeds every picture once, though a model was loaded twice", async () => {
    await using first = await loadModel("mini");
    await using second = await loadModel("mini");
    const dataset = await openDataset(await drawings());
    const progress: number[] = [];
    const { evaluation } = await evaluate({
      dataset,
      runs: [
        { ...run, model: first },
        { ...run, model: second, templates: ["a drawing of a {}"] },
      ],
      onProgress: (done) => progress.push(done),
    });
    expect(progress).toEqual([1, 2, 3, 4, 5]);
    expect(evaluation.runs).toHaveLength(2);
  });

  it("evaluates more labels than there is memory for their square", async () => {
    await using model = await loadModel("mini");
    const many = labelSet([
      ...Object.keys(FILED),
      ...Array.from({ length: 60_000 }, (_, at) => `thing ${at}`),
    ]);
    const data = new Float32Array(many.length * model.dimension);
    for (let at = 0; at < many.length; at++) data[at * model.dimension + (at % model.dimension)] = 1;
    const { evaluation } = await evaluate({
      dataset: await openDataset(await drawings()),
      runs: [
        {
          ...run,
          model,
          labels: many,
          classEmbeddings: { data, rows: many.length, columns: model.dimension },
        },
      ],
    });
    const [{ confusion, clusterOrder, perClass, labelMap }] = evaluation.runs as [Evaluation["runs"][number]];
    expect(confusion.length).toBeLessThanOrEqual(5);
    for (const each of [clusterOrder, perClass, labelMap]) expect(each).toHaveLength(many.length);
  });

  it("says what was expected in place of what is no data set, no run, no model and no option", async () => {
    await using model = await loadModel("mini");
    const dataset = await openDataset(await drawings());
    const runs = [{ ...run, model }];
    const cases: [unknown, RegExp][] = [
      [undefined, /options of evaluate/],
      ["photos/", /options of evaluate/],
      [
        { dataset: "photos/", runs },
        /dataset to be a data set that is open, as await openDataset\(path\).*"photos\/"/,
      ],
      [{ dataset: null, runs }, /dataset/],
      [{ dataset, runs: [] }, /at least one run/],
      [{ dataset, runs: { model } }, /at least one run/],
      [{ dataset, runs: ["mini"] }, /runs\[0\] to be an object/],
      [{ dataset, runs: [{ ...run, model: "mini" }] }, /runs\[0\]\.model to be a model, as await loadModel/],
      [{ dataset, runs: [{ ...run, model, labels: ["bus", "cup"] }] }, /labelSet/],
      [{ dataset, runs: [{ ...run, model, templates: "a {}" }] }, /templates to be an array of strings/],
      [{ dataset, runs: [{ ...run, model, temperature: 0 }] }, /temperature/],
      [{ dataset, runs: [{ ...run, model, temperature: Number.NaN }] }, /temperature/],
      [{ dataset, runs: [{ ...run, model, method: "l2" }] }, /method/],
      [{ dataset, runs: [{ ...run, model, template: "a {}" }] }, /runs\[0\] has no option "template"/],
      [{ dataset, runs, seed: 0.5 }, /seed/],
      [{ dataset, runs, seed: Number.NaN }, /seed/],
      [{ dataset, runs, otherLabels: "skip" }, /otherLabels/],
      [{ dataset, runs, onProgres: () => {} }, /evaluate has no option "onProgres"/],
    ];
    for (const [options, message] of cases) {
      await expect(evaluate(options as EvaluateOptions)).rejects.toThrow(message);
      await expect(evaluate(options as EvaluateOptions)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    }
  });

  it("takes a label for the one of the set that looks the same, however Unicode writes it", async () => {
    await using model = await loadModel("mini");
    const root = await drawings({ "caf\u00e9": ["cup"], bus: ["bus"] });
    const { evaluation } = await evaluate({
      dataset: await openDataset(root),
      runs: [{ ...run, model, labels: labelSet(["cafe\u0301", "bus"]) }],
    });
    expect(evaluation.dataset).toMatchObject({ pictures: 2, others: 0 });
    expect(evaluation.runs[0]!.perClass.map(({ pictures }) => pictures)).toEqual([1, 1]);
  });
});

describe("nearlabel prompts search", () => {
  it("chooses on one part and measures on the other", async () => {
    const root = await drawings({
      bus: ["bus", "pizza", "orange"],
      cup: ["cup", "apple", "lamp"],
      snail: ["snail", "clock", "chair"],
    });
    const out = join(folder, "templates.json");
    const { exitCode, stdout } = await nearlabel([
      ...["prompts", "search", "--dataset", root, "--json", "--out", out],
      ...["--template", "a photo of a {}", "--template", "a drawing of a {}"],
    ]);
    expect(exitCode).toBe(0);
    const { alone, steps, test } = JSON.parse(stdout);
    expect(alone).toHaveLength(2);
    expect(steps[0].accuracy.value).toBe(alone[0].accuracy.value);
    expect(test.chosen.templates).toEqual(JSON.parse(await readFile(out, "utf8")));
    expect(test.byDefault.templates).toEqual(["a photo of a {}"]);
  });
});
