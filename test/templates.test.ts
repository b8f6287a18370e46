import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allEmbeddings } from "../src/encoder/embedding-batch.js";
import { loadModel } from "../src/encoder/load.js";
import { embedLabels } from "../src/labels/prompts/embed-labels.js";
import { readTemplates } from "../src/labels/prompts/template-file.js";
import { DEFAULT_TEMPLATES, fillTemplate, promptsOf, templateSet } from "../src/labels/prompts/templates.js";
import { labelSet } from "../src/labels/set/label-set.js";
import { matrixOf, meanRow, row } from "../src/math/matrix.js";
import { dot, normalise } from "../src/math/vector.js";
import { temporaryFolder } from "./folders.js";
import { hashEncoder, hashVector } from "./hash-encoder.js";

async function templatesOf(name: string, content: string, key?: string) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return readTemplates(path, key);
}

test("all three placeholders take the class name", () => {
  for (const template of ["a photo of a {}.", "a photo of a {label}.", "a photo of a {c}."]) {
    expect(fillTemplate(template, "cat")).toBe("a photo of a cat.");
  }
});

test("filling is literal whatever the class name is", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("$&", "$$", "$1", "{}", "{c}", "Ke$$ha")),
      (className) => fillTemplate("a {} b", className) === `a ${className} b`,
    ),
  );
});

test("each template needs exactly one placeholder", () => {
  expect(templateSet("a {}")).toEqual(["a {}"]);
  expect(() => templateSet([])).toThrow(expect.objectContaining({ code: "TEMPLATE_INVALID" }));
  expect(() => templateSet(["a {}", "a cat", "{} and {c}", "a {class}"])).toThrow(
    expect.objectContaining({
      code: "TEMPLATE_INVALID",
      message: expect.stringContaining('"a cat"; "{} and {c}"; "a {class}"'),
    }),
  );
});

test("template files are text, a JSON list, or JSON lists to choose from", async () => {
  const two = ["a {c}.", "the {c}."];
  expect(await templatesOf("t.txt", "\ufeffa {c}.\r\nthe {c}.\r\n")).toEqual(two);
  expect(await templatesOf("t.json", JSON.stringify(two))).toEqual(two);
  expect(await templatesOf("t.json", JSON.stringify({ pets: two }))).toEqual(two);
  expect(await templatesOf("t.json", JSON.stringify({ pets: two, food101: ["{c}"] }), "food101")).toEqual([
    "{c}",
  ]);
});

test.each<[string, string, string | undefined, RegExp]>([
  [
    "t.json",
    '{"pets": ["{c}"], "cars": ["{c}"]}',
    undefined,
    /holds several lists; name one behind the file, as in .*t\.json#pets, .* There are pets; cars/,
  ],
  ["t.json", '{"pets": ["{c}"]}', "dogs", /has no list "dogs"\. There are pets/],
  ["t.json", '["{c}"]', "pets", /holds one list/],
  ["t.json", '{"pets": "{c}"}', undefined, /at least one template/],
  ["t.json", "3", undefined, /at least one template/],
  ["t.json", '["{c}",\n]', undefined, /t\.json, line 2: not valid JSON/],
  ["t.txt", "a {}", "pets", /holds one list/],
  ["t.jsonl", '"a {}"', undefined, /end in \.jsonl are not read; expected \.txt or \.json/],
  ["t.txt", "a\u0000 \u0000{}", undefined, /line 1: .* got a NUL character/],
  ["t.txt", "", undefined, /t\.txt: expected at least one template/],
  ["t.txt", "a {}\na cat\n", undefined, /not so in "a cat"/],
])("%s with %j and key %s is refused", async (name, content, key, message) => {
  await expect(templatesOf(name, content, key)).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
    message: expect.stringMatching(message),
  });
});

test("own prompts take the place of templates", () => {
  const [cat, dog] = labelSet(["cat", { label: "dog", prompts: ["a {} dog"] }]);
  expect(promptsOf(cat!, ["a {}", "the {c}"])).toEqual(["a cat", "the cat"]);
  expect(promptsOf(cat!, "a {}")).toEqual(["a cat"]);
  expect(promptsOf(dog!, ["a {}"])).toEqual(["a {} dog"]);
});

test("an ensemble is the normalised mean of its prompts' embeddings, each encoded once", async () => {
  const labels = labelSet([
    "cat",
    "dog",
    { label: "hound", className: "dog" },
    { label: "fox", prompts: ["a dog", "x"] },
  ]);
  const encoder = hashEncoder();
  const progress: [number, number][] = [];
  const embeddings = await embedLabels(encoder, labels, ["a {}", "the {}"], {
    onProgress: (done, total) => progress.push([done, total]),
  });
  for (const [index, label] of labels.entries()) {
    const prompts = promptsOf(label, ["a {}", "the {}"]).map((prompt) => hashVector(prompt, 16));
    const expected = normalise(meanRow(matrixOf(prompts)));
    for (const [i, value] of row(embeddings, index).entries()) expect(value).toBeCloseTo(expected[i]!, 6);
  }
  expect(encoder.encoded.toSorted()).toEqual(["a cat", "a dog", "the cat", "the dog", "x"]);
  expect(progress.at(-1)?.[0]).toBe(5);
});

test("one template alone is the same as an array of it", async () => {
  const labels = labelSet(["cat", "dog"]);
  expect(await embedLabels(hashEncoder(), labels, "a {}")).toEqual(
    await embedLabels(hashEncoder(), labels, ["a {}"]),
  );
  await expect(embedLabels(hashEncoder(), labels, "a cat")).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
  });
});

test("80 templates and 1,000 labels are encoded in chunks and can be stopped between them", async () => {
  const labels = labelSet(Array.from({ length: 1000 }, (_, index) => `label ${index}`));
  const templates = Array.from({ length: 80 }, (_, index) => `${index} {}`);
  const stop = new AbortController();
  const encoder = hashEncoder();
  const embedding = embedLabels(encoder, labels, templates, {
    signal: stop.signal,
    onProgress: (done) => done > 3000 && stop.abort(new Error("enough")),
  });
  await expect(embedding).rejects.toThrow("enough");
  expect(encoder.encoded.length).toBeLessThan(5000);
});

test("templates are needed unless every label has prompts", async () => {
  await expect(embedLabels(hashEncoder(), labelSet(["cat"]), [])).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
  });
  const embeddings = await embedLabels(hashEncoder(), labelSet([{ label: "cat", prompts: ["a cat"] }]), []);
  expect(embeddings.data).toEqual(hashVector("a cat", 16));
});

test("class embeddings of the built-in model are those of its prompts", async () => {
  await using model = await loadModel("mini");
  const embeddings = await embedLabels(model, labelSet(["aquarium_fish", "cat"]), DEFAULT_TEMPLATES);
  const texts = allEmbeddings(await model.embedTexts(["a photo of a aquarium fish", "a photo of a cat"]));
  for (const index of [0, 1]) expect(dot(row(embeddings, index), row(texts, index))).toBeCloseTo(1, 6);
  expect(dot(row(embeddings, 0), row(embeddings, 1))).toBeLessThan(0.99);
});

test("names alone are no labels to embed", async () => {
  for (const wrong of [["a", "b"], "a", undefined]) {
    const embedded = embedLabels(hashEncoder({ dimension: 8 }), wrong as never, ["a {}"]);
    await expect(embedded).rejects.toMatchObject({ code: "LABELS_INVALID" });
  }
});
