import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { NearlabelError } from "../src/errors.js";
import { cosine } from "../src/math/vector.js";
import { type Graph, openGraph, type Values } from "../src/onnx/graph.js";
import { bytesOf, type Region } from "../src/onnx/quantize/fields.js";
import { openGraphFile } from "../src/onnx/quantize/graph-file.js";
import { quantizeGraph } from "../src/onnx/quantize/quantize.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "nearlabel-quantize-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Golden {
  readonly nodes: string;
  readonly tensors: string;
  readonly products: number;
  /** Of the texts that were put in. */
  readonly length: number;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(new URL("golden/quantized.json", import.meta.url), "utf8"),
);
let count = 0;
const target = () => join(work, `${count++}.onnx`);

describe("like onnxruntime's quantize_dynamic in Python", () => {
  test.each(Object.entries(golden))("%s", async (path, expected) => {
    const file = target();
    const { products } = await quantizeGraph(join(root, path), file);
    const found = await digests(file);
    expect({ products, ...found }).toEqual({
      products: expected.products,
      nodes: expected.nodes,
      tensors: expected.tensors,
    });
    for (const [name, values] of Object.entries(await outputsOf(file, expected))) {
      expect(cosine(values, Float32Array.from(expected.outputs[name]!)), name).toBeGreaterThan(0.99999);
    }
  });
});

describe("what is kept in floats", () => {
  test("by operator and by name, and which of them there was", async () => {
    const source = join(root, "models/mini/onnx/text_model.onnx");
    const all = await quantizeGraph(source, target());
    const file = target();
    const some = await quantizeGraph(source, file, { keep: ["Gather", "/f2/", "no such node"] });
    expect(some.kept).toEqual(new Set(["Gather", "/f2/"]));
    expect([all.products - some.products, some.lookups]).toEqual([5, 0]);
    await using graph = await openGraphFile(file);
    const operators = (part: string) =>
      graph.nodes.filter(({ name }) => name.includes(part)).map(({ opType }) => opType);
    expect(operators("blocks.0/f2/MatMul")).toContain("MatMul");
    expect(operators("blocks.0/f1/MatMul")).not.toContain("MatMul");
  });

  test("products that give fewer numbers than they take, transposed or not", async () => {
    const text = await quantizeGraph(join(root, "models/mini/onnx/text_model.onnx"), target(), {
      keep: ["narrowing"],
    });
    const all = await quantizeGraph(join(root, "models/mini/onnx/text_model.onnx"), target());
    expect(all.products - text.products).toBe(5);
    const file = target();
    const vision = await quantizeGraph(join(root, "models/mini/onnx/vision_model.onnx"), file, {
      keep: ["narrowing"],
    });
    expect([vision.products, vision.kept]).toEqual([0, new Set(["narrowing"])]);
    await using graph = await openGraphFile(file);
    expect(graph.nodes.map(({ opType }) => opType)).toContain("Gemm");
  });
});

const clip = join(root, "test/golden/families/clip/onnx/text_model.onnx");

