import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type LabelInput, labelSet, readLabels } from "../src/labels/set/label-set.js";
import { temporaryFolder } from "./folders.js";

async function labelsOf(name: string, content: string | Uint8Array) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return readLabels(path);
}

/** Text with everything that has a meaning somewhere: to CSV, JSON, SQL, templates, `String.replace` or Unicode. */
const awkward = fc
  .array(
    fc.constantFrom("'", '"', "$&", "$1", "{}", "{label}", ",", "|", "\\", "_", "é", "金魚", "🐟", "a", " "),
  )
  .map((parts) => parts.join(""))
  .filter((text) => text.trim() !== "");

test("a label stays as given and its class name has spaces for underscores", () => {
  expect(labelSet(["aquarium_fish", " cat ", "_"])).toEqual([
    { label: "aquarium_fish", className: "aquarium fish" },
    { label: " cat ", className: "cat" },
    { label: "_", className: "_" },
  ]);
});

test("objects keep class name, prompts and parent", () => {
  const labels = [
    { label: "n02124075", className: "Egyptian cat", parent: "cat" },
    { label: "dog", className: "dog", prompts: ["a dog", "a puppy"] },
  ];
  expect(labelSet(labels)).toEqual(labels);
});

test("a text file has one label a line, with or without byte order mark and carriage returns", async () => {
  const expected = labelSet(["cat", "aquarium_fish", "金魚"]);
  expect(await labelsOf("labels.txt", "cat\naquarium_fish\n金魚")).toEqual(expected);
  expect(await labelsOf("labels.txt", "\ufeffcat\r\naquarium_fish\r\n金魚\r\n\r\n")).toEqual(expected);
});

test("a JSON file is an array of labels or an object of class names or prompts", async () => {
  expect(
    await labelsOf("l.json", '["cat", {"label": "n1", "className": "dog", "parent": "animal"}]'),
  ).toEqual([
    { label: "cat", className: "cat" },
    { label: "n1", className: "dog", parent: "animal" },
  ]);
  expect(await labelsOf("l.JSON", '\ufeff{"n1": "dog", "red_fox": ["a fox", "a red animal"]}')).toEqual([
    { label: "n1", className: "dog" },
    { label: "red_fox", className: "red fox", prompts: ["a fox", "a red animal"] },
  ]);
});

test("a CSV file has a header and its columns in any order", async () => {
  const csv =
    '\ufeffprompts,label,parent,class_name\r\n"a fox, red | a ""fox""",red_fox,animal,\r\n,n1,,dog\r\n';
  expect(await labelsOf("labels.csv", csv)).toEqual([
    { label: "red_fox", className: "red fox", prompts: ["a fox, red", 'a "fox"'], parent: "animal" },
    { label: "n1", className: "dog" },
  ]);
  expect(await labelsOf("labels.csv", "label\ncat\n\ndog\n")).toEqual(labelSet(["cat", "dog"]));
});

test("a CSV file may end its lines in more than one way", async () => {
  expect(await labelsOf("l.csv", "label,class_name\nbus,a bus\r\ncup,a cup\rfox,a fox\n")).toEqual([
    { label: "bus", className: "a bus" },
    { label: "cup", className: "a cup" },
    { label: "fox", className: "a fox" },
  ]);
});

test("ImageNet's class index gives its synsets as labels, and nothing else is taken for one", async () => {
  const index = { 1: ["n01443537", "goldfish"], 0: ["n01440764", "great_white_shark"] };
  expect(await labelsOf("l.json", JSON.stringify(index))).toEqual([
    { label: "n01440764", className: "great white shark" },
    { label: "n01443537", className: "goldfish" },
  ]);
  expect(await labelsOf("l.json", JSON.stringify({ ...index, fox: ["a fox", "a red fox"] }))).toMatchObject([
    { label: "0", prompts: ["n01440764", "great_white_shark"] },
    { label: "1" },
    { label: "fox" },
  ]);
});

test("any label survives a JSON file and a CSV file", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(awkward, { minLength: 1, maxLength: 5 }), async (labels) => {
      expect(await labelsOf("l.json", JSON.stringify(labels))).toEqual(labelSet(labels));
      expect(await labelsOf("l.csv", stringify([["label"], ...labels.map((label) => [label])]))).toEqual(
        labelSet(labels),
      );
    }),
    { numRuns: 30 },
  );
});

test("duplicates are listed with their places, ten of them and then a count", async () => {
  expect(() => labelSet(["cat", "dog", "cat"])).toThrow('more than once (1): "cat" (position 0, position 2)');
  const numbers = Array.from({ length: 12 }, (_, index) => `n${index}`);
  expect(() => labelSet([...numbers, ...numbers])).toThrow(
    /\(12\): "n0" .*"n9" \(position 9, position 21\); and 2 more/,
  );
  await expect(labelsOf("labels.txt", "cat\ndog\ncat\n")).rejects.toMatchObject({
    code: "LABELS_DUPLICATE",
    message: expect.stringMatching(/labels\.txt: .*"cat" \(line 1, line 3\)/),
  });
});

