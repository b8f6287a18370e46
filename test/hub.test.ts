import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NearlabelError } from "../src/errors.js";
import { listCached, removeCached, verifyCached } from "../src/hub/cache/inventory.js";
import { withLock } from "../src/hub/cache/lock.js";
import { cachedSnapshot } from "../src/hub/cache/snapshot.js";
import { type DownloadedSnapshot, download } from "../src/hub/download.js";
import { listRepoFiles } from "../src/hub/listing.js";
import type { HubNotice } from "../src/hub/options.js";
import type { HubProgress } from "../src/hub/progress.js";
import { waitOf } from "../src/hub/protocol/failure.js";
import { parseRepoId, repoText } from "../src/hub/protocol/repo.js";
import { type HubSettings, hubSettingsFromEnvironment } from "../src/hub/protocol/settings.js";
import {
  blobId,
  commitOf,
  type HubServer,
  type Intercept,
  type ServedRepo,
  sha256,
  startHubServer,
} from "./hub-server.js";
import { canMount } from "./mount.js";

const here = dirname(fileURLToPath(import.meta.url));

/** Bytes that look random and are the same in every run. */
function content(size: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, i) =>
    createHash("sha256").update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

const vision = content(400_000, "vision");
const config = Buffer.from('{ "model_type": "clip" }');
const main = {
  ".gitattributes": Buffer.from("*.onnx filter=lfs\n"),
  "README.md": Buffer.from("# A model\n"),
  "config.json": config,
  "onnx/text_model.onnx": content(30_000, "text"),
  "onnx/vision_model.onnx": vision,
  "tokenizer.json": content(1_500, "tokenizer"),
  "empty.txt": Buffer.alloc(0),
};
const newHead = { ...main, "config.json": Buffer.from('{ "model_type": "clip", "head": 2 }') };
const pictures = {
  "README.md": Buffer.from("# Pictures\n"),
  "data/test-00000-of-00001.parquet": content(9_000, "parquet"),
  "data/a picture #1.png": content(500, "png"),
};
const served: ServedRepo[] = [
  { type: "model", name: "acme/clip", revisions: { main, "feature/new-head": newHead } },
  { type: "dataset", name: "acme/pictures", revisions: { main: pictures } },
  { type: "model", name: "acme/secret", revisions: { main }, token: "hf_right" },
  { type: "model", name: "acme/gated", revisions: { main }, gated: true },
];
const clip = parseRepoId("acme/clip");
const modelFiles = ["config.json", "tokenizer.json", "onnx/text_model.onnx", "onnx/vision_model.onnx"];
const visionFile = ["onnx/vision_model.onnx"];
const blobs = "models--acme--clip/blobs";

let hub: HubServer;
let cacheDir: string;
let settings: HubSettings;

beforeAll(async () => {
  hub = await startHubServer(served);
});
afterAll(() => hub.close());
beforeEach(async () => {
  hub.requests.length = 0;
  cacheDir = await mkdtemp(join(tmpdir(), "nearlabel-hub-"));
  settings = { endpoint: hub.endpoint, cacheDir, offline: false, retries: 2, retryDelay: 1, timeout: 5_000 };
});
afterEach(async () => {
  hub.intercept = undefined;
  await rm(cacheDir, { recursive: true, force: true });
});

/** Answers of files, from whichever of the two servers holds them. */
function isData(path: string, server: string): boolean {
  return server === "storage" || path.startsWith("/api/resolve-cache/");
}

function dataRequests() {
  return hub.requests.filter(({ path, server, method }) => method === "GET" && isData(path, server));
}

/** Lets the first `times` requests that `matches` be answered by `answer`, and the server answer the others. */
function interceptFirst(
  times: number,
  matches: (path: string, server: string) => boolean,
  answer: Intercept,
): void {
  let left = times;
  hub.intercept = (request, response, incoming) => {
    if (left === 0 || !matches(request.path, request.server)) return false;
    left--;
    return answer(request, response, incoming);
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): Intercept =>
  (_, response) => {
    response.writeHead(code, headers).end();
    return true;
  };

/** Sends the head and the first `bytes` of `vision`, then cuts the connection. */
const breakAfter =
  (bytes: number): Intercept =>
  async (_, response) => {
    response.writeHead(200, { "content-length": vision.length });
    await new Promise((done) => response.write(vision.subarray(0, bytes), done));
    // Time for the bytes to be read before the connection is cut.
    setTimeout(() => response.destroy(), 100);
    return true;
  };

async function failure(work: Promise<unknown>): Promise<NearlabelError> {
  const error = await work.then(
    () => undefined,
    (error: NearlabelError) => error,
  );
  expect(error).toBeDefined();
  return error!;
}

async function expectFiles(snapshot: DownloadedSnapshot, files: Record<string, Buffer>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    expect((await readFile(join(snapshot.folder, path))).equals(bytes), path).toBe(true);
  }
}

/** Files and links below `folder` but for locks and the mark for backups: path to SHA-256 or target. */
function describeCache(folder: string, at = folder): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of readdirSync(at).sort()) {
    const path = join(at, name);
    const key = relative(folder, path);
    if (key === ".locks" || key === "CACHEDIR.TAG") continue;
    if (lstatSync(path).isSymbolicLink()) entries[key] = `-> ${readlinkSync(path)}`;
    else if (lstatSync(path).isDirectory()) Object.assign(entries, describeCache(folder, path));
    else entries[key] = sha256(readFileSync(path));
  }
  return entries;
}

