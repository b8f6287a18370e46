import { readdir, readFile, realpath, truncate } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { downloadOptions, downloadText } from "../src/cli/terminal/download.js";
import type { Terminal } from "../src/cli/terminal/terminal.js";
import { NearlabelError } from "../src/errors.js";
import { type Given, nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { commitOf, type HubServer, sha256, startHubServer } from "./hub-server.js";

const tiny = fileURLToPath(new URL("golden/tiny-model", import.meta.url));
const sample = fileURLToPath(new URL("../samples/bus.png", import.meta.url));
const part = (name: string) => readFile(join(tiny, name));

const main = {
  "config.json": await part("config.json"),
  "preprocessor_config.json": await part("preprocessor_config.json"),
  "tokenizer.json": await part("tokenizer.json"),
  "onnx/text_model.onnx": await part("graphs/text.onnx"),
  "onnx/vision_model.onnx": await part("graphs/vision.onnx"),
};
const all = Object.values(main).reduce((sum, { length }) => sum + length, 0);
const size = `${(all / 1000).toFixed(1)} kB`;
const published = "openai/clip-vit-base-patch32";

let hub: HubServer;
let cacheDir: string;

beforeAll(async () => {
  hub = await startHubServer([
    { type: "model", name: "acme/tiny", revisions: { main } },
    { type: "model", name: "acme/text", revisions: { main: { "config.json": Buffer.from("{}") } } },
    { type: "model", name: "Xenova/clip-vit-base-patch32", revisions: { main } },
  ]);
});
afterAll(() => hub.close());
beforeEach(async () => {
  cacheDir = await temporaryFolder();
  hub.intercept = undefined;
  hub.requests.length = 0;
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", cacheDir);
  vi.stubEnv("HF_TOKEN_PATH", join(cacheDir, "token"));
  for (const name of ["HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
    vi.stubEnv(name, "");
});
afterEach(() => vi.unstubAllEnvs());

const models = (...args: string[]) => nearlabel(["models", ...args]);

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse((await models(...args, "--json")).stdout);
}

describe("nearlabel models", () => {
  it("prints a table to choose from and marks what is in the cache", async () => {
    const before = await models();
    expect(before.exitCode).toBe(0);
    expect(before.stdout).toMatch(
      /^model +ImageNet +CIFAR-10 +CIFAR-100 +parameters +download +picture +here\n/,
    );
    expect(before.stdout).toMatch(/^mini +80\.4 +44\.4 +9\.8 M +224 px +built in$/m);
    expect(before.stdout).toMatch(
      /^openai\/clip-vit-base-patch32 +63\.3 +89\.8 +64\.2 +151 M +605\.1 MB +224 px$/m,
    );
    await models("pull", published);
    expect((await models()).stdout).toMatch(/^openai\/clip-vit-base-patch32 .* 224 px +in cache$/m);
    expect(await json()).toContainEqual(
      expect.objectContaining({ id: published, repo: "Xenova/clip-vit-base-patch32", present: true }),
    );
  });
});

describe("nearlabel models pull", () => {
  it("downloads what loading needs, and nothing the second time", async () => {
    const { exitCode, stdout, stderr } = await models("pull", published, "acme/tiny");
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `${published} is here: fp32, 4 dimensions.\nacme/tiny is here: fp32, 4 dimensions.\n`,
    });
    expect(stderr).toBe(`Downloading ${size}.\nDownloading ${size}.\n`);
    hub.requests.length = 0;
    expect((await models("pull", "acme/tiny")).stderr).toBe("");
    expect(hub.requests.map(({ path }) => path)).toEqual([expect.stringContaining("/revision/main")]);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect((await models("pull", "acme/tiny")).exitCode).toBe(0);
  });

  it("goes on after one that fails", async () => {
    const { exitCode, stdout, stderr } = await models("pull", "acme/none", "acme/text", "mini", "acme/tiny");
    expect(exitCode).toBe(1);
    expect(stdout).toBe("acme/tiny is here: fp32, 4 dimensions.\n");
    expect(stderr).toMatch(/^HUB_NOT_FOUND: .*acme\/none/m);
    expect(stderr).toMatch(/^MODEL_FILE_MISSING: /m);
    expect(stderr).toMatch(/^OPTION_INVALID: .*mini is built in/m);
    expect((await models("pull", "acme/none")).exitCode).toBe(2);
  });

  it("tells of a retry in one line", async () => {
    let failures = 1;
    hub.intercept = ({ server }, response) => {
      if (server !== "storage" || failures-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    };
    const { exitCode, stderr } = await models("pull", "acme/tiny");
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^The hub has a fault \(HTTP 503\).* Trying again in \d\.\d s\.$/m);
  });

  it("leaves on Ctrl-C what the same command goes on with, and says so", async () => {
    const interrupt = new AbortController();
    const content = main["onnx/text_model.onnx"];
    hub.intercept = async ({ path, range }, response) => {
      if (path !== `/${sha256(content)}` || range !== undefined) return false;
      response.writeHead(200, { "content-length": content.length });
      await new Promise((done) => response.write(content.subarray(0, 4_000), done));
      // Time for the bytes to be read before the interrupt.
      setTimeout(() => interrupt.abort(new Error("Interrupted")), 100);
      return true;
    };
    const given: Given = { signal: interrupt.signal };
    const { exitCode, stderr } = await nearlabel(["models", "pull", "acme/tiny"], given);
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(
      /^Stopped the download at \d+\.\d kB of .*; the same command goes on with it\.\nInterrupted\.\n$/m,
    );
    const blobs = await readdir(join(cacheDir, "models--acme--tiny/blobs"));
    expect(blobs.some((name) => name.endsWith(".incomplete"))).toBe(true);
    expect((await models("pull", "acme/tiny")).exitCode).toBe(0);
    expect(hub.requests.some(({ range }) => range === "bytes=4000-")).toBe(true);
  });
});

