import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { packagePath } from "../src/files/package-files.js";
import {
  allEmbeddings,
  type ImageTable,
  imageFile,
  ingest,
  loadImages,
  loadModel,
  type Model,
  openImageTable,
  search,
  searchAll,
} from "../src/index.js";
import { row } from "../src/math/matrix.js";
import { dot } from "../src/math/vector.js";
import { Table } from "../src/store/table.js";
import { hashEncoder } from "./hash-encoder.js";

let root: string;
let folder: string;
let model: Model;
let table: ImageTable;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nearlabel-"));
  folder = join(root, "photos");
  await cp(packagePath("samples"), folder, { recursive: true });
  model = await loadModel("mini");
  await ingest(folder, { table: join(root, "photos.db"), model });
  table = await openImageTable(join(root, "photos.db"));
});
afterAll(async () => {
  await table.close();
  await model.close();
  await rm(root, { recursive: true });
});

const names = (results: readonly { readonly image: { readonly path: string } }[]) =>
  results.map(({ image }) => image.path.slice(folder.length + 1));

describe("words", () => {
  test("find the picture, best first, with the cosine of the embeddings", async () => {
    const { results, relevance, more } = await search(table, "bus", { model, all: true, limit: 100 });
    expect(results).toHaveLength(await table.count());
    expect(more).toBe(false);
    expect(names(results)[0]).toBe("bus.png");
    expect(relevance?.best).toBe(results[0]!.relevance);
    const text = row(allEmbeddings(await model.embedTexts(["a photo of bus"])), 0);
    const image = row(allEmbeddings(await model.embedImages([imageFile(join(folder, "bus.png"))])), 0);
    expect(results[0]!.similarity).toBeCloseTo(dot(text, image), 5);
    const relevances = results.map((result) => result.relevance!);
    expect(relevances).toEqual([...relevances].sort((a, b) => b - a));
    expect(results.map(({ rank }) => rank)).toEqual(results.map((_, at) => at + 1));
  });

  test("give what is relevant, and nothing for what is not there", async () => {
    expect(names((await search(table, "orange", { model })).results)).toEqual(["orange.png"]);
    const absent = await search(table, "harbour", { model });
    expect(absent).toMatchObject({ results: [], more: false, relevance: { absent: true } });
    expect(absent.relevance!.best).toBeLessThan(absent.relevance!.present);
    const all = await search(table, "harbour", { model, all: true, limit: 3 });
    expect(all.results).toHaveLength(3);
    expect(absent.nearest).toEqual(all.results);
    expect(all).not.toHaveProperty("nearest");
  });

  test("name the nearest where nothing is relevant, as the model may have taken what is there for something else", async () => {
    const { results, nearest } = await search(table, "an apple", { model, limit: 1 });
    expect(results).toEqual([]);
    expect(names(nearest!)).toContain("apple.png");
  });

  test("can be taken away, and weigh more or less", async () => {
    const best = async (query: Parameters<typeof search>[1]) =>
      names((await search(table, query, { model, all: true, limit: 1 })).results)[0];
    expect(await best([{ text: "bus", weight: 2 }, "guitar"])).toBe("bus.png");
    expect(await best(["bus", { text: "guitar", weight: 2 }])).toBe("guitar.png");
    const fruit = await search(table, "fruit", { model, all: true, limit: 1 });
    const others = await search(
      table,
      ["fruit", { text: "orange", weight: -1 }, { text: "apple", weight: -1 }],
      {
        model,
        all: true,
        limit: 1,
      },
    );
    expect(names(others.results)).not.toEqual(names(fruit.results));
  });

  test("a least similarity takes the place of relevance, and orders by similarity", async () => {
    const { results, relevance } = await search(table, "bus", { model, minSimilarity: 0.1, limit: 50 });
    expect(relevance).toBeUndefined();
    const all = await search(table, "bus", { model, minSimilarity: -1, limit: 50 });
    expect(results).toEqual(all.results.filter(({ similarity }) => similarity >= 0.1));
    const similarities = results.map(({ similarity }) => similarity);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
  });
});

describe("a picture", () => {
  test("finds itself first, and has no end of relevance", async () => {
    const image = imageFile(join(folder, "snail.png"));
    const { results, relevance } = await search(table, [{ image }], { model, limit: 3 });
    expect(names(results)[0]).toBe("snail.png");
    expect(results[0]!.similarity).toBeCloseTo(1, 4);
    expect(results).toHaveLength(3);
    expect(relevance).toBeUndefined();
  });

  test("that cannot be read is an error", async () => {
    const image = imageFile(join(folder, "none.png"));
    await expect(search(table, [{ image }], { model })).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });
});