describe("files", () => {
  test("a large model has its numbers in a file beside it, and gives the same", async () => {
    const [whole, split] = [target(), target()];
    await quantizeGraph(clip, whole);
    const { files } = await quantizeGraph(clip, split, { largestFile: 4096 });
    expect(files.map(({ name }) => name)).toEqual([basename(split), `${basename(split)}_data`]);
    for (const { name, bytes, sha256: hash } of files) {
      const content = readFileSync(join(work, name));
      expect(content.length).toBe(bytes);
      expect(createHash("sha256").update(content).digest("hex")).toBe(hash);
    }
    const [a, b] = [await digests(whole), await digests(split)];
    expect(b).toEqual(a);
    const expected = golden["test/golden/families/clip/onnx/text_model.onnx"]!;
    expect(await outputsOf(split, expected)).toEqual(await outputsOf(whole, expected));
  });

  test("the same network gives the same bytes, and progress ends at all of them", async () => {
    const told: [number, number][] = [];
    const first = await quantizeGraph(clip, target(), {
      onProgress: (done, total) => told.push([done, total]),
    });
    const second = await quantizeGraph(clip, target());
    expect(second.files[0]!.sha256).toBe(first.files[0]!.sha256);
    expect(told.at(-1)).toEqual([first.files[0]!.bytes, first.files[0]!.bytes]);
  });

  test("stops at once when it is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(quantizeGraph(clip, target(), { signal })).rejects.toThrow("enough");
  });

  test("a cut file, a text and a missing file are errors that name it", async () => {
    const cut = target();
    const bytes = readFileSync(clip);
    for (const length of [0, 3, 1000, bytes.length - 5]) {
      writeFileSync(cut, bytes.subarray(0, length));
      await expect(quantizeGraph(cut, target())).rejects.toMatchObject({
        code: "MODEL_FILE_INVALID",
        message: expect.stringContaining(cut),
      });
    }
    writeFileSync(cut, "version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 12\n");
    await expect(quantizeGraph(cut, target())).rejects.toMatchObject({ code: "MODEL_FILE_INVALID" });
    await expect(quantizeGraph(join(work, "none.onnx"), target())).rejects.toMatchObject({
      code: "MODEL_FILE_INVALID",
    });
  });

  test("weights that are not numbers are an error that names them", async () => {
    const forms = join(root, "test/golden/quantize/forms.onnx");
    const file = target();
    for (const name of ["upright", "table"]) {
      const bytes = readFileSync(forms);
      await using graph = await openGraphFile(forms);
      bytes.writeFloatLE(Number.NaN, graph.initializers.get(name)!.data!.position + 8);
      writeFileSync(file, bytes);
      await expect(quantizeGraph(file, target())).rejects.toMatchObject({
        code: "MODEL_FILE_INVALID",
        message: expect.stringContaining(`weights ${name} are not all finite`),
      });
    }
  });

  test("any damaged byte gives a file or a clear error, never another", async () => {
    const bytes = readFileSync(join(root, "test/golden/quantize/forms.onnx"));
    const damaged = target();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const copy = Buffer.from(bytes);
        copy[at] = copy[at]! ^ change;
        writeFileSync(damaged, copy);
        const error = await quantizeGraph(damaged, `${damaged}.out`).catch((reason) => reason);
        if (error instanceof Error) expect(String((error as NearlabelError).code)).toMatch(/^MODEL_/);
      }),
      { numRuns: 200 },
    );
  });

  test("weights outside the model's folder are not read", async () => {
    const folder = join(root, "test/golden/families/layouts/external-data/onnx");
    const bytes = readFileSync(join(folder, "vision_model.onnx"));
    const name = "vision_model.onnx_data";
    const at = bytes.indexOf(name);
    bytes.write("../../../../secrets.txt".slice(0, name.length), at);
    const file = target();
    writeFileSync(file, bytes);
    await expect(quantizeGraph(file, target())).rejects.toMatchObject({
      code: "MODEL_FILE_INVALID",
      message: expect.stringContaining("leads out of its folder"),
    });
  });

  test("what is quantised already, or half precision, is refused with the reason", async () => {
    const done = target();
    await quantizeGraph(clip, done);
    await expect(quantizeGraph(done, target())).rejects.toMatchObject({
      code: "MODEL_UNSUPPORTED",
      message: expect.stringContaining("quantised already"),
    });
    const half = join(root, "test/golden/tiny-model/graphs/vision_fp16.onnx");
    await expect(quantizeGraph(half, target())).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
  });

  test("a folder that cannot be written is an error with a remedy", async () => {
    await expect(quantizeGraph(clip, join(work, "no-folder/a.onnx"))).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });
});

/** As make_quantized.py has them. */
async function digests(file: string) {
  await using graph = await openGraphFile(file);
  const nodes = graph.nodes.map(async ({ opType, name, inputs, outputs, attributes }) => {
    const bytes = await Promise.all(attributes.map(bytesOf));
    return pythonJson([
      opType,
      name,
      inputs,
      outputs,
      bytes.map((each) => Buffer.from(each).toString("hex")).sort(),
    ]);
  });
  const tensors = [...graph.initializers.values()].map(async ({ name, type, dims, data }) => {
    return pythonJson([
      name,
      type,
      dims,
      createHash("sha256")
        .update(await bytesOf(data as Region))
        .digest("hex"),
    ]);
  });
  return { nodes: sha256(await Promise.all(nodes)), tensors: sha256(await Promise.all(tensors)) };
}

function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  return JSON.stringify(value);
}

function sha256(parts: readonly string[]): string {
  return createHash("sha256")
    .update([...parts].sort().join("\n"))
    .digest("hex");
}

async function outputsOf(file: string, { length, outputs }: Golden): Promise<Record<string, Float32Array>> {
  const graph = await openGraph(file, { threads: 1 });
  const inputs = Object.fromEntries(graph.inputNames.map((name) => [name, rampFor(graph, name, length)]));
  const names = Object.keys(outputs);
  const values = await graph.run(inputs, names);
  await graph.release();
  return Object.fromEntries(names.map((name, at) => [name, values[at]!.data as Float32Array]));
}

function rampFor(graph: Graph, name: string, tokens: number): Values {
  const free = [2, tokens];
  const shape = graph.inputShape(name).map((size) => size ?? free.shift()!);
  const length = shape.reduce((product, size) => product * size, 1);
  const isPicture = name === "x" || name === "image" || name === "pixel_values";
  if (isPicture) return { data: Float32Array.from({ length }, (_, at) => (at % 17) / 8 - 1), shape };
  const id = (at: number) => (name === "attention_mask" ? 1 : (at % 5) + 1);
  return { data: Int32Array.from({ length }, (_, at) => id(at)), shape };
}
