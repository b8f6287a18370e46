import { join } from "node:path";
import { expect, test } from "vitest";
import * as nearlabel from "../src/index.js";
import { temporaryFolder } from "./folders.js";
import { addImages, newTable, randomUnits } from "./image-rows.js";

/** Functions with arguments that are right, and the names of the parts that these are. */
async function calls() {
  const place = await temporaryFolder();
  const model = await nearlabel.loadModel("mini");
  const table = await newTable(join(place, "photos.db"));
  await addImages(table, randomUnits(4, 256, 1), { given_label: ["cat", "dog", "cat", "dog"] });
  const index = await nearlabel.buildLabelIndex(join(place, "labels"), { labels: ["cat", "dog"], model });
  const dataset = await nearlabel.openDataset("samples");
  const image = nearlabel.imageFile("samples/apple.png");
  const labels = ["cat", "dog"];
  const [signal, onProgress] = [new AbortController().signal, () => {}];
  const heard = { signal, onProgress };
  const { embeddings } = await model.embedImages([image]);
  return {
    drawExamples: [dataset, labels, {}],
    adaptedLabels: [index],
    addExamples: [index, model, []],
    classify: [[image], { model, labels, signal }],
    classifyEmbeddings: [embeddings, { model, labels }],
    createClassifier: [{ model, labels }],
    embedRows: [model, []],
    evaluate: [{ dataset, runs: [{ name: "a", model, labels }], ...heard }],
    calibrateIndex: [index, model, dataset],
    chooseThreshold: [index, model, { known: dataset }],
    explain: [image, labels, model, heard],
    findClusters: [table, { model, signal }],
    findDuplicates: [table, { where: "true", signal }],
    notDuplicates: [table, []],
    findOutliers: [table, { where: "true", signal }],
    findSuspects: [table, { model, where: "true", signal }],
    exportImages: [table, { format: "jsonl", to: join(place, "out.jsonl"), where: "true", ...heard }],
    importImages: [join(place, "copy.db"), { format: "jsonl", from: join(place, "none.jsonl"), ...heard }],
    ingest: ["samples/apple.png", { model, table: join(place, "new.db"), ...heard }],
    watchPictures: [place, { model, table: join(place, "new.db"), signal: AbortSignal.abort(), onProgress }],
    classifyTable: [table, { model, labels, where: "true", signal }],
    fitThresholds: [table, { model, labels, where: "true", signal }],
    earlierLabelCounts: [table, "pets"],
    labelCounts: [table, { where: "true" }],
    labelTable: [table, { model, labels, save: "pets", where: "true", ...heard }],
    openSavedLabelSet: [table, "pets"],
    saveLabelSet: [table, "pets", labels, model],
    loadImages: [table],
    search: [table, "cat", { model, where: "true", signal }],
    searchAll: [table, "cat", { model, where: "true", signal }],
    folderTable: ["samples", { directory: place }],
    createImageTable: [join(place, "made.db"), { model }],
    openImageTable: [join(place, "photos.db"), { model }],
    repairTable: [table, [], { model, signal }],
    verifyTable: [table, { model, ...heard }],
    exampleHashes: [index],
    removeExamples: [index],
    buildLabelIndex: [join(place, "more"), { labels, model, ...heard }],
    embedLabels: [model, nearlabel.labelSet(labels), "{}"],
    quantizeModel: ["mini", { to: join(place, "q8"), ...heard }],
    partsOf: [dataset],
    partOf: [dataset, null],
  } as const;
}

/** What the arguments of a call are, so that others can stand in their places. */
const isOptions = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Options that have one meaning everywhere, so that another value is told. */
const COMMON = ["model", "signal", "onProgress", "where"];
/** Functions whose options can be left out. */
const OPTIONAL = /^(?:drawExamples|explain|find\w+|labelCounts|openImageTable|verifyTable)$/;
const MAY_LACK_MODEL =
  /^(?:classify|classifyEmbeddings|createClassifier|evaluate|findClusters|findSuspects|classifyTable|fitThresholds|labelTable|openImageTable|verifyTable|quantizeModel)$/;

function* wrongCalls(name: string, args: readonly unknown[]): Generator<[string, readonly unknown[]]> {
  for (const [position, argument] of args.entries()) {
    if (isOptions(argument) && !("rows" in argument)) {
      if (!OPTIONAL.test(name)) yield [`no options`, args.slice(0, position)];
      yield ["null as options", args.with(position, null)];
      for (const option of COMMON.filter((each) => each in argument)) {
        if (option === "model" && !MAY_LACK_MODEL.test(name)) {
          const { model, ...without } = argument;
          yield ["no model", args.with(position, without)];
        }
        for (const wrong of [42, Promise.resolve(argument[option])]) {
          yield [`${option} ${String(wrong)}`, args.with(position, { ...argument, [option]: wrong })];
        }
      }
    } else if (typeof argument === "object" && !Array.isArray(argument) && argument !== null) {
      if (
        !("identity" in argument || "parts" in argument || "calibrate" in argument || "failures" in argument)
      )
        continue;
      for (const wrong of [undefined, null, "x", {}, Promise.resolve(argument)]) {
        yield [`argument ${position}: ${String(wrong)}`, args.with(position, wrong)];
      }
    }
  }
}

async function codeOf(call: () => unknown): Promise<string> {
  try {
    const result = await call();
    if (result !== null && typeof result === "object" && Symbol.asyncIterator in result) {
      for await (const _ of result as AsyncIterable<unknown>);
    }
    return "none";
  } catch (error) {
    return error instanceof nearlabel.NearlabelError ? error.code : String(error);
  }
}

test("arguments and options that are missing, or of another kind, are told by OPTION_INVALID", async () => {
  const functions = nearlabel as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const found: string[] = [];
  for (const [name, args] of Object.entries(await calls())) {
    const called = functions[name]!;
    for (const [what, wrong] of wrongCalls(name, args)) {
      const code = await codeOf(() => called(...wrong));
      if (code !== "OPTION_INVALID") found.push(`${name}, ${what}: ${code}`);
    }
  }
  expect(found).toEqual([]);
});
