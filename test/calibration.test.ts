import { readFileSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { fitTemperature, meanLoss } from "../src/adapt/temperature.js";
import { createClassifier } from "../src/classify/classifier.js";
import { loadModel } from "../src/encoder/load.js";
import { buildLabelIndex } from "../src/labels/index/build.js";
import { openLabelIndex } from "../src/labels/index/label-index.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { matrixOf } from "../src/math/matrix.js";
import type { ScoreFunction } from "../src/model/config/families.js";
import { predict } from "../src/scoring/predict.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { hashEncoder, hashVector } from "./hash-encoder.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SAMPLE = join(ROOT, "samples/bus.png");

interface GoldenTemperature {
  readonly name: string;
  readonly scoreFunction: ScoreFunction;
  readonly logits: number[][];
  readonly targets: number[];
  readonly temperature: number;
  readonly nllBefore: number;
  readonly nllAfter: number;
}

const golden: GoldenTemperature[] = JSON.parse(
  readFileSync(new URL("golden/calibration.json", import.meta.url), "utf8"),
).temperatures;

describe("fitTemperature", () => {
  it.each(golden)("agrees with SciPy: $name", ({ temperature, nllBefore, nllAfter, ...known }) => {
    const fitted = fitTemperature(known);
    expect(Math.abs(fitted.temperature / temperature - 1)).toBeLessThan(1e-9);
    expect(fitted.nllBefore).toBeCloseTo(nllBefore, 10);
    expect(fitted.nllAfter).toBeCloseTo(nllAfter, 10);
    expect(fitted.pictures).toBe(known.logits.length);
  });

  it("finds the temperature that made the logits too large", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 50, noNaN: true }), (factor) => {
        const { logits, targets, scoreFunction, temperature } = golden[0]!;
        const larger = logits.map((row) => row.map((logit) => logit * factor));
        const fitted = fitTemperature({ logits: larger, targets, scoreFunction });
        expect(fitted.temperature / (temperature * factor)).toBeCloseTo(1, 9);
      }),
    );
  });

  it("gives the least loss", () => {
    for (const known of golden) {
      for (const factor of [0.9, 0.999, 1.001, 1.1]) {
        expect(meanLoss(known, known.temperature * factor)).toBeGreaterThan(
          meanLoss(known, known.temperature),
        );
      }
    }
  });

  it("refuses what no temperature can be fitted to", () => {
    const fit = (logits: number[][], targets: number[]) => () =>
      fitTemperature({ logits, targets, scoreFunction: "softmax" });
    expect(fit([], [])).toThrow(expect.objectContaining({ code: "INPUT_EMPTY" }));
    expect(fit([[1], [2]], [0, 0])).toThrow(/2 labels or more, got 1/);
    expect(fit([[1, 2]], [2])).toThrow(/target of picture 0 to be one of 2 labels, got 2/);
    expect(fit([[1, 2]], [0.5])).toThrow(/got 0.5/);
    expect(fit([[1, 2]], [])).toThrow(TypeError);
    expect(fit([[1, 2], [1]], [0, 0])).toThrow(TypeError);
    expect(fit([[1, Number.NaN]], [0])).toThrow(expect.objectContaining({ code: "VECTOR_INVALID" }));
    expect(fit([[1, 2]], [1])).toThrow(/every picture is right/);
    expect(fit([[1, 2]], [0])).toThrow(/no higher than those of other labels/);
    expect(fit([[1, 1]], [0])).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

describe("scores with a temperature", () => {
  const labels = labelSet(["cat", "dog", "bus"]);
  const embeddings = matrixOf(labels.map(({ label }) => hashVector(label, 16)));
  const image = hashVector("a picture", 16);
  const scoring = { logitScale: 20, logitBias: -3, scoreFunction: "softmax" as ScoreFunction };
  const scores = (more: object, options = {}) =>
    predict(image, { labels, embeddings, scoring: { ...scoring, ...more } }, options);

  it("are those of the divided logits; order, logits and similarities stay", () => {
    const plain = scores({});
    const warm = scores({ temperature: 4 });
    const sum = plain.reduce((total, { logit }) => total + Math.exp(logit / 4), 0);
    for (const [at, { score, ...rest }] of warm.entries()) {
      const { score: _, ...before } = plain[at]!;
      expect(rest).toEqual(before);
      expect(score).toBeCloseTo(Math.exp(rest.logit / 4) / sum, 12);
    }
    const [first] = scores({ scoreFunction: "sigmoid", temperature: 4 });
    expect(first!.score).toBeCloseTo(1 / (1 + Math.exp(-first!.logit / 4)), 12);
  });

  it("are the same to the bit without one, and with 1", () => {
    expect(scores({ temperature: 1 })).toEqual(scores({}));
  });

  it("leave it out where each label of a softmax model is scored on its own", () => {
    expect(scores({ temperature: 4 }, { multiLabel: true })).toEqual(scores({}, { multiLabel: true }));
  });
});

describe("the temperature of a label index", () => {
  it("is stored as a version, goes with a change of labels and comes back with restore", async () => {
    const path = await temporaryFolder();
    const model = hashEncoder();
    const index = await buildLabelIndex(path, { labels: ["cat", "dog"], model });
    expect(index.info).not.toHaveProperty("calibration");
    await index.calibrate({ temperature: 1.5, dataset: "pets", pictures: 100 });
    const stored = { temperature: 1.5, dataset: "pets", pictures: 100, created: expect.any(String) };
    const again = await openLabelIndex(path);
    expect(again.info.calibration).toEqual(stored);
    const calibrated = (await again.versions()).at(-1)!.version;
    await again.add(["cat"], model);
    expect(again.info.calibration).toEqual(stored);
    await again.add(["bus"], model);
    expect(again.info).not.toHaveProperty("calibration");
    expect(again.info.count).toBe(3);
    await again.restore(calibrated);
    expect(again.info.calibration).toEqual(stored);
    await again.remove(["dog"]);
    expect(again.info).not.toHaveProperty("calibration");
    await index.close();
    await again.close();
  });

  it("is refused where it is not above 0", async () => {
    await using index = await buildLabelIndex(await temporaryFolder(), {
      labels: ["cat"],
      model: hashEncoder(),
    });
    for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(index.calibrate({ temperature, dataset: "", pictures: 1 })).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    }
    expect(await index.versions()).toHaveLength(1);
  });

  it("makes a classifier say that its scores are calibrated", async () => {
    await using model = await loadModel("mini");
    await using index = await buildLabelIndex(await temporaryFolder(), { labels: ["bus", "cup"], model });
    const classifyWith = async (options: object, picture = {}) => {
      await using classifier = await createClassifier({ model, ...options });
      const [result] = await classifier.classify([SAMPLE], picture);
      return result!;
    };
    const plain = await classifyWith({ index });
    expect(plain).not.toHaveProperty("calibrated");
    await index.calibrate({ temperature: 2, dataset: "some", pictures: 10 });
    const calibrated = await classifyWith({ index });
    expect(calibrated.calibrated).toBe(true);
    const { logit, score } = calibrated.predictions![0]!;
    const other = calibrated.predictions![1]!.logit;
    expect(score).toBeCloseTo(1 / (1 + Math.exp((other - logit) / 2)), 12);
    expect(await classifyWith({ index }, { multiLabel: true })).not.toHaveProperty("calibrated");
    expect(await classifyWith({ index, temperature: 1 })).toEqual(plain);
    expect(await classifyWith({ labels: ["bus", "cup"], temperature: 2 })).toEqual(calibrated);
    expect((await classifyWith({ index, search: "table" })).calibrated).toBe(true);
    await expect(classifyWith({ index, temperature: 0 })).rejects.toThrow(/temperature/);
  });
});

describe("nearlabel labels calibrate", () => {
  it("fits on one half, reports the other, and marks what classify writes", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await sampleFolders(folder);
    await nearlabel(["labels", "build", index, "-l", LABELS.join(",")]);
    const fitted = await nearlabel(["labels", "calibrate", index, "-d", data, "--no-cache", "--json"]);
    expect(fitted.stderr).toBe("");
    const { fitted: fit, heldOut } = JSON.parse(fitted.stdout);
    expect(fit.pictures).toBe(12);
    expect(heldOut.pictures).toBe(12);
    expect(fit.nllAfter).toBeLessThan(fit.nllBefore);
    const info = await nearlabel(["labels", "info", index]);
    expect(info.stdout).toContain(`temperature  ${fit.temperature} (12 pictures of ${data}, `);

    const args = ["classify", SAMPLE, "--index", index, "-k", "1"];
    const json = await nearlabel([...args, "--json"]);
    const [result] = JSON.parse(json.stdout);
    expect(Object.keys(result)).toEqual(["id", "calibrated", "predictions"]);
    expect(result.calibrated).toBe(true);
    const csv = await nearlabel([...args, "--csv"]);
    const [header, line] = csv.stdout.split("\n");
    expect(header).toMatch(/,error_code,error_message,calibrated$/);
    expect(line).toMatch(/,,,true$/);

    const added = await nearlabel(["labels", "add", index, "-l", "tree"]);
    expect(added.stderr).toContain("The temperature belonged to the labels before");
    const after = await nearlabel([...args, "--json"]);
    expect(Object.keys(JSON.parse(after.stdout)[0])).toEqual(["id", "predictions"]);
  });

  it("says why nothing could be fitted, and stores nothing", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await sampleFolders(folder);
    await nearlabel(["labels", "build", index, "-l", "tree,sea"]);
    const { exitCode, stderr } = await nearlabel(["labels", "calibrate", index, "-d", data, "--no-cache"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^INPUT_EMPTY: .*24 pictures.*"bus"/);
    expect((await nearlabel(["labels", "info", index])).stdout).not.toContain("temperature");
  });

  it("tells which labels --limit leaves without a picture", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await sampleFolders(folder);
    await nearlabel(["labels", "build", index, "-l", LABELS.join(",")]);
    const args = ["labels", "calibrate", index, "-d", data, "--no-cache", "--limit", "3"];
    const { stderr } = await nearlabel(args);
    const absent = `${LABELS.length - 1} of ${LABELS.length} labels have no picture among the first 3: `;
    expect(stderr).toContain(`${data}: ${absent}`);
    expect(stderr).not.toContain("--sample");
  });

  it("tells of pictures that it could not use", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await sampleFolders(folder);
    await writeFile(join(data, "bus", "broken.png"), "no picture");
    await nearlabel(["labels", "build", index, "-l", LABELS.slice(1).join(",")]);
    const { exitCode, stderr } = await nearlabel(["labels", "calibrate", index, "-d", data, "--no-cache"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^IMAGE_UNSUPPORTED: /m);
    expect(stderr).toMatch(
      /^Left out of .*: 3 pictures with a label that is not in the index \(1\): "bus"\.$/m,
    );
  });

  it("neither fits nor measures on a picture that comes again, or on an example of the index", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await sampleFolders(folder);
    const examples = join(folder, "examples");
    await nearlabel(["labels", "build", index, "-l", LABELS.join(",")]);
    for (const label of LABELS.slice(0, 3)) {
      await mkdir(join(examples, label), { recursive: true });
      await cp(join(data, label, "1.png"), join(examples, label, "an example.png"));
      await cp(join(data, label, "2.png"), join(data, label, "the same again.png"));
    }
    await nearlabel(["labels", "add-examples", index, "-d", examples]);
    const args = ["labels", "calibrate", index, "--no-cache", "--json", "-d"];
    const { stdout, stderr } = await nearlabel([...args, data]);
    const { fitted, heldOut, leftOut } = JSON.parse(stdout);
    expect(fitted.pictures + heldOut.pictures).toBe(21);
    expect(leftOut).toMatchObject({ examples: 3, repeated: 3, otherLabels: 0 });
    expect(stderr).toMatch(/3 pictures in the examples of the index; 3 pictures there more than once\.$/m);
    const own = await nearlabel([...args, examples]);
    expect(own.exitCode).toBe(2);
    expect(own.stderr).toMatch(
      /^INPUT_EMPTY: .*got 0 among 3 pictures.*3 pictures in the examples of the index/,
    );
  });

  it("leaves the index as it was where the other half is no better for it", async () => {
    const folder = await temporaryFolder();
    const index = join(folder, "index");
    const data = await contraryHalves(folder);
    await nearlabel(["labels", "build", index, "-l", LABELS.join(",")]);
    const args = ["labels", "calibrate", index, "-d", data, "--no-cache"];
    const { exitCode, stdout } = await nearlabel([...args, "--json"]);
    expect(exitCode).toBe(1);
    const { stored, heldOut } = JSON.parse(stdout);
    expect(heldOut.nllAfter).toBeGreaterThan(heldOut.nllBefore);
    expect(stored).toBe(false);
    expect((await nearlabel(args)).stdout).toContain("not stored: ");
    expect((await nearlabel(["labels", "info", index])).stdout).not.toContain("temperature");
  });
});

