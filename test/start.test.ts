import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  classify,
  DEFAULT_TEMPLATES,
  embedLabels,
  importLabelIndex,
  labelSet,
  loadModel,
} from "../src/index.js";
import { temporaryFolder } from "./folders.js";

const MINI = fileURLToPath(new URL("../models/mini", import.meta.url));
const CUP = fileURLToPath(new URL("../samples/cup.png", import.meta.url));

/** The built-in model, whose text tower and tokenizer cannot be opened; the fingerprint alone reads their bytes. */
async function modelWithoutTexts(): Promise<string> {
  const folder = join(await temporaryFolder(), "model");
  await cp(MINI, folder, { recursive: true });
  for (const name of ["onnx/text_model.onnx", "tokenizer.json"]) await writeFile(join(folder, name), "none");
  return folder;
}

test("classifying with a label index opens neither the text tower nor the tokenizer", async () => {
  await using whole = await loadModel("mini");
  await using model = await loadModel(await modelWithoutTexts());
  await expect(model.embedTexts(["a cup"])).rejects.toMatchObject({ code: "MODEL_FILE_INVALID" });
  await expect(model.encodeTokens(whole.tokenize(["a cup"]))).rejects.toMatchObject({
    code: "MODEL_FILE_INVALID",
  });
  const labels = labelSet(["bus", "cup", "guitar"]);
  await using index = await importLabelIndex(await temporaryFolder(), {
    labels,
    embeddings: await embedLabels(whole, labels, DEFAULT_TEMPLATES),
    model: { model: model.identity.id, fingerprint: await model.identity.fingerprint(), ...model.scoring },
  });
  const expected = await classify([CUP], { labels, model: whole });
  expect(expected[0]?.predictions?.[0]).toMatchObject({ label: "cup" });
  expect(await classify([CUP], { index: index.path })).toEqual(expected);
});

const BUNDLE = fileURLToPath(new URL("../dist/bundle", import.meta.url));

/** What is loaded with these files of the bundle, by themselves or by files that they import: packages, and the bundle's large files. */
async function loadedWith(...files: string[]): Promise<string[]> {
  const read = new Set(files.map((file) => join(BUNDLE, file)));
  const found = new Set<string>();
  for (const file of read) {
    const text = await readFile(file, "utf8");
    if (/(?:lancedb|s3)\.js$/.test(file)) found.add(basename(file));
    for (const [, name = ""] of text.matchAll(/^(?:import|export) .*?(?:from )?"([^"\n]+)";$/gm)) {
      if (name.startsWith(".")) read.add(join(dirname(file), name));
      else if (!name.startsWith("node:")) found.add(name.replace(/(?<=^[^@][^/]*)\/.*/, ""));
    }
  }
  return [...found].sort();
}

test("a start loads neither the server nor LanceDB nor another large package", async () => {
  expect(await loadedWith("index.js")).toEqual([]);
  expect(await loadedWith("nearlabel.js", "classify.js")).toEqual([]);
  expect(await loadedWith("serve.js")).toContain("fastify");
  expect(await loadedWith("libraries.js")).toContain("lancedb.js");
});