/** A proxy that opens tunnels and remembers to where, and with what password. */
async function startProxy() {
  const tunnels: (string | undefined)[][] = [];
  const proxy = createServer();
  proxy.on("connect", (request, client, head) => {
    tunnels.push([request.url, request.headers["proxy-authorization"]]);
    const target = new URL(`http://${request.url}`);
    const upstream = connect(Number(target.port), target.hostname, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on("error", () => {});
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  const close = () => {
    proxy.closeAllConnections();
    proxy.close();
  };
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, tunnels, close };
}

describe("a proxy", () => {
  it("is gone through for the hub and its storage, but not to hosts of NO_PROXY", async () => {
    const { address, tunnels, close } = await startProxy();
    const env = {
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_CACHE: cacheDir,
      HTTP_PROXY: `http://me:secret@${address}`,
    };
    await expectFiles(await download(clip, visionFile, hubSettingsFromEnvironment(env)), {
      "onnx/vision_model.onnx": vision,
    });
    const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    expect(new Set(tunnels.map(([host]) => host)).size).toBe(2);
    expect(new Set(tunnels.map(([, password]) => password))).toEqual(new Set([basic]));
    tunnels.length = 0;
    await removeCached(clip, settings);
    await download(clip, visionFile, hubSettingsFromEnvironment({ ...env, NO_PROXY: "127.0.0.1" }));
    expect(tunnels).toEqual([]);
    close();
  });

  it.each([
    ["HTTPS_PROXY", "127.0.0.1:3128"],
    ["https_proxy", "proxy:3128"],
    ["HTTP_PROXY", "http://"],
    ["ALL_PROXY", "socks5://127.0.0.1:1080"],
  ])("whose address cannot be one is told at once: %s=%s", (name, address) => {
    const settingsOf = (env: Record<string, string>) => hubSettingsFromEnvironment({ HOME: "/h", ...env });
    expect(() => settingsOf({ [name]: address })).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: expect.stringMatching(
          `^Expected ${name} to be the address of a proxy such as "http://.*got "${address}"`,
        ),
      }),
    );
    expect(settingsOf({ [name]: address, HF_HUB_OFFLINE: "1" }).offline).toBe(true);
  });

  it("keeps its password out of messages", () => {
    expect(() => hubSettingsFromEnvironment({ HOME: "/h", HTTPS_PROXY: "me:secret@proxy:3128" })).toThrow(
      /got "\*\*\*@proxy:3128"/,
    );
  });

  it("that is not there is HUB_UNAVAILABLE", async () => {
    const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cacheDir, HTTP_PROXY: "http://127.0.0.1:1" };
    const error = await failure(
      download(clip, visionFile, { ...hubSettingsFromEnvironment(env), retries: 0 }),
    );
    expect(error.code).toBe("HUB_UNAVAILABLE");
  });
});

describe("repository ids", () => {
  it("reads a name and a revision", () => {
    expect(parseRepoId("acme/clip")).toEqual({ type: "model", name: "acme/clip", revision: "main" });
    expect(parseRepoId("gpt2").name).toBe("gpt2");
    expect(parseRepoId("acme/clip@refs/pr/1").revision).toBe("refs/pr/1");
    expect(parseRepoId("acme/pictures", "dataset").type).toBe("dataset");
    expect(parseRepoId("datasets/acme/pictures@v1.0")).toEqual({
      type: "dataset",
      name: "acme/pictures",
      revision: "v1.0",
    });
  });

  it.each([
    "",
    "a/b/c",
    "../x",
    "a/..",
    "a/b--c",
    "a b/c",
    "/etc",
    "a/b@",
    "a/b@../../x",
    "a/b@/x",
    "a/b@x y",
    "a/b@-x",
    "a/b@x.lock",
    "a/b@x/../y",
    "a/b.git",
    ".a/b",
    `a/${"b".repeat(95)}`,
  ])("refuses %j", (text) => {
    expect(() => parseRepoId(text)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });

  it("reads back what it writes, and never leads out of the cache", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, revision) => {
        let repo: ReturnType<typeof parseRepoId>;
        try {
          repo = parseRepoId(`${name}@${revision}`);
        } catch (error) {
          expect((error as NearlabelError).code).toBe("OPTION_INVALID");
          return;
        }
        expect(parseRepoId(repoText(repo))).toEqual(repo);
        expect(relative("/cache/refs", join("/cache/refs", repo.revision)).startsWith("..")).toBe(false);
      }),
    );
  });
});