/** Of the pictures in their order, every other is filed where it belongs; of the rest, half are not. */
async function contraryHalves(folder: string): Promise<string> {
  const data = join(folder, "data");
  for (const [at, label] of LABELS.entries()) {
    const other = LABELS[(at + 1) % LABELS.length];
    await mkdir(join(data, label), { recursive: true });
    const wrong = at % 2 === 0;
    await copySample(wrong ? other! : label, join(data, label, "1.png"), wrong ? 7 : 1);
    await copySample(label, join(data, label, "2.png"), 4);
  }
  return data;
}

const LABELS = ["bus", "chair", "cup", "guitar", "lamp", "pizza", "snail", "umbrella"];

/** A folder a label, each with its sample twice and another's once, so that not all are right. */
async function sampleFolders(folder: string): Promise<string> {
  const data = join(folder, "data");
  for (const [at, label] of LABELS.entries()) {
    const other = LABELS[(at + 1) % LABELS.length];
    await mkdir(join(data, label), { recursive: true });
    await copySample(label, join(data, label, "1.png"), 1);
    await copySample(label, join(data, label, "2.png"), 4);
    await copySample(other!, join(data, label, "3.png"), 7);
  }
  return data;
}

/** The same pixels in other bytes, so that it is another picture by its contents. */
async function copySample(label: string, to: string, compressionLevel: number): Promise<void> {
  await sharp(join(ROOT, `samples/${label}.png`))
    .png({ compressionLevel })
    .toFile(to);
}
