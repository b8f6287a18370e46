import { readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { createClassifier } from "../src/classify/classifier.js";
import type { RejectOptions } from "../src/classify/reject/rejector.js";
import { loadModel } from "../src/encoder/load.js";
import { buildLabelIndex } from "../src/labels/index/build.js";
import { openLabelIndex } from "../src/labels/index/label-index.js";
import { matrixOf } from "../src/math/matrix.js";
import {
  chooseRivals,
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
  thresholdForFalseAccepts,
  thresholdForKept,
} from "../src/scoring/knownness.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { hashVector } from "./hash-encoder.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const sample = (name: string) => join(ROOT, `samples/${name}.png`);

interface GoldenRejection {
  readonly similarities: number[][];
  readonly rivals: number[][];
  readonly logitScale: number;
  readonly mcm: number[];
  readonly energy: number[];
  readonly similarity: number[];
  readonly negativeLabels: number[];
}

const golden: GoldenRejection = JSON.parse(
  readFileSync(new URL("golden/calibration.json", import.meta.url), "utf8"),
).rejection;

describe("rejection measures", () => {
  it("agree with SciPy", () => {
    const { similarities, rivals, logitScale } = golden;
    for (const [at, cosines] of similarities.entries()) {
      const logits = cosines.map((cosine) => logitScale * cosine);
      const rivalLogits = rivals[at]!.map((cosine) => logitScale * cosine);
      expect(maximumSoftmax(cosines)).toBeCloseTo(golden.mcm[at]!, 13);
      expect(energyScore(logits)).toBeCloseTo(golden.energy[at]!, 11);
      expect(maximumSimilarity(cosines)).toBe(golden.similarity[at]);
      expect(negativeLabelScore(logits, rivalLogits)).toBeCloseTo(golden.negativeLabels[at]!, 13);
    }
  });

  it("average the share of the labels over groups of rivals", () => {
    const mean = (negativeLabelScore([3, 1], [0, 2, 4]) + negativeLabelScore([3, 1], [1, 3])) / 2;
    expect(negativeLabelScore([3, 1], [0, 1, 2, 3, 4], 3)).toBeCloseTo(mean, 14);
  });

  it("stay finite for any logits", () => {
    expect(energyScore([1e4, 0])).toBe(1e4);
    expect(maximumSoftmax([1e4, 0])).toBe(1);
    expect(negativeLabelScore([0], [1e4])).toBe(0);
    expect(negativeLabelScore([1e4], [0])).toBe(1);
  });
});

describe("chooseRivals", () => {
  it("leaves out words that mean the same as a label", () => {
    const words = matrixOf(["cat", "tree", "dog", "sea"].map((word) => hashVector(word, 64)));
    const classes = matrixOf(["dog", "cat"].map((word) => hashVector(word, 64)));
    expect(chooseRivals(classes, words)).toEqual([1, 3]);
  });
});

describe("thresholds", () => {
  const passing = (values: readonly number[], threshold: number) =>
    values.filter((value) => value >= threshold).length / values.length;

  it("let through at most the wanted share, with equal values too", () => {
    const values = [0.1, 0.2, 0.2, 0.2, 0.3];
    expect(passing(values, thresholdForFalseAccepts(values, 0.2))).toBe(0.2);
    expect(passing(values, thresholdForFalseAccepts(values, 0.5))).toBe(0.2);
    expect(passing(values, thresholdForFalseAccepts(values, 0.8))).toBe(0.8);
    expect(passing(values, thresholdForFalseAccepts(values, 0))).toBe(0);
    expect(passing(values, thresholdForFalseAccepts(values, 1))).toBe(1);
    const hundred = Array.from({ length: 100 }, (_, value) => value);
    expect(passing(hundred, thresholdForFalseAccepts(hundred, 0.07))).toBe(0.07);
  });

  const numbers = fc.array(
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -2, max: 2 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it("are the smallest that do", () => {
    fc.assert(
      fc.property(numbers, share, (values, rate) => {
        const threshold = thresholdForFalseAccepts(values, rate);
        expect(passing(values, threshold)).toBeLessThanOrEqual(rate + 1e-9);
        const below = values.filter((value) => value < threshold);
        if (below.length === 0) return;
        // Any smaller threshold is at most the largest value below, and lets that through.
        expect(passing(values, Math.max(...below))).toBeGreaterThan(rate);
      }),
    );
  });

  it("keep at least the wanted share, and are the largest that do", () => {
    fc.assert(
      fc.property(numbers, share, (values, rate) => {
        const threshold = thresholdForKept(values, rate);
        expect(passing(values, threshold)).toBeGreaterThanOrEqual(rate - 1e-9);
        const above = values.filter((value) => value > threshold);
        if (above.length > 0) expect(passing(values, Math.min(...above))).toBeLessThan(rate);
      }),
    );
  });

  it("refuse no pictures, NaN and what is no share", () => {
    expect(() => thresholdForFalseAccepts([], 0.1)).toThrow(expect.objectContaining({ code: "INPUT_EMPTY" }));
    expect(() => thresholdForKept([Number.NaN], 0.1)).toThrow(
      expect.objectContaining({ code: "VECTOR_INVALID" }),
    );
    for (const rate of [-0.1, 1.1, Number.NaN]) {
      expect(() => thresholdForFalseAccepts([1], rate)).toThrow(
        expect.objectContaining({ code: "OPTION_INVALID" }),
      );
    }
  });
});

describe("a classifier that rejects", () => {
  const labels = ["bus", "cup", "guitar"];

  it("says why beside the predictions, and changes nothing else", async () => {
    await using model = await loadModel("mini");
    await using plain = await createClassifier({ labels, model });
    const [expected] = await plain.classify([sample("bus")]);
    for (const [method, low, high, more] of [
      ["similarity", -1, 1],
      ["mcm", 0, 1],
      ["negative-labels", 0, 1, { negatives: ["bus", "tree", "sea"] }],
    ] as const) {
      const results = [];
      for (const threshold of [low, high]) {
        const reject: RejectOptions = { method, threshold, ...more };
        await using classifier = await createClassifier({ labels, model, reject });
        results.push((await classifier.classify([sample("bus")]))[0]);
      }
      expect(results[0]).toEqual(expected);
      expect(results[1]).toEqual({
        ...expected,
        unknown: { method, threshold: high, value: expect.any(Number) },
      });
      expect(results[1]!.unknown!.value).toBeLessThan(high);
    }
  });

  it("takes what the index stores, negatives included, until labels change", async () => {
    await using model = await loadModel("mini");
    const path = await temporaryFolder();
    const index = await buildLabelIndex(path, { labels, model });
    const negatives = ["tree", "sea"];
    await expect(createClassifier({ index, model, reject: true })).rejects.toThrow(
      /nearlabel labels threshold/,
    );
    await index.calibrate({ temperature: 2, dataset: "some", pictures: 10 });
    const rejection = {
      method: "negative-labels",
      threshold: 1,
      negatives,
      dataset: "some",
      pictures: 5,
    } as const;
    await index.rejectBelow(rejection);
    await index.close();
    await using again = await openLabelIndex(path);
    expect(again.info.rejection).toMatchObject(rejection);
    expect(again.info.calibration).toMatchObject({ temperature: 2 });
    await using classifier = await createClassifier({ index: path, reject: true });
    const [result] = await classifier.classify([sample("bus")]);
    expect(result!.unknown).toMatchObject({ method: "negative-labels", threshold: 1 });
    await using quiet = await createClassifier({ index: path, model });
    expect((await quiet.classify([sample("bus")]))[0]).not.toHaveProperty("unknown");
    await again.remove(["cup"]);
    expect(again.info).not.toHaveProperty("rejection");
  });

  it("refuses options that make no sense", async () => {
    await using model = await loadModel("mini");
    const making = (options: object) => createClassifier({ labels, model, ...options });
    const refused = { code: "OPTION_INVALID" };
    await expect(making({ reject: true })).rejects.toMatchObject(refused);
    await expect(making({ reject: { method: "guess", threshold: 0 } })).rejects.toThrow(
      /one of similarity, mcm/,
    );
    await expect(making({ reject: { method: "mcm", threshold: Number.NaN } })).rejects.toMatchObject(refused);
    await expect(
      making({ reject: { method: "mcm", threshold: 0, negatives: ["sea"] } }),
    ).rejects.toMatchObject(refused);
    const negative = { method: "negative-labels", threshold: 0 };
    await expect(making({ reject: negative })).rejects.toThrow(/negatives/);
    await expect(making({ reject: { ...negative, negatives: ["bus"] } })).rejects.toThrow(/same as a label/);
    const index = await buildLabelIndex(await temporaryFolder(), { labels, model });
    const onTable = { labels: undefined, index, search: "table", reject: { method: "mcm", threshold: 0 } };
    await expect(making(onTable)).rejects.toThrow(/all labels/);
    await index.close();
  });
});

describe("nearlabel classify --reject", () => {
  const args = ["classify", sample("bus"), sample("cup"), "-l", "bus,tree"];

  it("writes why a picture is unknown in every format, and ends well", async () => {
    const rejecting = [...args, "--reject", "similarity:0.99", "-k", "1"];
    const json = await nearlabel([...rejecting, "--json"]);
    expect(json.exitCode).toBe(0);
    const [first] = JSON.parse(json.stdout);
    expect(Object.keys(first)).toEqual(["id", "unknown", "predictions"]);
    const { similarity } = first.predictions[0];
    expect(first.unknown).toEqual({ method: "similarity", value: similarity, threshold: 0.99 });
    expect(json.stderr).toMatch(/^2 pictures, 2 unknown, /);
    const csv = await nearlabel([...rejecting, "--csv"]);
    const [header, line] = csv.stdout.split("\n");
    expect(header).toMatch(/,error_message,unknown_method,unknown_value,unknown_threshold$/);
    expect(line).toMatch(new RegExp(`,,,similarity,${similarity},0.99$`));
    const text = await nearlabel(rejecting);
    expect(text.stdout.split("\n")[0]).toBe(
      `${sample("bus")}  unknown: similarity ${similarity.toPrecision(4)}, below 0.9900`,
    );
    const table = await nearlabel([...rejecting.slice(0, -2)]);
    expect(table.stdout.split("\n")[1]).toMatch(/^ {2}unknown: similarity /);
  });

  it("writes what it would without where nothing is rejected", async () => {
    const plain = await nearlabel([...args, "--jsonl"]);
    const rejecting = await nearlabel([...args, "--jsonl", "--reject", "mcm:0"]);
    expect(rejecting.stdout).toBe(plain.stdout);
  });

  it("sorts unknown pictures into a folder of their own", async () => {
    const into = await temporaryFolder();
    await nearlabel([...args, "--reject", "similarity:1", "--sort-into", into]);
    expect((await readdir(into, { recursive: true })).sort()).toEqual([
      "unknown",
      "unknown/bus.png",
      "unknown/cup.png",
    ]);
  });

  it("explains wrong use", async () => {
    const swallowed = await nearlabel(["classify", "-l", "a,b", "--reject", sample("bus")]);
    expect(swallowed.exitCode).toBe(2);
    expect(swallowed.stderr).toContain("write --reject last");
    const lonely = await nearlabel([...args, "--negatives", "sea"]);
    expect(lonely.stderr).toMatch(/^OPTION_INVALID: --negatives goes with/);
    expect((await nearlabel([...args, "--reject"])).stderr).toMatch(
      /^OPTION_INVALID: .*stored in a label index/,
    );
  });
});

describe("nearlabel labels threshold", () => {
  it("chooses and stores a threshold that classify --reject takes", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const words = join(folder, "words.txt");
    await writeFile(words, "chair\nlamp\nsnail\n");
    const unknown = join(ROOT, "test/golden/datasets/strings.parquet");
    await nearlabel(["labels", "build", index, "-l", "bus,cup"]);
    const chosen = await nearlabel([
      ...["labels", "threshold", index, "--unknown", unknown, "--false-accepts", "0", "--no-cache", "--json"],
      ...["--method", "negative-labels", "--negatives", words],
    ]);
    expect(chosen.exitCode).toBe(1);
    expect(chosen.stderr).toMatch(/^IMAGE_EMPTY: /);
    const { method, threshold, falseAccepts, stored } = JSON.parse(chosen.stdout);
    expect({ method, falseAccepts, stored }).toEqual({
      method: "negative-labels",
      falseAccepts: 0,
      stored: true,
    });
    expect((await nearlabel(["labels", "info", index])).stdout).toContain(
      `below negative-labels ${threshold}`,
    );
    const results = await nearlabel(["classify", "-d", unknown, "--index", index, "--json", "--reject"]);
    const answered = JSON.parse(results.stdout).filter((result: object) => !("error" in result));
    expect(answered.length).toBeGreaterThan(0);
    for (const result of answered) expect(result.unknown).toMatchObject({ method: "negative-labels" });
  });

  it("leaves out pictures that are known and unknown, by label or contents, and says what the threshold costs", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const known = await folders(join(folder, "known"), ["bus", "cup", "guitar", "snail"], 200);
    const unknown = await folders(join(folder, "unknown"), ["bus", "cup", "lamp", "chair"], 150);
    await copyFile(join(known, "bus/0.png"), join(unknown, "chair/known too.png"));
    await nearlabel(["labels", "build", index, "-l", "bus,cup,guitar"]);
    const args = ["labels", "threshold", index, "--unknown", unknown, "--false-accepts", "0", "--no-cache"];
    const both = await nearlabel([...args, "--known", known, "--force", "--json"]);
    expect(both.exitCode).toBe(0);
    const chosen = JSON.parse(both.stdout);
    expect(chosen.unknown).toMatchObject({ pictures: 4, leftOut: { known: 1, otherLabels: 4 } });
    expect(chosen.unknown.leftOut.labels.sort()).toEqual(["bus", "cup"]);
    expect(chosen.known).toMatchObject({ pictures: 6, leftOut: { otherLabels: 2, labels: ["snail"] } });
    expect(both.stderr).toMatch(
      /^Left out of .*unknown: 1 picture among the known pictures as well; 4 pictures/m,
    );
    expect(both.stderr).toMatch(
      /^Left out of .*known: 2 pictures with a label that is not in the index \(1\): "snail"/m,
    );
    expect(chosen).toMatchObject({ stored: true, falseAccepts: 0, kept: expect.any(Number) });
    const one = [
      "labels",
      "threshold",
      index,
      "--unknown",
      known,
      "--known",
      known,
      "--keep",
      "1",
      "--no-cache",
    ];
    const split = JSON.parse((await nearlabel([...one, "--json"])).stdout);
    expect([split.known.pictures, split.unknown.pictures]).toEqual([6, 2]);
    const alone = await nearlabel(args);
    expect(alone.exitCode).toBe(0);
    expect(alone.stdout).toMatch(/^Of \d+ unknown pictures 0\.0 % pass\.$/m);
    expect(alone.stdout).toContain("How many known pictures it turns away is not known");
  });

  it("stores no threshold that keeps few known pictures unless forced", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const known = await folders(join(folder, "known"), ["bus", "cup"], 200);
    await nearlabel(["labels", "build", index, "-l", "bus,cup"]);
    const args = ["labels", "threshold", index, "--known", known, "--keep", "0.25", "--no-cache"];
    const refused = await nearlabel(args);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toMatch(
      /not stored.*--force.*\nOf 4 known pictures 25\.0 % are kept\.\nThe share of known pictures is measured on .* new ones may do worse/,
    );
    const info = async () => (await nearlabel(["labels", "info", index])).stdout;
    expect(await info()).not.toContain("similarity 0");
    expect((await nearlabel([...args, "--force"])).exitCode).toBe(0);
    expect(await info()).toContain("below similarity 0");
  });

  it("tells once a data set which labels --limit leaves without a picture", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const known = await folders(join(folder, "known"), ["bus", "cup", "guitar"], 200);
    await nearlabel(["labels", "build", index, "-l", "bus,cup,guitar"]);
    const args = ["labels", "threshold", index, "--known", known, "--keep", "1", "--no-cache", "--limit"];
    const few = await nearlabel([...args, "2"]);
    expect(few.stderr.match(/2 of 3 labels have no picture among the first 2: .*shuffled/g)).toHaveLength(1);
    const both = await nearlabel([...args, "2", "--unknown", known]);
    expect(both.stderr.match(/have no picture/g)).toHaveLength(1);
    expect((await nearlabel([...args, "5"])).stderr).toBe("");
    expect((await nearlabel([...args, "9"])).stderr).toBe("");
  });

  it("says which pictures it needs", async () => {
    const index = join(await temporaryFolder(), "index");
    const chosen = (...args: string[]) => nearlabel(["labels", "threshold", index, ...args]);
    expect((await chosen()).stderr).toContain("--false-accepts or --keep, got both or neither");
    expect((await chosen("--false-accepts", "0.1")).stderr).toContain("--unknown");
    expect((await chosen("--keep", "0.9")).stderr).toContain("--known");
    expect((await chosen("--keep", "2", "--known", "x")).stderr).toContain("from 0 to 1");
  });
});

/** A folder a label with two pictures of its sample, whose widths begin at `width`. */
async function folders(folder: string, labels: readonly string[], width: number): Promise<string> {
  for (const label of labels) {
    await mkdir(join(folder, label), { recursive: true });
    for (const at of [0, 1]) {
      await sharp(sample(label))
        .resize(width + 8 * at)
        .toFile(join(folder, label, `${at}.png`));
    }
  }
  return folder;
}
