import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  openEmbeddings,
  type StoredEmbedding,
  type StoredEmbeddings,
} from "../src/datasets/embeddings/stored-embeddings.js";
import { type EmbeddingRow, writeEmbeddings } from "../src/datasets/embeddings/write.js";
import { openDataset } from "../src/datasets/open.js";
import { norm, normalise } from "../src/math/vector.js";
import type { ImageRow } from "../src/rows/dataset.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const golden = fileURLToPath(new URL("golden/stored-embeddings", import.meta.url));

interface ExpectedRow {
  id: string;
  label: string | null;
  embedding: number[];
}
const expected: Record<"retrieval" | "plain", ExpectedRow[]> = JSON.parse(
  readFileSync(join(golden, "expected.json"), "utf8"),
);

async function rowsOf(
  embeddings: StoredEmbeddings,
  range?: { start?: number; end?: number },
): Promise<StoredEmbedding[]> {
  const rows: StoredEmbedding[] = [];
  for await (const row of embeddings.rows(range)) rows.push(row);
  return rows;
}

function expectRows(rows: readonly StoredEmbedding[], wanted: readonly ExpectedRow[]): void {
  expect(rows.map(({ id, label = null }) => ({ id, label }))).toEqual(
    wanted.map(({ id, label }) => ({ id, label })),
  );
  for (const [at, { embedding }] of rows.entries()) {
    const furthest = Math.max(...wanted[at]!.embedding.map((value, i) => Math.abs(value - embedding![i]!)));
    expect(furthest).toBeLessThan(1e-7);
  }
}