describe("filters", () => {
  test("work inside the search, and say where they are wrong", async () => {
    const found = await search(table, "bus", { model, all: true, where: "path like '%snail%'" });
    expect(names(found.results)).toEqual(["snail.png"]);
    const under = { model, all: true, limit: 50 };
    expect((await search(table, "bus", { ...under, under: folder })).results).toHaveLength(
      await table.count(),
    );
    expect((await search(table, "bus", { ...under, under: join(root, "pho") })).results).toEqual([]);
    expect((await search(table, "bus", { ...under, label: "it's" })).results).toEqual([]);
    await expect(search(table, "bus", { model, where: "width >> 1" })).rejects.toMatchObject({
      code: "TABLE_FILTER_INVALID",
    });
    await expect(search(table, "bus", { model, where: "width > 1 and heigth > 2" })).rejects.toThrow(
      /"width > 1 and heigth > 2" cannot be used \(at character 15\)/,
    );
    // Parts without end would end the process.
    const joined = (parts: number) => ({ ...under, where: Array(parts).fill("width > 1").join(" and ") });
    expect((await search(table, "bus", joined(301))).results).toHaveLength(await table.count());
    await expect(search(table, "bus", joined(5000))).rejects.toThrow(/joins 4999 parts .* at most 300/);
    await expect(search(table, "bus", { model, where: "width > 1) or (1 = 1" })).rejects.toMatchObject({
      code: "TABLE_FILTER_INVALID",
    });
  });
});

describe("pages", () => {
  test("are parts of one long answer, in memory as well", async () => {
    const long = { model, limit: 100, exact: true };
    for (const searched of [table, await loadImages(table)]) {
      for (const [query, all] of [
        ["food", true],
        ["bus", false],
        ["an armadillo", false],
        [[{ image: imageFile(join(folder, "cup.png")) }], false],
      ] as const) {
        const whole = await search(searched, query, { ...long, all });
        for (const offset of [0, 1, 3, 20, 24, 30, 20_000]) {
          const { results, more, ...told } = await search(searched, query, { model, all, offset, limit: 4 });
          expect(results).toEqual(whole.results.slice(offset, offset + 4));
          expect(more).toBe(whole.results.length > offset + 4);
          expect(told).toEqual({
            version: whole.version,
            ...(whole.relevance && { relevance: whole.relevance }),
            ...(whole.nearest && { nearest: whole.nearest }),
          });
        }
      }
    }
  });

  test("compare the query with every picture once", async () => {
    const scans = vi.spyOn(Table.prototype, "search");
    onTestFinished(() => scans.mockRestore());
    for (const query of ["food", [{ image: imageFile(join(folder, "cup.png")) }]]) {
      for (const offset of [0, 3, 30]) {
        scans.mockClear();
        await search(table, query, { model, offset, limit: 4 });
        expect(scans).toHaveBeenCalledTimes(1);
      }
    }
  });

  test("of one version neither repeat nor lose a picture while rows go", async () => {
    const paged: string[] = [];
    for await (const { image } of searchAll(table, "food", { model, all: true, limit: 5 })) {
      paged.push(image.path);
      if (paged.length === 7) await table.remove([join(folder, "pizza.png")]);
    }
    expect(paged).toHaveLength((await table.count()) + 1);
    expect(new Set(paged).size).toBe(paged.length);
    await ingest(folder, { table: join(root, "photos.db"), model });
  });
});

test("a table in memory gives the same", async () => {
  const loaded = await loadImages(table);
  for (const query of ["bus", "harbour", [{ image: imageFile(join(folder, "cup.png")) }]]) {
    const stored = await search(table, query, { model, limit: 4 });
    const inMemory = await search(loaded, query, { model, limit: 4 });
    expect(names(inMemory.results)).toEqual(names(stored.results));
    for (const [at, { similarity }] of inMemory.results.entries()) {
      expect(similarity).toBeCloseTo(stored.results[at]!.similarity, 5);
    }
  }
  const where = "path like '%snail%'";
  expect(names((await search(loaded, "bus", { model, all: true, where })).results)).toEqual(["snail.png"]);
});

describe("refuses", () => {
  test.each([
    ["nothing", []],
    ["empty words", "  "],
    ["only minus", [{ text: "dog", weight: -1 }]],
    ["a weight of 0", [{ text: "dog", weight: 0 }]],
    ["what takes itself away", ["dog", { text: "dog", weight: -1 }]],
  ])("%s", async (_, query) => {
    await expect(search(table, query, { model })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  test("misspelt options, another model, and goes on no longer than wanted", async () => {
    const misspelt = { model, limmit: 3 } as unknown as { model: Model };
    await expect(search(table, "dog", misspelt)).rejects.toThrow(/no option "limmit"/);
    await expect(search(table, "dog", { model: hashEncoder() })).rejects.toMatchObject({
      code: "TABLE_MODEL_MISMATCH",
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(search(table, "dog", { model, signal })).rejects.toThrow("enough");
  });
});
