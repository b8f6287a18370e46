import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDataset } from "../src/datasets/open.js";
import type { HubSettings } from "../src/hub/protocol/settings.js";
import type { ImageRow } from "../src/rows/dataset.js";
import { temporaryFolder } from "./folders.js";
import { commitOf, type HubServer, startHubServer } from "./hub-server.js";

const golden = fileURLToPath(new URL("golden/datasets", import.meta.url));

/** The files of a golden data set by their paths, as a repository of the hub holds them. */
async function filesOf(name: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(join(golden, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name: file }) => {
    const path = join(parentPath, file);
    return [path.slice(join(golden, name).length + 1).replaceAll("\\", "/"), await readFile(path)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

const main = { ".gitattributes": Buffer.from("*.parquet filter=lfs\n"), ...(await filesOf("carded")) };
const renamed = {
  ...main,
  "README.md": Buffer.from(String(main["README.md" as never]).replace("polar bear", "brown bear")),
};
const pictures = { ".gitattributes": Buffer.from("\n"), "train/a.jpg": Buffer.from([1]) };
const [firstTest, secondTest, train] = [
  "test-00000-of-00002",
  "test-00001-of-00002",
  "train-00000-of-00001",
].map((shard) => `data/${shard}.parquet`);

let hub: HubServer;
let cacheDir: string;
let settings: HubSettings;

beforeAll(async () => {
  const configs = await filesOf("configs");
  hub = await startHubServer([
    { type: "dataset", name: "acme/birds", revisions: { main, "v2/names": renamed } },
    { type: "dataset", name: "acme/configs", revisions: { main: configs } },
    { type: "dataset", name: "acme/secret", revisions: { main }, token: "hf_right" },
    { type: "dataset", name: "acme/folders", revisions: { main: pictures, "refs/convert/parquet": main } },
    { type: "model", name: "acme/clip", revisions: { main } },
  ]);
});
afterAll(() => hub.close());
beforeEach(async () => {
  cacheDir = await temporaryFolder();
  settings = { endpoint: hub.endpoint, cacheDir, offline: false, retries: 1, retryDelay: 1, timeout: 5_000 };
  hub.intercept = undefined;
  hub.requests.length = 0;
});

async function rowsOf(rows: AsyncIterable<ImageRow>): Promise<ImageRow[]> {
  const all: ImageRow[] = [];
  // A file in the cache has a time of its own.
  for await (const { version: _, ...row } of rows) all.push(row);
  return all;
}

/** Paths in the snapshots of `acme/birds` in the cache. */
async function inCache(): Promise<string[]> {
  const folder = join(cacheDir, "datasets--acme--birds/snapshots", commitOf(main));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

describe("a data set of the hub", () => {
  test("gives the rows that the same files give in a folder", async () => {
    const here = await openDataset(join(golden, "carded"));
    const dataset = await openDataset("acme/birds", { hub: settings });
    expect(dataset).toMatchObject({ name: "acme/birds/test", size: here.size, labels: here.labels });
    expect(await rowsOf(dataset.rows())).toEqual(await rowsOf(here.rows()));
    expect(await rowsOf(dataset.rows({ start: 4, end: 7 }))).toEqual(
      await rowsOf(here.rows({ start: 4, end: 7 })),
    );
  });

  test("only the chosen split is downloaded, with the card; another split adds its own", async () => {
    await openDataset("acme/birds", { hub: settings });
    expect(await inCache()).toEqual(["README.md", firstTest, secondTest]);
    const other = await openDataset("datasets/acme/birds", { hub: settings, split: "train" });
    expect(other.name).toBe("acme/birds/train");
    expect(await inCache()).toEqual(["README.md", firstTest, secondTest, train]);
  });

  test("the card names the configuration, or the caller does", async () => {
    const byCard = await openDataset("acme/configs", { hub: settings });
    expect(byCard.labels).toEqual(["x", "y"]);
    const asked = await openDataset("acme/configs", { hub: settings, config: "plain" });
    expect(asked.labels).toEqual(["a", "b"]);
  });

  test("a revision is a branch, with slashes too, or a commit", async () => {
    const branch = await openDataset("acme/birds@v2/names", { hub: settings });
    expect(branch.labels).toContain("brown bear");
    const commit = await openDataset(`acme/birds@${commitOf(main)}`, { hub: settings });
    expect(commit.labels).toContain("polar bear");
  });

  test("what the cache has is read without the hub", async () => {
    await openDataset("acme/birds", { hub: settings });
    hub.requests.length = 0;
    const offline = { ...settings, offline: true };
    expect((await rowsOf((await openDataset("acme/birds", { hub: offline })).rows())).length).toBe(10);
    await expect(openDataset("acme/birds", { hub: offline, split: "train" })).rejects.toMatchObject({
      code: "HUB_OFFLINE",
      message: expect.stringContaining(train!),
    });
    expect(hub.requests).toEqual([]);
    await openDataset("acme/birds", { hub: settings });
    expect(hub.requests.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/api\/datasets\/acme\/birds\/revision\/main/),
    ]);
  });

  test("the token is sent to the hub, and its lack is told", async () => {
    await expect(openDataset("acme/secret", { hub: settings })).rejects.toMatchObject({
      code: "HUB_UNAUTHORISED",
    });
    const dataset = await openDataset("acme/secret", { hub: { ...settings, token: "hf_right" } });
    expect(dataset.size).toBe(10);
    expect(hub.requests.filter(({ server, authorization }) => server === "storage" && authorization)).toEqual(
      [],
    );
  });

  test("progress counts the bytes of the split's files, and a failure that passes is tried again", async () => {
    let failures = 1;
    hub.intercept = ({ server }, response) => {
      if (server !== "storage" || failures-- < 1) return false;
      response.writeHead(503).end();
      return true;
    };
    const seen: number[] = [];
    const retried: string[] = [];
    await openDataset("acme/birds", {
      hub: settings,
      onDownload: ({ bytes, totalBytes }) => seen.push(bytes / totalBytes),
      onRetry: ({ reason }) => retried.push(reason.code),
    });
    expect(seen.at(-1)).toBe(1);
    expect(retried).toEqual(["HUB_UNAVAILABLE"]);
  });

  test("a file that is not what the hub lists is refused", async () => {
    hub.intercept = ({ server }, response) => {
      if (server !== "storage") return false;
      response.writeHead(200).end(Buffer.alloc(main[firstTest as keyof typeof main].length));
      return true;
    };
    await expect(openDataset("acme/birds", { hub: settings })).rejects.toMatchObject({ code: "HUB_CORRUPT" });
  });

  test("what is not there is told: the data set, a split, Parquet files", async () => {
    await expect(openDataset("acme/nothing", { hub: settings })).rejects.toMatchObject({
      code: "HUB_NOT_FOUND",
      message: expect.stringContaining("There is no file or folder acme/nothing"),
    });
    // A model of that name is no data set.
    await expect(openDataset("acme/clip", { hub: settings })).rejects.toMatchObject({
      code: "HUB_NOT_FOUND",
    });
    await expect(openDataset("acme/birds", { hub: settings, split: "dev" })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringMatching(/"datasets\/acme\/birds@main" has no split "dev".*test, train/),
    });
    await expect(openDataset("acme/folders", { hub: settings })).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: expect.stringContaining('"acme/folders@refs/convert/parquet"'),
    });
    expect((await openDataset("acme/folders@refs/convert/parquet", { hub: settings })).size).toBe(10);
  });

  test("a name that ends as a data file does is a path", async () => {
    await expect(openDataset("acme/birds.parquet", { hub: settings })).rejects.toMatchObject({
      code: "DATASET_NOT_FOUND",
    });
    expect(hub.requests).toEqual([]);
  });

  test("a local folder of that name comes first", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "acme"));
    await cp(join(golden, "carded"), join(folder, "acme/birds"), { recursive: true });
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await openDataset("acme/birds", { hub: settings })).name).toBe("birds/test");
    } finally {
      process.chdir(before);
    }
    expect(hub.requests).toEqual([]);
  });
});