describe("embeddings that other programs wrote", () => {
  test("clip-retrieval's folder: parts in the order of their numbers, float16, metadata by number", async () => {
    const embeddings = await openEmbeddings(join(golden, "retrieval"));
    expect(embeddings).toMatchObject({ name: "retrieval", dimension: 6, size: 5 });
    expectRows(await rowsOf(embeddings), expected.retrieval);
  });

  test("those of texts are read when asked for", async () => {
    const texts = await rowsOf(await openEmbeddings(join(golden, "retrieval"), { of: "texts" }));
    expect(texts.map(({ id }) => id)).toEqual(expected.retrieval.map(({ id }) => id));
    expect(texts[0]!.embedding).not.toEqual(Float32Array.from(expected.retrieval[0]!.embedding));
  });

  test.each(["parquet", "json", "jsonl"])("x.npy with x.%s", async (kind) => {
    const embeddings = await openEmbeddings(join(golden, `${kind}.npy`));
    expect(embeddings.name).toBe(kind);
    expect(embeddings.labels).toEqual(kind === "parquet" ? ["ant", "bee"] : undefined);
    expectRows(await rowsOf(embeddings), expected.plain);
  });

  test("names alone: lines of text, CSV with a header, an array of texts", async () => {
    const folder = await temporaryFolder();
    const names = expected.plain.map((_, at) => `photos/${at}, "new".jpg`);
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}",${name.length % 2 ? "ant" : "bee"}`);
    const kinds = {
      txt: `${names.join("\n")}\n`,
      csv: `image_path,label\n${quoted.join("\n")}\n`,
      json: JSON.stringify(names),
    };
    for (const [kind, text] of Object.entries(kinds)) {
      const place = join(folder, kind);
      await mkdir(place);
      await cp(join(golden, "none.npy"), join(place, "features.npy"));
      await writeFile(join(place, `features.${kind}`), text);
      for (const note of ["README.md", "LICENSE"]) await writeFile(join(place, note), "Of our photos.\n");
      // The folder is a data set as well, as there is nothing else in it but notes for people.
      for (const path of [place, join(place, "features.npy")]) {
        const rows = [];
        for await (const row of (await openDataset(path)).rows()) rows.push(row);
        expect(
          rows.map(({ id }) => id),
          path,
        ).toEqual(names);
        expect(rows[0]!.label).toBe(kind === "csv" ? (names[0]!.length % 2 ? "ant" : "bee") : undefined);
      }
    }
    await writeFile(join(folder, "txt", "features.txt"), "one\n");
    await expect(openEmbeddings(join(folder, "txt")).then((found) => rowsOf(found))).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("features.txt: expected"),
    });
    await cp("samples/cup.png", join(folder, "json", "cup.png"));
    expect((await openDataset(join(folder, "json"))).format).not.toBe("stored embeddings");
  });

  test("arrays that are no matrix, and those of other programs, are told with what is expected", async () => {
    const folder = await temporaryFolder();
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }".padEnd(117);
    const start = Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1");
    await writeFile(
      join(folder, "0.npy"),
      Buffer.concat([start, Buffer.from(`${header}\n`), Buffer.alloc(16)]),
    );
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining(
        "expected a matrix of float16 or float32 with a row for each embedding, got float32 of shape (4)",
      ),
    });
    for (const name of ["features.npz", "features.pt", "features.pkl"]) {
      const file = join(await temporaryFolder(), name);
      await writeFile(file, "PK");
      await expect(openDataset(file)).rejects.toMatchObject({
        message: expect.stringContaining("Embeddings are read from .npy: np.save"),
      });
      const { exitCode, stderr } = await nearlabel(["ingest", file, "--table", `${file}.db`]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("np.save")]);
    }
  });

  test("without metadata, ids are the numbers of the rows", async () => {
    const rows = await rowsOf(await openEmbeddings(join(golden, "none.npy")));
    expect(rows.map(({ id, label }) => [id, label])).toEqual([0, 1, 2, 3].map((id) => [id, undefined]));
  });

  test("columns are chosen, and one that is not there is told with those that are", async () => {
    const path = join(golden, "retrieval");
    const rows = await rowsOf(await openEmbeddings(path, { idColumn: "key", labelColumn: "caption" }));
    expect(rows[0]).toMatchObject({ id: 0, label: "a caption of shard/2-0.jpg" });
    await expect(openEmbeddings(path, { idColumn: "uid" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining("Its columns: image_path, caption, label, key"),
    });
  });

  test.each(["retrieval", "jsonl.npy", "parquet.npy"])(
    "any range of %s gives the same rows as the whole",
    async (name) => {
      const embeddings = await openEmbeddings(join(golden, name));
      const whole = await rowsOf(embeddings);
      const bound = fc.integer({ min: 0, max: 6 });
      await fc.assert(
        fc.asyncProperty(bound, bound, async (start, end) => {
          expect(await rowsOf(embeddings, { start, end })).toEqual(whole.slice(start, Math.max(start, end)));
        }),
        { numRuns: 20 },
      );
    },
  );

  test("rows that are no embeddings are reported, and the others are read", async () => {
    const faulty = join(golden, "faulty.npy");
    const rows = await rowsOf(await openEmbeddings(faulty));
    expect(rows.map(({ error }) => error?.code)).toEqual([
      undefined,
      "VECTOR_INVALID",
      "VECTOR_INVALID",
      undefined,
      undefined,
    ]);
    expect(rows[1]!.error!.message).toMatch(/^Row 1 of .*faulty\.npy: .*NaN at position 2/);
    expect(norm(rows[3]!.embedding!)).toBeCloseTo(1, 6);
    const strict = await rowsOf(await openEmbeddings(faulty, { requireUnitLength: true }));
    expect(strict[3]!.error!.message).toMatch(/unit length, got one of 1\.500/);
    expect(strict[4]!.embedding).toBeDefined();
  });
});