describe("settings", () => {
  it("come from the variables that Python reads", async () => {
    expect(hubSettingsFromEnvironment({ HOME: "/home/a" })).toMatchObject({
      endpoint: "https://huggingface.co",
      cacheDir: "/home/a/.cache/huggingface/hub",
      offline: false,
    });
    expect(hubSettingsFromEnvironment({ HOME: "/h", XDG_CACHE_HOME: "/x" }).cacheDir).toBe(
      "/x/huggingface/hub",
    );
    expect(hubSettingsFromEnvironment({ HOME: "/h", HF_HOME: "~/hf" }).cacheDir).toBe("/h/hf/hub");
    expect(
      hubSettingsFromEnvironment({ DISK: "/d", HF_HUB_CACHE: "$DISK/hub", HF_HOME: "/no" }).cacheDir,
    ).toBe("/d/hub");
    expect(
      hubSettingsFromEnvironment({
        HF_ENDPOINT: "http://mirror:8080/",
        HF_TOKEN: " hf_a\n",
        HF_HUB_OFFLINE: "true",
        HF_HUB_DOWNLOAD_TIMEOUT: "12",
      }),
    ).toMatchObject({ endpoint: "http://mirror:8080", token: "hf_a", offline: true, timeout: 12_000 });
    expect(
      hubSettingsFromEnvironment({ HF_TOKEN: "hf_a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token,
    ).toBeUndefined();
    expect(() => hubSettingsFromEnvironment({ HF_ENDPOINT: "hub" })).toThrow("HF_ENDPOINT");
    expect(() => hubSettingsFromEnvironment({ HF_HUB_DOWNLOAD_TIMEOUT: "soon" })).toThrow(
      "HF_HUB_DOWNLOAD_TIMEOUT",
    );
  });

  it.each([
    ["endpoint", "hub.example"],
    ["endpoint", "file:///hub"],
    ["cacheDir", ""],
    ["timeout", 0],
    ["timeout", Number.NaN],
    ["retries", -1],
    ["retries", 1.5],
    ["retryDelay", Number.NaN],
  ])("that cannot be right are told at once: %s %o", async (name, value) => {
    const wrong = { ...settings, [name]: value };
    for (const work of [download(clip, visionFile, wrong), listRepoFiles(clip, wrong)]) {
      const error = await failure(work);
      expect(error.code).toBe("OPTION_INVALID");
      expect(error.message).toMatch(`Expected the hub's ${name} to be `);
    }
    expect(hub.requests).toEqual([]);
  });

  it("read the token file when it is needed", async () => {
    const { token } = hubSettingsFromEnvironment({ HF_HOME: cacheDir });
    const read = token as () => Promise<string | undefined>;
    expect(await read()).toBeUndefined();
    await writeFile(join(cacheDir, "token"), "hf_file\n");
    expect(await read()).toBe("hf_file");
  });
});

describe("download", () => {
  it("brings the files that are asked for, and no others, into Python's layout", async () => {
    const snapshot = await download(clip, modelFiles, settings);
    const commit = commitOf(main);
    expect(snapshot).toMatchObject({ commit, files: modelFiles, current: true });
    expect(snapshot.folder).toBe(join(cacheDir, "models--acme--clip/snapshots", commit));
    await expectFiles(
      snapshot,
      Object.fromEntries(modelFiles.map((path) => [path, main[path as keyof typeof main]])),
    );
    expect(existsSync(join(snapshot.folder, "README.md"))).toBe(false);
    expect(readdirSync(join(cacheDir, blobs)).sort()).toEqual(
      [
        blobId(config),
        blobId(main["tokenizer.json"]),
        sha256(main["onnx/text_model.onnx"]),
        sha256(vision),
      ].sort(),
    );
    expect(dataRequests()).toHaveLength(modelFiles.length);
  });

  it("asks for no data a second time, and for nothing at all with a commit", async () => {
    await download(clip, modelFiles, settings);
    hub.requests.length = 0;
    expect((await download(clip, modelFiles, settings)).current).toBe(true);
    expect(hub.requests.map(({ path }) => path.split("?")[0])).toEqual([
      "/api/models/acme/clip/revision/main",
    ]);
    hub.requests.length = 0;
    await download({ ...clip, revision: commitOf(main) }, modelFiles, settings);
    await download({ ...clip, revision: commitOf(main) }, (path) => path.endsWith(".json"), settings);
    expect(hub.requests).toEqual([]);
  });

  it("takes a rule, a data set, odd names and an empty file", async () => {
    const repo = parseRepoId("datasets/acme/pictures");
    await expectFiles(await download(repo, () => true, settings), pictures);
    const empty = await download(clip, (path) => path === "empty.txt", settings);
    expect((await stat(join(empty.folder, "empty.txt"))).size).toBe(0);
  });

  it("takes a branch with a slash, and shares what is the same", async () => {
    await download(clip, modelFiles, settings);
    hub.requests.length = 0;
    const snapshot = await download(parseRepoId("acme/clip@feature/new-head"), modelFiles, settings);
    await expectFiles(snapshot, { "config.json": newHead["config.json"], "onnx/vision_model.onnx": vision });
    expect(dataRequests()).toHaveLength(1);
    const ref = join(cacheDir, "models--acme--clip/refs/feature/new-head");
    expect(await readFile(ref, "utf8")).toBe(commitOf(newHead));
  });

  it("tells progress in bytes", async () => {
    const seen: HubProgress[] = [];
    await download(clip, modelFiles, settings, { onProgress: (progress) => seen.push(progress) });
    const total = modelFiles.reduce((sum, path) => sum + main[path as keyof typeof main].length, 0);
    expect(seen.at(-1)).toMatchObject({ bytes: total, totalBytes: total });
    expect(seen.some(({ bytesPerSecond }) => bytesPerSecond > 0)).toBe(true);
  });

  it("lists files with their sizes, page by page", async () => {
    const { commit, files } = await listRepoFiles(clip, settings);
    expect(commit).toBe(commitOf(main));
    expect(Object.fromEntries(files.map(({ path, size }) => [path, size]))).toEqual(
      Object.fromEntries(Object.entries(main).map(([path, bytes]) => [path, bytes.length])),
    );
    expect(hub.requests.filter(({ path }) => path.includes("/tree/")).length).toBeGreaterThan(2);
    expect((await listRepoFiles(clip, { ...settings, offline: true }).catch((e) => e)).code).toBe(
      "HUB_OFFLINE",
    );
    await download(clip, ["config.json"], settings);
    expect((await listRepoFiles(clip, { ...settings, offline: true })).files).toEqual(files);
  });

  it("sends the token to the hub and not to its storage", async () => {
    const secret = parseRepoId("acme/secret");
    await download(secret, visionFile, { ...settings, token: async () => "hf_right" });
    const sent = hub.requests.map(({ server, authorization }) => [server, authorization]);
    expect(sent).toContainEqual(["hub", "Bearer hf_right"]);
    expect(sent.filter(([server]) => server === "storage")).toEqual([["storage", undefined]]);
  });
});

describe("offline", () => {
  it("uses the cache and asks nobody", async () => {
    const { folder } = await download(clip, modelFiles, settings);
    hub.requests.length = 0;
    const offline = { ...settings, offline: true };
    expect(await download(clip, modelFiles, offline)).toMatchObject({ folder, current: false });
    expect((await cachedSnapshot(clip, offline, ["config.json"]))?.folder).toBe(folder);
    expect((await failure(download(clip, ["README.md"], offline))).code).toBe("HUB_OFFLINE");
    expect((await failure(download(clip, (path) => path.endsWith(".md"), offline))).code).toBe("HUB_OFFLINE");
    expect(await cachedSnapshot(parseRepoId("acme/clip@other"), offline)).toBeUndefined();
    expect(hub.requests).toEqual([]);
  });

  it("is the fallback where the hub cannot be reached", async () => {
    await download(clip, modelFiles, settings);
    const unreachable = { ...settings, endpoint: "http://127.0.0.1:1" };
    expect((await download(clip, modelFiles, unreachable)).current).toBe(false);
    expect((await failure(download(clip, ["README.md"], unreachable))).code).toBe("HUB_UNAVAILABLE");
  });

  it.each([
    [401, {}],
    [403, { "x-error-code": "GatedRepo" }],
    [404, {}],
    [404, { "x-error-code": "RepoNotFound" }],
  ])("is the fallback, with a notice, where the hub refuses: %d %o", async (code, headers) => {
    const { folder } = await download(clip, modelFiles, settings);
    hub.intercept = status(code, headers);
    const notices: HubNotice[] = [];
    const options = { onNotice: (notice: HubNotice) => notices.push(notice) };
    expect(await download(clip, modelFiles, settings, options)).toMatchObject({ folder, current: false });
    expect(notices).toEqual([
      { code: "HUB_CACHE_USED", message: expect.stringMatching(/acme\/clip@main.*from the cache/) },
    ]);
    expect((await failure(download(clip, ["README.md"], settings, options))).code).toMatch(/^HUB_/);
    expect(notices).toHaveLength(1);
  });

  it("is none for a revision that the hub no longer has", async () => {
    await download(clip, modelFiles, settings);
    hub.intercept = status(404, { "x-error-code": "RevisionNotFound" });
    const error = await failure(download(clip, modelFiles, settings));
    expect(error.code).toBe("HUB_NOT_FOUND");
    expect(error.message).toContain("no such branch, tag or commit");
  });

  it("leads to the old files while the new ones are not all there", async () => {
    const old = await download(clip, modelFiles, settings);
    const moved = await startHubServer([{ ...served[0]!, revisions: { main: newHead } }]);
    const there = { ...settings, endpoint: moved.endpoint };
    moved.intercept = (request, response, incoming) =>
      isData(request.path, request.server) && status(403)(request, response, incoming);
    expect((await failure(download(clip, modelFiles, there))).code).toBe("HUB_UNAUTHORISED");
    expect((await cachedSnapshot(clip, settings, modelFiles))?.commit).toBe(old.commit);
    moved.intercept = undefined;
    expect((await download(clip, modelFiles, there)).commit).toBe(commitOf(newHead));
    await moved.close();
  });
});

describe("a broken download", () => {
  const half = 200_000;
  const partial = () => join(cacheDir, blobs, `${sha256(vision)}.nearlabel.incomplete`);

  it("goes on from where the connection broke", async () => {
    interceptFirst(1, (_, server) => server === "storage", breakAfter(half));
    const snapshot = await download(clip, visionFile, settings);
    await expectFiles(snapshot, { "onnx/vision_model.onnx": vision });
    expect(dataRequests().map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`]);
  });

  it("goes on in the next call, also after an abort", async () => {
    const stop = new AbortController();
    hub.intercept = (request, response) => {
      if (request.server === "hub") return false;
      response.writeHead(200, { "content-length": vision.length }).write(vision.subarray(0, half));
      return true;
    };
    const onProgress = ({ bytes }: HubProgress) => bytes === half && stop.abort(new Error("enough"));
    const aborted = download(clip, visionFile, settings, { signal: stop.signal, onProgress });
    await expect(aborted).rejects.toThrow("enough");
    expect((await stat(partial())).size).toBe(half);
    expect(await cachedSnapshot(clip, settings)).toBeUndefined();
    hub.intercept = undefined;
    hub.requests.length = 0;
    const seen: HubProgress[] = [];
    const snapshot = await download(clip, visionFile, settings, { onProgress: (p) => seen.push(p) });
    await expectFiles(snapshot, { "onnx/vision_model.onnx": vision });
    expect(dataRequests().map(({ range }) => range)).toEqual([`bytes=${half}-`]);
    expect(seen[0]!.bytes).toBe(half);
    expect(existsSync(partial())).toBe(false);
  });

  it("starts over where the server knows no ranges, or what was left is wrong", async () => {
    await mkdir(dirname(partial()), { recursive: true });
    await writeFile(partial(), vision.subarray(0, half));
    interceptFirst(
      1,
      (_, server) => server === "storage",
      (_, response) => {
        response.writeHead(200, { "content-length": vision.length }).end(vision);
        return true;
      },
    );
    await expectFiles(await download(clip, visionFile, settings), { "onnx/vision_model.onnx": vision });
    await removeCached(clip, settings);

    await mkdir(dirname(partial()), { recursive: true });
    for (const left of [
      content(half, "other"),
      content(vision.length, "other"),
      content(vision.length + 1, "other"),
    ]) {
      await writeFile(partial(), left);
      await expectFiles(await download(clip, visionFile, settings), { "onnx/vision_model.onnx": vision });
      await rm(join(cacheDir, blobs, sha256(vision)));
    }
  });

  it("is given up when it breaks again and again without a byte", async () => {
    hub.intercept = (request, response) => {
      if (request.server === "hub") return false;
      response.destroy();
      return true;
    };
    expect((await failure(download(clip, visionFile, settings))).code).toBe("HUB_UNAVAILABLE");
    expect(dataRequests()).toHaveLength(3);
  });

  it("is noticed when nothing comes any more", async () => {
    interceptFirst(
      1,
      (_, server) => server === "storage",
      (_, response) => {
        response.writeHead(200, { "content-length": vision.length }).write(vision.subarray(0, half));
        return true;
      },
    );
    await expectFiles(await download(clip, visionFile, { ...settings, timeout: 300 }), {
      "onnx/vision_model.onnx": vision,
    });
    expect(dataRequests().at(-1)!.range).toBe(`bytes=${half}-`);
  });
});

describe("wrong content", () => {
  const wrong =
    (bytes: Buffer): Intercept =>
    (_, response) => {
      response.writeHead(200, { "content-length": bytes.length }).end(bytes);
      return true;
    };

  it.each([
    ["LFS file of another hash", "onnx/vision_model.onnx", content(vision.length, "other")],
    ["LFS file cut short", "onnx/vision_model.onnx", vision.subarray(0, 1000)],
    ["LFS file too long", "onnx/vision_model.onnx", Buffer.concat([vision, vision])],
    ["git file of another hash", "config.json", content(config.length, "other")],
  ])("%s is an error, and nothing stays", async (_, path, bytes) => {
    hub.intercept = (request, response, incoming) =>
      isData(request.path, request.server) && wrong(bytes)(request, response, incoming);
    const error = await failure(download(clip, [path], settings));
    expect(error.code).toBe("HUB_CORRUPT");
    expect(error.message).toContain(path);
    expect(await cachedSnapshot(clip, settings)).toBeUndefined();
    expect(existsSync(join(cacheDir, "models--acme--clip/snapshots", commitOf(main), path))).toBe(false);
    for (const name of readdirSync(join(cacheDir, blobs))) {
      expect([name.endsWith(".incomplete"), statSync(join(cacheDir, blobs, name)).size]).toEqual([true, 0]);
    }
    hub.intercept = undefined;
    await download(clip, [path], settings);
  });

  it("too long without a length is stopped", async () => {
    hub.intercept = (request, response) => {
      if (request.server === "hub") return false;
      response.writeHead(200).write(vision);
      response.end(vision);
      return true;
    };
    expect((await failure(download(clip, visionFile, settings))).code).toBe("HUB_CORRUPT");
  });

  it.each(["api", "data"])(
    "the page of a captive portal in place of the %s is named as such",
    async (which) => {
      hub.intercept = (request, response) => {
        if (which === "data" && !isData(request.path, request.server)) return false;
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>Log in</html>");
        return true;
      };
      const error = await failure(download(clip, modelFiles, settings));
      expect(error.code).toBe("HUB_RESPONSE_INVALID");
      expect(error.message).toContain("login page");
      expect(await cachedSnapshot(clip, settings)).toBeUndefined();
    },
  );

  it.each(["[]", '{"sha":"main"}', "{", "null"])(
    "JSON that is not the hub's is an error: %s",
    async (text) => {
      hub.intercept = (_, response) => {
        response.writeHead(200, { "content-type": "application/json" }).end(text);
        return true;
      };
      expect((await failure(download(clip, modelFiles, settings))).code).toBe("HUB_RESPONSE_INVALID");
    },
  );

  it.each(["../../../evil", "/evil", "a/../../../../evil", "..\\evil", "C:evil"])(
    "a file called %j does not leave the cache",
    async (path) => {
      const evil = await startHubServer([{ ...served[0]!, revisions: { main: { [path]: config } } }]);
      const error = await failure(download(clip, () => true, { ...settings, endpoint: evil.endpoint }));
      expect(error.code).toBe("HUB_RESPONSE_INVALID");
      await evil.close();
    },
  );
});

describe("refusals", () => {
  it.each([
    ["a repository that is not there", "acme/none", ["config.json"], "HUB_NOT_FOUND", "no such repository"],
    ["a revision that is not there", "acme/clip@v9", ["config.json"], "HUB_NOT_FOUND", "no such branch"],
    ["a file that is not there", "acme/clip", ["model.onnx"], "HUB_NOT_FOUND", "onnx/vision_model.onnx"],
    ["a private repository without a token", "acme/secret", ["config.json"], "HUB_UNAUTHORISED", "HF_TOKEN"],
    ["a gated repository", "acme/gated", ["config.json"], "HUB_UNAUTHORISED", "accept its terms"],
  ])("%s", async (_, id, files, code, text) => {
    const error = await failure(download(parseRepoId(id), files, settings));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(text);
    expect(hub.requests.length).toBeLessThan(5);
  });

  it("a rule that selects nothing", async () => {
    expect((await failure(download(clip, () => false, settings))).code).toBe("HUB_NOT_FOUND");
  });

  it("a wrong token is said to be wrong", async () => {
    const error = await failure(
      download(parseRepoId("acme/secret"), modelFiles, { ...settings, token: "hf_wrong" }),
    );
    expect(error.code).toBe("HUB_UNAUTHORISED");
    expect(error.message).toContain("Check that the token is right");
    expect(error.message).not.toContain("hf_wrong");
  });
});

describe("failures that pass", () => {
  it.each([
    ["api", 503, {}],
    ["data", 503, {}],
    ["data", 500, {}],
    ["api", 429, { "retry-after": "0" }],
    ["data", 429, { ratelimit: '"resolvers";r=0;t=0' }],
  ])("%s: %i is tried again", async (which, code, headers) => {
    const matches = (path: string, server: string) => (which === "data") === isData(path, server);
    interceptFirst(2, matches, status(code, headers as Record<string, string>));
    const reasons: string[] = [];
    const snapshot = await download(clip, visionFile, settings, {
      onRetry: ({ reason }) => reasons.push(reason.message),
    });
    await expectFiles(snapshot, { "onnx/vision_model.onnx": vision });
    expect(reasons).toHaveLength(2);
    expect(reasons[0]).toContain(`HTTP ${code}`);
  });

  it("waits as long as the hub asks", async () => {
    interceptFirst(1, () => true, status(429, { "retry-after": "1" }));
    const started = performance.now();
    await download(clip, ["config.json"], settings);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it("does not wait for an hour, and stops waiting when aborted", async () => {
    hub.intercept = status(429, { "retry-after": "3600" });
    const error = await failure(download(clip, modelFiles, settings));
    expect(error.code).toBe("HUB_UNAVAILABLE");
    expect(error.message).toContain("3600 s");
    hub.intercept = status(429, { "retry-after": "60" });
    const stop = new AbortController();
    const onRetry = () => stop.abort(new Error("enough"));
    await expect(download(clip, modelFiles, settings, { signal: stop.signal, onRetry })).rejects.toThrow(
      "enough",
    );
  });

  it.each(["api", "data"])("%s: 503 for ever is HUB_UNAVAILABLE", async (which) => {
    hub.intercept = (request, response, incoming) =>
      (which === "data") === isData(request.path, request.server) && status(503)(request, response, incoming);
    const error = await failure(download(clip, visionFile, settings));
    expect(error.code).toBe("HUB_UNAVAILABLE");
    expect(error.message).toContain("HTTP 503");
  });

  it("reads the three ways to say how long", () => {
    const now = Date.parse("2024-05-01T12:00:00Z");
    expect(waitOf(new Headers({ "retry-after": "7" }), now)).toBe(7_000);
    expect(waitOf(new Headers({ "retry-after": "Wed, 01 May 2024 12:01:00 GMT" }), now)).toBe(60_000);
    expect(waitOf(new Headers({ ratelimit: '"api";r=0;t=55' }), now)).toBe(55_000);
    expect(waitOf(new Headers({ ratelimit: '"api";r=10;t=55' }), now)).toBeUndefined();
  });
});

describe("several at once", () => {
  it("calls in one process fetch each file once", async () => {
    const all = await Promise.all([1, 2, 3].map(() => download(clip, modelFiles, settings)));
    for (const snapshot of all) await expectFiles(snapshot, { "onnx/vision_model.onnx": vision });
    expect(dataRequests()).toHaveLength(modelFiles.length);
  });

  const built = join(here, "../dist/hub/download.js");
  it.skipIf(!existsSync(built))("processes fetch each file once [needs npm run build]", async () => {
    // Slow enough for both to be at it.
    hub.intercept = async ({ server }) => {
      if (server === "storage") await new Promise((done) => setTimeout(done, 400));
      return false;
    };
    const script = `import { download } from ${JSON.stringify(built)};
      const [repo, files, settings] = JSON.parse(process.argv[1]);
      console.log((await download(repo, files, settings)).folder);`;
    const input = JSON.stringify([clip, modelFiles, settings]);
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, input]);
    const [first, second, own] = await Promise.all([run(), run(), download(clip, modelFiles, settings)]);
    expect(first.stdout.trim()).toBe(own.folder);
    expect(second.stdout.trim()).toBe(own.folder);
    await expectFiles(own, { "onnx/vision_model.onnx": vision });
    expect(dataRequests()).toHaveLength(modelFiles.length);
    expect((await verifyCached(clip, settings)).broken).toEqual([]);
  });

  it.skipIf(!existsSync(built))(
    "one that was killed leaves nothing in the way [needs npm run build]",
    async () => {
      hub.intercept = (request, response) => {
        if (request.server === "hub") return false;
        response.writeHead(200, { "content-length": vision.length }).write(vision.subarray(0, 100_000));
        return true;
      };
      const script = `import { download } from ${JSON.stringify(built)};
      const [repo, files, settings] = JSON.parse(process.argv[1]);
      await download(repo, files, settings, { onProgress: ({ bytes }) => console.log(bytes) });`;
      const input = JSON.stringify([clip, visionFile, settings]);
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, input]);
      await new Promise<void>((done) => {
        child.stdout.on("data", (text) => String(text).includes("100000") && done());
      });
      const gone = new Promise((done) => child.on("exit", done));
      child.kill("SIGKILL");
      await gone;
      hub.intercept = undefined;
      hub.requests.length = 0;
      await expectFiles(await download(clip, visionFile, settings), { "onnx/vision_model.onnx": vision });
      expect(dataRequests().map(({ range }) => range)).toEqual(["bytes=100000-"]);
    },
  );

  it("one at a time takes over a lock whose process is gone", async () => {
    const lock = join(cacheDir, "lock");
    for (let round = 0; round < 4; round++) {
      await writeFile(lock, `${hostname()} 4194304`);
      let holders = 0;
      let most = 0;
      const work = async () => {
        holders++;
        most = Math.max(most, holders);
        await sleep(1);
        holders--;
      };
      const callers = Array.from({ length: 5 }, async (_, at) => {
        await sleep(at);
        await withLock(lock, undefined, work);
      });
      await Promise.all(callers);
      expect(most).toBe(1);
      expect(readdirSync(cacheDir)).toEqual([]);
    }
  });

  it("a lock that another took over stays that one's", async () => {
    const lock = join(cacheDir, "lock");
    await withLock(lock, undefined, () => writeFile(lock, "another-machine 1"));
    expect(await readFile(lock, "utf8")).toBe("another-machine 1");
  });

  it("waiting for a lock ends with the signal", async () => {
    const lock = join(cacheDir, "lock");
    await writeFile(lock, "another-machine 1");
    const waiting = withLock(lock, AbortSignal.timeout(20), async () => {});
    await expect(waiting).rejects.toThrow(/timeout/);
  });

  it("a lock from another machine is waited for until it is too old", async () => {
    const lock = join(cacheDir, `.locks/models--acme--clip/${sha256(vision)}.nearlabel.lock`);
    await mkdir(dirname(lock), { recursive: true });
    await writeFile(lock, "elsewhere 1");
    const stop = AbortSignal.timeout(500);
    await expect(download(clip, visionFile, settings, { signal: stop })).rejects.toThrow();
    expect(dataRequests()).toEqual([]);
    const minuteAgo = new Date(Date.now() - 60_000);
    await utimes(lock, minuteAgo, minuteAgo);
    await download(clip, visionFile, settings);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("a cache that cannot be written", () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)("is an error that names the folder [not as root, who may write anywhere]", async () => {
    await chmod(cacheDir, 0o500);
    const error = await failure(download(clip, modelFiles, settings));
    expect(error.code).toBe("WRITE_FAILED");
    expect(error.message).toContain("HF_HUB_CACHE");
    await chmod(cacheDir, 0o700);
  });

  it("is an error also where a file lies in the way", async () => {
    await writeFile(join(cacheDir, "models--acme--clip"), "");
    const error = await failure(download(clip, modelFiles, settings));
    expect(error.code).toBe("WRITE_FAILED");
    expect(error.message).toContain("models--acme--clip");
  });

  it.skipIf(!canMount())("a full disk is told before and during [needs root and tmpfs]", async () => {
    const disk = join(cacheDir, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk]);
    try {
      const small = { ...settings, cacheDir: disk };
      await writeFile(join(disk, "other"), content(300_000, "other"));
      const before = await failure(download(clip, visionFile, small));
      expect(before.code).toBe("WRITE_FAILED");
      expect(before.message).toContain("no room");
      expect(dataRequests()).toEqual([]);

      await rm(join(disk, "other"));
      interceptFirst(
        1,
        (_, server) => server === "storage",
        async (_, response) => {
          await writeFile(join(disk, "other"), content(400_000, "other"));
          response.writeHead(200, { "content-length": vision.length }).end(vision);
          return true;
        },
      );
      const during = await failure(download(clip, visionFile, small));
      expect(during.code).toBe("WRITE_FAILED");
      expect(during.message).toContain("the disk is full (ENOSPC). Free some space");
      expect(await cachedSnapshot(clip, small)).toBeUndefined();

      await rm(join(disk, "other"));
      await expectFiles(await download(clip, visionFile, small), { "onnx/vision_model.onnx": vision });
      expect(dataRequests().at(-1)!.range).toMatch(/^bytes=\d+-$/);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("the cache", () => {
  it("is listed with its sizes", async () => {
    await download(clip, modelFiles, settings);
    await download(parseRepoId("acme/clip@feature/new-head"), ["config.json"], settings);
    await download(parseRepoId("datasets/acme/pictures"), () => true, settings);
    await writeFile(join(cacheDir, blobs, "x.incomplete"), "12345");
    await writeFile(join(cacheDir, "notes.txt"), "");
    const [dataset, model, ...rest] = await listCached(settings);
    expect(rest).toEqual([]);
    expect(dataset).toMatchObject({ type: "dataset", name: "acme/pictures" });
    const bytes = modelFiles.reduce((sum, path) => sum + main[path as keyof typeof main].length, 0);
    expect(model).toMatchObject({ type: "model", name: "acme/clip", incompleteBytes: 5 });
    expect(model!.bytes).toBe(bytes + newHead["config.json"].length);
    expect(model!.revisions.find(({ commit }) => commit === commitOf(main))).toMatchObject({
      refs: ["main"],
      files: 4,
      bytes,
    });
    expect(await listCached({ ...settings, cacheDir: join(cacheDir, "none") })).toEqual([]);
  });

  it("gives up a repo", async () => {
    await download(clip, modelFiles, settings);
    await download(parseRepoId("datasets/acme/pictures"), () => true, settings);
    expect(await removeCached(clip, settings)).toBe(true);
    expect(await removeCached(clip, settings)).toBe(false);
    expect((await listCached(settings)).map(({ name }) => name)).toEqual(["acme/pictures"]);
  });

  it("is verified by hash, and what is broken can be fetched again", async () => {
    const { folder } = await download(clip, modelFiles, settings);
    expect(await verifyCached(clip, settings)).toEqual({ checked: 4, unknown: [], broken: [] });
    const blob = join(cacheDir, blobs, sha256(vision));
    await writeFile(blob, content(vision.length, "rot"));
    await rm(join(cacheDir, blobs, blobId(config)));
    const { broken } = await verifyCached(clip, settings, { remove: true });
    expect(broken).toContainEqual({
      path: blob,
      usedBy: [join(folder, "onnx/vision_model.onnx")],
      reason: "hash",
    });
    expect(broken).toContainEqual(
      expect.objectContaining({ reason: "missing", usedBy: [join(folder, "config.json")] }),
    );
    await expectFiles(await download(clip, modelFiles, settings), {
      "config.json": config,
      "onnx/vision_model.onnx": vision,
    });
    expect((await verifyCached(clip, settings)).broken).toEqual([]);
  });

  it("does not take a file that was cut short for whole", async () => {
    await download(clip, modelFiles, settings);
    await truncate(join(cacheDir, blobs, sha256(vision)), 1000);
    expect(await cachedSnapshot(clip, settings, modelFiles)).toBeUndefined();
    await expectFiles(await download(clip, modelFiles, settings), { "onnx/vision_model.onnx": vision });
  });

  it("may hold copies in place of links", async () => {
    const { folder } = await download(clip, modelFiles, settings);
    await rm(join(folder, "config.json"));
    await writeFile(join(folder, "config.json"), config);
    await rm(join(cacheDir, blobs, blobId(config)));
    hub.requests.length = 0;
    await download(clip, modelFiles, settings);
    expect(dataRequests()).toEqual([]);
    expect(await verifyCached(clip, settings)).toEqual({ checked: 4, unknown: [], broken: [] });
  });
});

describe("Python's huggingface_hub", () => {
  const golden = join(here, "golden/hub-cache.json");
  const pythonFiles = (path: string) => path.endsWith(".json") || path.startsWith("onnx/");

  async function downloadAsPython(): Promise<void> {
    await download(clip, pythonFiles, settings);
    await download(parseRepoId("acme/clip@feature/new-head"), ["config.json"], settings);
    await download(parseRepoId("datasets/acme/pictures"), () => true, settings);
  }

  it("made the same cache, file by file, link by link", async () => {
    await downloadAsPython();
    expect(describeCache(cacheDir)).toEqual(JSON.parse(await readFile(golden, "utf8")));
  });

  const python = process.env.PYTHON;
  const script = join(here, "golden/make_hub_cache.py");
  async function runPython(command: string, folder: string): Promise<string> {
    const env = {
      ...process.env,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_DISABLE_XET: "1",
      HF_HUB_DISABLE_PROGRESS_BARS: "1",
    };
    return (await promisify(execFile)(python!, [script, command, folder], { env })).stdout;
  }

  describe.skipIf(!python)("run by the test [needs PYTHON, a Python with huggingface_hub]", () => {
    it("downloads from the test's hub, and its cache is used here", async () => {
      await runPython("download", cacheDir);
      await expect(await runPython("describe", cacheDir)).toMatchFileSnapshot(golden);
      const found = await cachedSnapshot(clip, settings, modelFiles);
      expect(found?.commit).toBe(commitOf(main));
      hub.requests.length = 0;
      await downloadAsPython();
      expect(dataRequests()).toEqual([]);
      expect((await verifyCached(clip, settings)).broken).toEqual([]);
    });

    it("reads a cache made here, and agrees on its sizes", async () => {
      await downloadAsPython();
      const scan = JSON.parse(await runPython("scan", cacheDir));
      expect(scan).toMatchObject({ warnings: [], incomplete: 0 });
      const own = (await listCached(settings)).map(({ type, name, bytes, revisions }) => ({
        type,
        name,
        bytes,
        revisions: revisions.map(({ commit, refs, files, bytes }) => ({ commit, refs, files, bytes })),
      }));
      expect(own).toEqual(scan.repos);
      hub.requests.length = 0;
      expect(JSON.parse(await runPython("open", cacheDir))).toBe(
        (await cachedSnapshot(clip, settings, modelFiles))!.folder,
      );
      await runPython("download", cacheDir);
      expect(dataRequests()).toEqual([]);
    });
  });
});
