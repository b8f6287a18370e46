import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AskedProcess, ProcessEnded } from "../src/images/processes/asked-process.js";
import { ingest, loadModel, type Model, openImageTable } from "../src/index.js";
import { type Matrix, row } from "../src/math/matrix.js";
import type { Dataset } from "../src/rows/dataset.js";
import { temporaryFolder } from "./folders.js";
import { randomUnits } from "./image-rows.js";

const COUNT = 2400;
let model: Model;
let vectors: Matrix;
beforeAll(async () => {
  model = await loadModel("mini");
  vectors = randomUnits(COUNT, model.dimension, 1);
});
afterAll(() => model.close());

/** Pictures of which nothing but their embeddings is known. `meanwhile` is called before each. */
function embedded(meanwhile: (at: number) => Promise<void> | void): Dataset {
  return {
    name: "embedded",
    async *rows() {
      for (let at = 0; at < COUNT; at++) {
        await meanwhile(at);
        yield { id: `p${at}`, image: new Uint8Array(), embedding: row(vectors, at) };
      }
    },
  };
}

/** Processes of ours that write to a table. */
async function writers(table: string): Promise<number[]> {
  const tasks = await readdir("/proc/self/task");
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/self/task/${task}/children`, "utf8")),
  );
  const found: number[] = [];
  for (const child of children.join(" ").trim().split(/\s+/).filter(Boolean)) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes("write-process") && command.includes(table)) found.push(Number(child));
  }
  return found;
}

async function expectWhole(place: string): Promise<void> {
  await using table = await openImageTable(place);
  const { columns, vectors: stored } = await table.table.read({ columns: ["path", "vector"] });
  const places = new Map(columns.path!.map((path, at) => [String(path).replace(/^.*#p/, ""), at]));
  expect([columns.path!.length, places.size]).toEqual([COUNT, COUNT]);
  for (let at = 0; at < COUNT; at += 100)
    expect(row(stored!, places.get(String(at))!)).toEqual(row(vectors, at));
}

describe.skipIf(process.platform !== "linux")("an ingest of many pictures", () => {
  test("writes all but the first in a process of its own, which ends with it", async () => {
    const table = join(await temporaryFolder(), "table.db");
    const seen = new Set<number>();
    const dataset = embedded(async (at) => {
      if (at % 400 === 399) for (const writer of await writers(table)) seen.add(writer);
    });
    const { added, count } = await ingest(dataset, { table, model });
    expect([added, count, seen.size, await writers(table)]).toEqual([COUNT, COUNT, 1, []]);
    await expectWhole(table);
  });

  test("writes by itself where that process is killed", async () => {
    const table = join(await temporaryFolder(), "table.db");
    let killed = 0;
    const dataset = embedded(async (at) => {
      if (at < 2200 || killed > 0) return;
      for (const writer of await writers(table)) {
        process.kill(writer, "SIGKILL");
        killed++;
      }
    });
    await ingest(dataset, { table, model });
    expect(killed).toBe(1);
    await expectWhole(table);
  });

  test("writes to its table though the program goes to another folder, where there is one of that name", async () => {
    const [here, there] = [await temporaryFolder(), await temporaryFolder()];
    const before = process.cwd();
    process.chdir(there);
    try {
      await ingest(
        embedded(() => {}),
        { table: "table.db", model },
      );
      process.chdir(here);
      const dataset = embedded((at) => {
        if (at === 500) process.chdir(there);
      });
      await ingest(dataset, { table: "table.db", model, source: "moved" });
    } finally {
      process.chdir(before);
    }
    await expectWhole(join(here, "table.db"));
    await expectWhole(join(there, "table.db"));
  });

  test("keeps what came before it was ended", async () => {
    const place = join(await temporaryFolder(), "table.db");
    const stop = new AbortController();
    const dataset = embedded((at) => {
      if (at === 2300) stop.abort(new Error("stopped"));
    });
    await expect(ingest(dataset, { table: place, model, signal: stop.signal })).rejects.toThrow("stopped");
    expect(await writers(place)).toEqual([]);
    await using table = await openImageTable(place);
    expect(await table.count()).toBeGreaterThanOrEqual(2000);
  });

  test("says so where it cannot be written", async () => {
    const table = join(await temporaryFolder(), "table.db");
    const dataset = embedded(async (at) => {
      if (at === 2350) await rm(table, { recursive: true });
    });
    await expect(ingest(dataset, { table, model })).rejects.toMatchObject({ name: "NearlabelError" });
    expect(await writers(table)).toEqual([]);
  });
});

test("the process that writes ends where it cannot open the table, for others to write or to say why", async () => {
  const writer = await AskedProcess.start("write-process", join(await temporaryFolder(), "none.db"));
  await expect(writer!.ask({ rows: { columns: {} }, insteadOf: [] })).rejects.toBeInstanceOf(ProcessEnded);
  await writer!.close();
});