test("empty labels and empty sets are refused", async () => {
  expect(() => labelSet([])).toThrow(expect.objectContaining({ code: "LABELS_EMPTY" }));
  expect(() => labelSet(["cat", " ", { label: "" }])).toThrow("empty labels (2): position 1; position 2");
  await expect(labelsOf("labels.txt", "cat\n\ndog\n")).rejects.toMatchObject({
    code: "LABELS_EMPTY",
    message: expect.stringContaining("line 2"),
  });
  for (const [name, content] of [
    ["labels.txt", ""],
    ["labels.json", "[]"],
    ["labels.csv", "label\n"],
    ["labels.csv", ""],
  ] as const) {
    await expect(labelsOf(name, content)).rejects.toMatchObject({ code: "LABELS_EMPTY" });
  }
});

test.each<[unknown, string]>([
  [[1], "position 0: expected a string or an object with a label, got a value of type number"],
  [[null], "got null"],
  [[{ label: 7 }], "expected label to be a string, got a value of type number"],
  [
    [{ label: "cat", classname: "x" }],
    "unknown field classname; the fields are label, className, prompts, parent",
  ],
  [[{ label: "cat", className: " " }], 'expected className to have text, got " "'],
  [[{ label: "cat", prompts: [] }], "at least one string, got an empty array"],
  [[{ label: "cat", prompts: ["a", 1] }], "expected each prompt to be a string"],
  [[{ label: "cat", parent: 1 }], "expected parent to be a string"],
  [["\ud83d"], "is not valid Unicode"],
  [["bus", "a\tb"], 'position 1: label "a\\tb" has characters that do not show'],
  [[{ label: "bus", className: "b\u0000" }], "className"],
  [[{ label: "bus", parent: "a\nb" }], "parent"],
  ["cat", "Expected labels to be an array, got a value of type string"],
])("%j is not a label set", (input, message) => {
  expect(() => labelSet(input as LabelInput[])).toThrow(
    expect.objectContaining({ code: "LABELS_INVALID", message: expect.stringContaining(message) }),
  );
});

test.each<[string, string | Uint8Array, RegExp]>([
  ["l.json", '[\n"cat",\nfoo\n]', /l\.json, line 3: not valid JSON/],
  ["l.json", '{"cat": "a",\n"dog" "b"}', /line 2: not valid JSON/],
  ["l.json", '["cat",\n"dog",', /line 2: not valid JSON/],
  ["l.json", '["cat",\n"do\ng"]', /line 2: not valid JSON/],
  ["l.json", '"cat"', /expected a JSON array of labels or an object of labels, got "cat"/],
  ["l.json", '{"cat": 3}', /key "cat": expected className to be a string/],
  ["l.csv", "label,class_name\ncat,cat\ndog\n", /l\.csv, line 3: expected 2 cells, as in the header, got 1/],
  ["l.csv", 'label\n"cat\n', /l\.csv, line \d: not valid CSV/],
  ["l.csv", "name\ncat\n", /line 1: expected a header with label .* got name/],
  ["l.csv", "label,colour\ncat,red\n", /line 1: expected a header/],
  ["l.csv", "label,label\ncat,cat\n", /line 1: expected a header/],
  ["l.txt", Buffer.from("cat\nd\xf6g\n", "latin1"), /l\.txt, line 2: expected UTF-8/],
  ["l.txt", Buffer.from("bus\ncup\n", "utf16le"), /l\.txt, line 1: .* got a NUL character/],
  ["l.txt", "bus\ncup\ta cup\n", /line 2: label "cup\\ta cup" has characters that do not show/],
  ["l.jsonl", '{"label": "bus"}\n', /end in \.jsonl are not read; expected \.txt, \.csv or \.json/],
  ["l.NDJSON", '{"label": "bus"}\n', /end in \.ndjson/],
  ["l.tsv", "label\tclass_name\nbus\ta bus\n", /end in \.tsv/],
  ["l.yaml", "names:\n  0: bus\n", /end in \.yaml/],
  ["l.yml", "- bus\n", /end in \.yml/],
  ["l.xml", "<bus/>\n", /end in \.xml/],
])("%s with %j is refused", async (name, content, message) => {
  await expect(labelsOf(name, content)).rejects.toMatchObject({
    code: "LABELS_INVALID",
    message: expect.stringMatching(message),
  });
});

test("a file that is not there is named", async () => {
  await expect(readLabels("/nowhere/labels.txt")).rejects.toMatchObject({
    code: "LABELS_INVALID",
    message: "/nowhere/labels.txt: cannot be read: there is no such file or folder (ENOENT).",
  });
});