const python = process.env.PYTHON;

describe.skipIf(!python)("Python's huggingface_hub [needs PYTHON, a Python with huggingface_hub]", () => {
  async function inPython(offline: boolean): Promise<string> {
    const script = fileURLToPath(new URL("golden/make_hub_cache.py", import.meta.url));
    const env = {
      ...process.env,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_OFFLINE: offline ? "1" : "0",
      HF_HUB_DISABLE_XET: "1",
      HF_HUB_DISABLE_PROGRESS_BARS: "1",
    };
    const { stdout } = await promisify(execFile)(python!, [script, "dataset", cacheDir], { env });
    return JSON.parse(stdout);
  }

  test("downloads the data set from the test's hub, and nothing is downloaded again here", async () => {
    await inPython(false);
    hub.requests.length = 0;
    const dataset = await openDataset("acme/birds", { hub: settings });
    expect((await rowsOf(dataset.rows())).length).toBe(10);
    expect(
      hub.requests.filter(({ path, server }) => server === "storage" || !path.startsWith("/api/datasets/")),
    ).toEqual([]);
  });

  test("finds without a hub what was downloaded here", async () => {
    await openDataset("acme/birds", { hub: settings });
    expect(await inPython(true)).toBe(join(cacheDir, "datasets--acme--birds/snapshots", commitOf(main)));
    expect(await inCache()).toEqual(["README.md", firstTest, secondTest]);
  });
});