describe("nearlabel models list", () => {
  it("lists models with their sizes, and says how to get one where there are none", async () => {
    expect((await models("list")).stdout).toBe(
      `No models in ${cacheDir}. Get one: nearlabel models pull <id>\n`,
    );
    expect(await json("list")).toEqual([]);
    await models("pull", "acme/tiny", "acme/text");
    const { stdout } = await models("list");
    expect(stdout).toMatch(/^model +size +revisions\nacme\/tiny +\d+\.\d kB +main\n\n/);
    expect(stdout).not.toContain("acme/text");
    expect(await json("list")).toMatchObject([
      { name: "acme/tiny", bytes: all, revisions: [{ refs: ["main"] }] },
    ]);
  });
});

describe("nearlabel models info", () => {
  it("tells what is published and what is here", async () => {
    const before = await models("info", published);
    expect(before.stdout).toMatch(/^ImageNet validation acc@1 +63\.3 % \(open_clip\)$/m);
    expect(before.stdout).toMatch(/^cache +not there; nearlabel models pull openai\/clip-vit-base-patch32$/m);
    await models("pull", published);
    const { stdout } = await models("info", published);
    expect(stdout).toMatch(new RegExp(`^cache +${size}$`, "m"));
    expect(stdout).toContain(commitOf(main));
    expect(await json("info", published)).toMatchObject({ family: "CLIP", cached: { bytes: all } });
    expect((await models("info", "mini")).stdout).toMatch(/^cache +built in$/m);
  });

  it("of what is neither known nor here is an error", async () => {
    const { exitCode, stderr } = await models("info", "acme/tiny");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/^MODEL_NOT_FOUND: .*models pull acme\/tiny/),
    });
  });
});

describe("nearlabel models remove", () => {
  it("deletes a model from the cache, by any of its ids", async () => {
    await models("pull", published, "acme/tiny");
    expect((await models("remove", published)).stdout).toBe(
      `Removed Xenova/clip-vit-base-patch32, ${size}.\n`,
    );
    expect(await json("list")).toMatchObject([{ name: "acme/tiny" }]);
    const again = await models("remove", published);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^MODEL_NOT_FOUND/) });
  });
});

