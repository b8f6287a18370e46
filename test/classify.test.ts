import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  buildLabelIndex,
  type Classification,
  classify,
  classifyEmbeddings,
  createClassifier,
  imageFile,
  loadModel,
} from "../src/index.js";
import { matrixOf } from "../src/math/matrix.js";
import { normaliseColumns, squaredDistances } from "../src/scoring/tutorial.js";
import { temporaryFolder } from "./folders.js";

const SAMPLES = fileURLToPath(new URL("../samples/", import.meta.url));
const sample = (name: string) => join(SAMPLES, `${name}.png`);
const labels = ["bus", "cup", "guitar", "sunflower"];

function firstLabels(results: readonly Classification[]): (string | undefined)[] {
  return results.map(({ predictions }) => predictions?.[0]?.label);
}

describe("classify", () => {
  it("names pictures from paths, bytes, blobs and pixels alike", async () => {
    const bytes = await readFile(sample("bus"));
    const results = await classify([sample("bus"), bytes, new Blob([bytes])], { labels });
    expect(results.map(({ id }) => id)).toEqual([sample("bus"), 1, 2]);
    expect(firstLabels(results)).toEqual(["bus", "bus", "bus"]);
    expect(results[1]!.predictions).toEqual(results[0]!.predictions);
    expect(results[2]!.predictions).toEqual(results[0]!.predictions);
  });

  it("gives all that a prediction has, best first, and scores that add up to 1", async () => {
    const [result] = await classify([sample("cup")], { labels, topK: 10 });
    const predictions = result!.predictions!;
    expect(predictions.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(predictions.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
    for (const { similarity, distance, logit } of predictions) {
      expect(distance).toBeCloseTo(1 - similarity, 12);
      expect(logit).toBeCloseTo(25 * similarity, 12);
    }
  });

  it("puts a bad picture's error in its place and goes on", async () => {
    const results = await classify([sample("bus"), "no-such.jpg", new Uint8Array(0), sample("cup")], {
      labels,
    });
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      "IMAGE_NOT_FOUND",
      "IMAGE_EMPTY",
      undefined,
    ]);
    expect(firstLabels(results)).toEqual(["bus", undefined, undefined, "cup"]);
  });

  it("gives the same scores whatever topK is, and leaves out what scores too little", async () => {
    const [all] = await classify([sample("guitar")], { labels, topK: 4 });
    const [one] = await classify([sample("guitar")], { labels, topK: 1 });
    expect(one!.predictions).toEqual(all!.predictions!.slice(0, 1));
    const [some] = await classify([sample("guitar")], { labels, minScore: 0.5 });
    expect(some!.predictions!.map(({ label }) => label)).toEqual(["guitar"]);
    const [none] = await classify([sample("guitar")], { labels, minSimilarity: 0.99 });
    expect(none!.predictions).toEqual([]);
  });

  it("scores labels on their own with multiLabel, in the same order", async () => {
    const [together] = await classify([sample("sunflower")], { labels });
    const [apart] = await classify([sample("sunflower")], { labels, multiLabel: true });
    expect(apart!.predictions!.map(({ label }) => label)).toEqual(
      together!.predictions!.map(({ label }) => label),
    );
    for (const { score } of apart!.predictions!) expect(score > 0 && score < 1).toBe(true);
    expect(apart!.predictions!.reduce((sum, { score }) => sum + score, 0)).not.toBeCloseTo(1, 3);
  });

  it.each([
    [{ topK: 0 }, "Expected topK to be a whole number from 1, got 0."],
    [{ minScore: 2 }, "Expected minScore to be a number from 0 to 1, got 2."],
    [{ minSimilarity: Number.NaN }, "Expected minSimilarity to be a number from -1 to 1, got NaN."],
    [{ index: "somewhere" }, "Expected either labels or a label index, got both or neither."],
    [{ search: "table" as const }, 'search: "table" needs a label index; build one and give it as index.'],
  ])("refuses %o", async (options, message) => {
    await expect(classify([sample("bus")], { labels, ...options })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message,
    });
  });

  it("tells what it was given that is no picture, no list, no options", async () => {
    const odd = [
      null,
      new URL("https://pictures.example/bus.png"),
      7,
      { path: sample("bus") },
    ] as unknown as string[];
    const results = await classify(odd, { labels });
    expect(results.map(({ error }) => error?.code)).toEqual(odd.map(() => "IMAGE_UNSUPPORTED"));
    expect(JSON.parse(JSON.stringify(results[0]))).toEqual({
      id: 0,
      error: { code: "IMAGE_UNSUPPORTED", message: expect.stringContaining("got null") },
    });
    await expect(classify("bus.png" as never, { labels })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(classify(["bus.png"], undefined as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(classify([], { index: "somewhere", templates: ["a {}"] })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });

  it("takes a path, a file: URL and a file as the same picture, alone or in a row", async () => {
    const url = pathToFileURL(sample("bus"));
    const given = [
      sample("bus"),
      url,
      imageFile(url),
      { id: "mine", image: sample("bus") },
      { id: 7, image: url },
    ];
    const results = await classify(given, { labels });
    expect(results.map(({ id }) => id)).toEqual([sample("bus"), sample("bus"), sample("bus"), "mine", 7]);
    for (const { predictions } of results) expect(predictions).toEqual(results[0]!.predictions);
  });

  it("answers a picture given as text in a message of a few lines", async () => {
    const dataUrl = `data:image/png;base64,${(await readFile(sample("bus"))).toString("base64")}`;
    const [result] = await classify([dataUrl], { labels });
    expect(result).toMatchObject({ id: 0, error: { code: "IMAGE_UNSUPPORTED" } });
    expect(result!.error!.message.length).toBeLessThan(600);
  });

  it("refuses a label set that is empty", async () => {
    await expect(classify([sample("bus")], { labels: [] })).rejects.toMatchObject({ code: "LABELS_EMPTY" });
  });

  it("classifies with a single label", async () => {
    const [result] = await classify([sample("bus")], { labels: ["bus"] });
    expect(result!.predictions).toMatchObject([{ label: "bus", score: 1, rank: 1 }]);
  });

  it("returns labels exactly as given, whatever is in them", async () => {
    const strange = ["Ke$$ha", "a {} b", "x, y", 'say "hi"', "日本語 🐟", "aquarium_fish", "it's"];
    const [result] = await classify([sample("bus")], { labels: strange, topK: 7 });
    expect(result!.predictions!.map(({ label }) => label).sort()).toEqual([...strange].sort());
  });
});

describe("a classifier", () => {
  it("streams results in order, an error in its place", async () => {
    const classifier = await createClassifier({ labels });
    const names = Array.from({ length: 70 }, (_, at) =>
      at === 40 ? "no-such.png" : sample(labels[at % 4]!),
    );
    const results: Classification[] = [];
    for await (const result of classifier.stream(names)) results.push(result);
    await classifier.close();
    expect(results.map(({ id }) => id)).toEqual(names);
    expect(results[40]!.error?.code).toBe("IMAGE_NOT_FOUND");
    expect(firstLabels(results)).toEqual(names.map((_, at) => (at === 40 ? undefined : labels[at % 4])));
  });

  it("gives the results of what came before its source failed", async () => {
    await using classifier = await createClassifier({ labels });
    async function* failing() {
      for (let at = 0; at < 40; at++) yield sample("bus");
      throw new Error("the source failed");
    }
    const results: Classification[] = [];
    const run = async () => {
      for await (const result of classifier.stream(failing())) results.push(result);
    };
    await expect(run()).rejects.toThrow("the source failed");
    expect(results).toHaveLength(40);
  });

  it("stops when told to, with the signal's reason", async () => {
    await using classifier = await createClassifier({ labels });
    const stop = new AbortController();
    const results: Classification[] = [];
    const run = async () => {
      const endless = (function* () {
        for (;;) yield sample("bus");
      })();
      for await (const result of classifier.stream(endless, { signal: stop.signal })) {
        results.push(result);
        if (results.length === 3) stop.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(results.length).toBeGreaterThanOrEqual(3);
  });

  it("leaves a model open that it was given", async () => {
    await using model = await loadModel("mini");
    await (await createClassifier({ labels, model })).close();
    expect(firstLabels(await classify([sample("bus")], { labels, model }))).toEqual(["bus"]);
  });

  it("finds the same by the index in memory, by its table and by the labels themselves", async () => {
    await using model = await loadModel("mini");
    const folder = await temporaryFolder();
    await using index = await buildLabelIndex(folder, { labels, model });
    const pictures = labels.map(sample);
    const direct = await classify(pictures, { labels, model });
    expect(await classify(pictures, { index, model })).toEqual(direct);
    const byTable = await classify(pictures, { index: folder, model, search: "table" });
    expect(byTable.map(({ predictions }) => predictions!.map(({ label }) => label))).toEqual(
      direct.map(({ predictions }) => predictions!.map(({ label }) => label)),
    );
    for (const [at, { predictions }] of byTable.entries()) {
      for (const [place, { similarity, score }] of predictions!.entries()) {
        expect(similarity).toBeCloseTo(direct[at]!.predictions![place]!.similarity, 6);
        expect(score).toBeCloseTo(direct[at]!.predictions![place]!.score, 5);
      }
    }
  });
});

describe("the tutorial's arithmetic", () => {
  it("divides columns by their norm and measures squared L2, as numpy does", () => {
    const columns = normaliseColumns(
      matrixOf([
        [3, 1],
        [4, 0],
      ]),
    );
    expect([...columns.data]).toEqual([Math.fround(0.6), 1, Math.fround(0.8), 0]);
    expect([...squaredDistances(Float32Array.of(1, 1), matrixOf([[4, 5]]))]).toEqual([25]);
  });
});

describe("classifyEmbeddings", () => {
  const labels = ["bus", "cup", "guitar"];
  const names = ["bus", "cup", "guitar", "snail"].map(sample);

  it("says of embeddings what classify says of their pictures, whatever their length", async () => {
    await using model = await loadModel();
    await using classifier = await createClassifier({ labels, model });
    const { embeddings } = await model.embedImages(names.map((name) => imageFile(name)));
    const expected = await classifier.classify(names);
    const results = await classifier.classifyEmbeddings(embeddings);
    expect(results.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    expect(results.map(({ predictions }) => predictions)).toEqual(
      expected.map(({ predictions }) => predictions),
    );
    const longer = { ...embeddings, data: embeddings.data.map((value) => value * 4) };
    expect(await classifyEmbeddings(longer, { labels, model, topK: 1 })).toMatchObject(
      expected.map(({ predictions }) => ({ predictions: [{ label: predictions?.[0]?.label }] })),
    );
  });

  it("has an error in the place of a row that is none, and refuses rows of another width", async () => {
    await using classifier = await createClassifier({ labels });
    const { dimension } = classifier.model;
    for (const wrong of [undefined, [1, 0], new Float32Array(dimension)]) {
      await expect(classifier.classifyEmbeddings(wrong as never)).rejects.toMatchObject({
        code: "VECTOR_INVALID",
      });
    }
    const data = new Float32Array(3 * dimension);
    data[0] = 1;
    data[2 * dimension] = Number.NaN;
    const results = await classifier.classifyEmbeddings({ data, rows: 3, columns: dimension });
    expect(results.map(({ error }) => error?.code)).toEqual([undefined, "VECTOR_INVALID", "VECTOR_INVALID"]);
    await expect(
      classifier.classifyEmbeddings({ data: new Float32Array(6), rows: 2, columns: 3 }),
    ).rejects.toMatchObject({ code: "VECTOR_INVALID" });
  });
});

describe("what is no list of pictures, or no option", () => {
  it("is refused by stream as by classify", async () => {
    await using classifier = await createClassifier({ labels: ["bus", "cup"] });
    for (const one of [sample("bus"), Buffer.from("bytes"), 7, null]) {
      const stream = classifier.stream(one as unknown as string[]);
      await expect(stream.next()).rejects.toMatchObject({ code: "OPTION_INVALID" });
      await expect(classifier.classify(one as unknown as string[])).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    }
  });

  it("is named where it is misspelt", async () => {
    const options = { labels: ["bus", "cup"], topk: 3 } as never;
    await expect(classify([], options)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining('"topk"'),
    });
    await expect(createClassifier(options)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

it("tells prompts that are encoded and pictures that are done apart", async () => {
  const told: [string, number][] = [];
  await classify([sample("bus"), sample("cup"), "no-such.png"], {
    labels: ["bus", "cup"],
    templates: ["a {}", "the {}"],
    onPrompts: (done) => told.push(["prompts", done]),
    onProgress: (done) => told.push(["pictures", done]),
  });
  expect(told.at(-4)).toEqual(["prompts", 4]);
  expect(told.slice(-3)).toEqual([1, 2, 3].map((done) => ["pictures", done]));
});