describe("as a data set", () => {
  test("its rows are the embeddings, with ids and labels, in parts as well", async () => {
    for (const path of ["retrieval", "jsonl.npy", "parquet.npy"]) {
      const stored = await rowsOf(await openEmbeddings(join(golden, path)));
      const dataset = await openDataset(join(golden, path));
      expect(dataset).toMatchObject({ format: "stored embeddings", size: stored.length });
      const rows: ImageRow[] = [];
      for await (const row of dataset.rows()) rows.push(row);
      expect(rows).toEqual(stored.map((row) => ({ ...row, image: new Uint8Array() })));
      const inParts: ImageRow[] = [];
      for await (const { key } of dataset.parts!()) {
        for await (const row of dataset.part!(key).rows()) inParts.push(row);
      }
      expect(inParts).toEqual(rows);
    }
  });

  test("columns of metadata are those of each row", async () => {
    const folder = await temporaryFolder();
    const npy = join(folder, "x.npy");
    await copyFile(join(golden, "jsonl.npy"), npy);
    const { size } = await openEmbeddings(npy);
    const lines = Array.from({ length: size }, (_, at) =>
      at === 0 ? { id: "a" } : { id: `b${at}`, Label: "cat" },
    );
    await writeFile(join(folder, "x.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    const labels = (await rowsOf(await openEmbeddings(npy))).map(({ label }) => label);
    expect(labels).toEqual(lines.map((line) => line.Label));
    await rm(join(folder, "x.jsonl"));
    await writeFile(join(folder, "x.json"), JSON.stringify(lines));
    expect((await rowsOf(await openEmbeddings(npy))).map(({ label }) => label)).toEqual(labels);
    await expect(openEmbeddings(npy, { labelColumn: "kind" })).rejects.toMatchObject({
      message: expect.stringContaining('no column "kind". Its columns: id, Label.'),
    });
  });
});

describe("files that are something else", () => {
  test("nothing there, another file, an empty folder", async () => {
    const folder = await temporaryFolder();
    await expect(openEmbeddings(join(folder, "none"))).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    await expect(openEmbeddings(join(golden, "expected.json"))).rejects.toMatchObject({
      code: "DATASET_INVALID",
    });
    await expect(openEmbeddings(folder)).rejects.toMatchObject({ code: "DATASET_INVALID" });
  });

  test("a file that is cut short, metadata of another number of rows, parts of two dimensions", async () => {
    const folder = await temporaryFolder();
    const npy = await readFile(join(golden, "none.npy"));
    await writeFile(join(folder, "short.npy"), npy.subarray(0, npy.length - 4));
    await expect(openEmbeddings(join(folder, "short.npy"))).rejects.toThrow(
      /expected 96 bytes of float32 4 x 6, got 92/,
    );
    await writeFile(join(folder, "json.npy"), npy);
    await writeFile(join(folder, "json.json"), '[{"id": 1}]');
    await expect(openEmbeddings(join(folder, "json.npy"))).rejects.toThrow(/expected 4 rows.*got 1/);
    await writeFile(join(folder, "lines.npy"), npy);
    await writeFile(join(folder, "lines.jsonl"), '{"id": 1}\n{"id": 2}\n');
    const lines = await openEmbeddings(join(folder, "lines.npy"));
    await expect(rowsOf(lines)).rejects.toThrow(/expected 4 rows.*got 2/);
    await writeFile(join(folder, "lines.jsonl"), '{"id": 1}\n{"id"\n');
    await expect(rowsOf(lines)).rejects.toThrow(/lines\.jsonl", line 2: not valid JSON/);
    await mkdir(join(folder, "two/img_emb"), { recursive: true });
    cpSync(join(golden, "none.npy"), join(folder, "two/img_emb/img_emb_0.npy"));
    await writeEmbeddings(join(folder, "other"), stream(rowsWith(1, 3)));
    cpSync(join(folder, "other/img_emb/img_emb_0.npy"), join(folder, "two/img_emb/img_emb_1.npy"));
    await expect(openEmbeddings(join(folder, "two"))).rejects.toThrow(
      /expected embeddings of 6 numbers.*got 3/,
    );
  });
});

/** Unit vectors that are the same in every run. */
function rowsWith(count: number, dimension: number): EmbeddingRow[] {
  return Array.from({ length: count }, (_, row) => ({
    id: `pictures/${row}.jpg`,
    ...(row % 3 !== 2 && { label: `label ${row % 3}` }),
    embedding: normalise(Float32Array.from({ length: dimension }, (_, i) => Math.sin(row * 7 + i + 1))),
  }));
}

async function* stream(rows: readonly EmbeddingRow[], thrown?: Error): AsyncGenerator<EmbeddingRow> {
  yield* rows;
  if (thrown) throw thrown;
}

describe("embeddings that are written", () => {
  test.each([
    ["float32", 1e-7],
    ["float16", 5e-4],
  ] as const)("come back as they were, in %s", async (dtype, tolerance) => {
    const folder = await temporaryFolder();
    const rows = rowsWith(7, 5);
    expect(await writeEmbeddings(folder, stream(rows), { dtype, rowsPerFile: 3 })).toEqual({
      rows: 7,
      parts: 3,
    });
    expect((await readdir(join(folder, "img_emb"))).sort()).toEqual([
      "img_emb_0.npy",
      "img_emb_1.npy",
      "img_emb_2.npy",
    ]);
    const read = await openEmbeddings(folder);
    expect(read).toMatchObject({ dimension: 5, size: 7 });
    const back = await rowsOf(read);
    expect(back.map(({ id, label }) => ({ id, label }))).toEqual(
      rows.map(({ id, label }) => ({ id, label })),
    );
    for (const [at, { embedding }] of back.entries()) {
      for (const [i, value] of embedding!.entries()) {
        expect(Math.abs(value - rows[at]!.embedding[i]!)).toBeLessThan(tolerance);
      }
    }
  });

  test("ids that are numbers stay numbers", async () => {
    const folder = await temporaryFolder();
    const rows = rowsWith(3, 4).map((row, at) => ({ ...row, id: at + 40 }));
    await writeEmbeddings(folder, stream(rows));
    expect((await rowsOf(await openEmbeddings(folder))).map(({ id }) => id)).toEqual([40, 41, 42]);
  });

  test("what came before a failure is there and whole", async () => {
    const folder = await temporaryFolder();
    const rows = rowsWith(5, 4);
    await expect(
      writeEmbeddings(folder, stream(rows, new Error("stopped")), { rowsPerFile: 3 }),
    ).rejects.toThrow("stopped");
    expect((await rowsOf(await openEmbeddings(folder))).map(({ id }) => id)).toEqual(
      rows.map(({ id }) => id),
    );
  });

  test("nothing is overwritten; what a killed run left is passed over", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "img_emb"), { recursive: true });
    await writeFile(join(folder, "img_emb/img_emb_0.npy.tmp"), "half");
    await writeEmbeddings(folder, stream(rowsWith(2, 4)));
    expect(await readdir(join(folder, "img_emb"))).toEqual(["img_emb_0.npy"]);
    await expect(writeEmbeddings(folder, stream(rowsWith(2, 4)))).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });

  test("a vector of another length or with no number is refused, by its id", async () => {
    const [first, second] = rowsWith(2, 4) as [EmbeddingRow, EmbeddingRow];
    const write = async (row: EmbeddingRow, dtype: "float16" | "float32" = "float32") =>
      writeEmbeddings(await temporaryFolder(), stream([first, row]), { dtype });
    await expect(write({ ...second, embedding: new Float32Array(3) })).rejects.toMatchObject({
      code: "VECTOR_INVALID",
    });
    await expect(write({ ...second, embedding: Float32Array.of(1, 0, Number.NaN, 0) })).rejects.toThrow(
      /Row "pictures\/1.jpg".*NaN at position 2/,
    );
    await expect(write({ ...second, embedding: Float32Array.of(7e4, 0, 0, 0) }, "float16")).rejects.toThrow(
      /70000/,
    );
    await expect(write({ ...second, id: 1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  const python = process.env.PYTHON;
  test.skipIf(!python)("NumPy and pyarrow read the same [needs PYTHON with them]", async () => {
    const folder = await temporaryFolder();
    const rows = rowsWith(5, 4);
    await writeEmbeddings(folder, stream(rows), { dtype: "float16", rowsPerFile: 4 });
    const script = fileURLToPath(new URL("golden/make_stored_embeddings.py", import.meta.url));
    const parts = JSON.parse(execFileSync(python!, [script, "check", folder], { encoding: "utf8" }));
    expect(parts.map(({ dtype, shape }: { dtype: string; shape: number[] }) => [dtype, shape])).toEqual([
      ["float16", [4, 4]],
      ["float16", [1, 4]],
    ]);
    const read = parts.flatMap(({ rows }: { rows: object[] }) => rows);
    expect(read).toEqual(rows.map(({ id, label }) => ({ image_path: id, label: label ?? null })));
    for (const [at, values] of parts.flatMap(({ values }: { values: number[][] }) => values).entries()) {
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(rows[at]!.embedding[i]!, 3);
    }
  });
});