describe("nearlabel models verify", () => {
  it("finds what is broken, and with --repair the next pull fetches it again", async () => {
    await models("pull", "acme/tiny", published);
    expect(await models("verify")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^ok {2}Xenova\/clip-vit-base-patch32 {2}5 .*\nok {2}acme\/tiny {2}5 .*\n$/,
      ),
    });
    const [commit = ""] = await readdir(join(cacheDir, "models--acme--tiny/snapshots"));
    const file = join(cacheDir, "models--acme--tiny/snapshots", commit, "onnx/text_model.onnx");
    await truncate(await realpath(file), 10);
    const { exitCode, stdout } = await models("verify", "acme/tiny");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^BROKEN {2}acme\/tiny {2}5 .*\n {2}.*text_model\.onnx has another content.*--repair\n$/,
    );
    expect(await json("verify", "acme/tiny", "--repair")).toMatchObject([{ broken: [{ reason: "hash" }] }]);
    expect((await models("pull", "acme/tiny")).exitCode).toBe(0);
    expect((await models("verify", "acme/tiny")).exitCode).toBe(0);
    expect((await models("verify", "acme/none")).exitCode).toBe(2);
  });
});

describe("the other commands", () => {
  it("download the model that they are given", async () => {
    const classified = await nearlabel([
      "classify",
      sample,
      "-l",
      "bus,cup",
      "--model",
      "acme/tiny",
      "-k",
      "1",
    ]);
    expect(classified).toMatchObject({ exitCode: 0 });
    expect(classified.stderr).toMatch(new RegExp(`^Downloading ${size}\\.\n(.*\n)?Model: acme/tiny\\.\n$`));
    const index = join(await temporaryFolder(), "index");
    const built = await nearlabel(["labels", "build", index, "-l", "bus,cup", "--model", published]);
    expect(built).toMatchObject({ exitCode: 0, stderr: `Downloading ${size}.\n` });
    await models("remove", published);
    const { exitCode } = await nearlabel(["classify", sample, "--index", index]);
    expect(exitCode).toBe(0);
    const vision = all - main["onnx/text_model.onnx"].length;
    expect(await json("list")).toMatchObject([{ bytes: vision }, { name: "acme/tiny" }]);
  });
});

/** A terminal of 100 columns that keeps what is written to its stderr. */
function screen(signal: AbortSignal): { terminal: Terminal; written: () => string } {
  let written = "";
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const terminal = { stderr: Object.assign(stderr, { isTTY: true, columns: 100 }), signal };
  return { terminal: terminal as unknown as Terminal, written: () => written };
}

const ERASE = "\r\u001b[2K";

describe("the line of a download", () => {
  it("is drawn on a terminal after half a second, and taken away at the end and for what is written", async () => {
    const interrupt = new AbortController();
    const { terminal, written } = screen(interrupt.signal);
    const { onDownload, onRetry } = downloadOptions(terminal);
    const at = (bytes: number) =>
      onDownload?.({ file: "onnx/model.onnx", bytes, totalBytes: 2e6, bytesPerSecond: 1e6 });
    at(0);
    expect(written()).toBe("");
    await new Promise((done) => setTimeout(done, 520));
    at(1e6);
    const line = `onnx/model.onnx ${"█".repeat(10)}${" ".repeat(10)} 1.0 MB of 2.0 MB  1.0 MB/s  1.0 s left`;
    expect(written().startsWith(ERASE)).toBe(true);
    expect(stripVTControlCharacters(written())).toBe(`\r${line}`);
    onRetry?.({ reason: new NearlabelError("HUB_UNAVAILABLE", "It broke off."), wait: 2_000 });
    expect(written().endsWith(`${ERASE}It broke off. Trying again in 2.0 s.\n`)).toBe(true);
    at(2e6);
    interrupt.abort();
    // Whether the whole was drawn before it was taken away depends on the time.
    expect(written().split(ERASE).at(-1)).toMatch(/^$|2\.0 s\.\n$/);
    expect(written()).not.toContain("Stopped");
  });

  it("tells bytes, rate and the time left", () => {
    const progress = {
      file: "onnx/vision_model.onnx",
      bytes: 12e7,
      totalBytes: 351.7e6,
      bytesPerSecond: 11.2e6,
    };
    expect(downloadText(progress)).toMatch(
      /^onnx\/vision_model\.onnx █{6}\S? +120\.0 MB of 351\.7 MB {2}11\.2 MB\/s {2}21 s left$/,
    );
  });
});
