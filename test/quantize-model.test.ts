import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type LoadOptions, loadModel } from "../src/encoder/load.js";
import { type QuantizeModelOptions, quantizeModel } from "../src/evaluate/quantize/quantize-model.js";
import type { HubSettings } from "../src/hub/protocol/settings.js";
import { integerSums } from "../src/onnx/integer-sums.js";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";
import { commitOf, type HubServer, startHubServer } from "./hub-server.js";

const clip = fileURLToPath(new URL("golden/families/clip", import.meta.url));
const names = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"];
const graphs = ["onnx/text_model.onnx", "onnx/vision_model.onnx"];
const made = graphs.map((name) => name.replace(".onnx", "_quantized.onnx"));

const pictures = [40, 120, 250, 10].map((level, id) => ({
  id: String(id),
  image: {
    data: Uint8Array.from({ length: 12 * 12 * 3 }, (_, at) => (at % 3 === id % 3 ? level : (at * 7) % 256)),
    width: 12,
    height: 12,
    channels: 3 as const,
  },
}));
const options: QuantizeModelOptions = {
  pictures,
  labels: ["cat", "dog", "red car", "tree", "aquarium fish", "boat"],
  // The network is so small that 8 bits are no faster, and so coarse that labels are close to one another.
  limits: { speed: 0, agreement: 0, cosine: 0.9 },
};

async function folder(): Promise<string> {
  const target = await temporaryFolder();
  cpSync(clip, target, { recursive: true });
  return target;
}

async function load(id: string, load: LoadOptions = {}) {
  const notices: string[] = [];
  await using model = await loadModel(id, { ...load, onNotice: ({ message }) => notices.push(message) });
  const { errors } = await model.embedImages(pictures.map(({ image }) => image));
  expect(errors.size).toBe(0);
  await model.embedTexts(["a cat"]);
  return { dtype: model.dtype, fingerprint: await model.identity.fingerprint(), notice: notices.join("\n") };
}

describe("in a model's folder", () => {
  test("weights and proof come beside those in fp32, and auto takes them", async () => {
    const target = await folder();
    const { proof, shortfalls, folder: at, reused } = await quantizeModel(target, options);
    expect({ shortfalls, at, reused }).toEqual({ shortfalls: [], at: target, reused: false });
    expect(JSON.parse(readFileSync(join(target, "quantized.json"), "utf8"))).toEqual(proof);
    expect(proof.files.map(({ path }) => path).sort()).toEqual(made);
    expect(proof.source.map(({ path }) => path).sort()).toEqual(graphs);
    for (const { path, bytes } of proof.files) expect(statSync(join(target, path)).size).toBe(bytes);
    expect(proof.measures).toMatchObject({ pictures: 4, unreadable: 0, labels: 6 });
    expect(proof.measures.cosine.pictures.least).toBeGreaterThan(0.99);
    expect(proof.measures.sameFive).toBeGreaterThan(0.5);
    expect(readdirSync(target).filter((name) => name.startsWith("."))).toEqual([]);
    const [exact, automatic, explicit] = [
      await load(target),
      await load(target, { dtype: "auto" }),
      await load(target, { dtype: "q8" }),
    ];
    expect([exact.dtype, automatic.dtype, explicit.dtype]).toEqual(["fp32", "q8", "q8"]);
    expect(automatic.fingerprint).toBe(explicit.fingerprint);
    expect(automatic.fingerprint).not.toBe(exact.fingerprint);
    expect(automatic.notice).toMatch(
      /dtype q8 is taken\. Measured on .* times as fast as fp32, the same first label/,
    );
  });

  test("without a proof auto does not prefer them, and says so", async () => {
    const target = await folder();
    await quantizeModel(target, options);
    rmSync(join(target, "quantized.json"));
    const { dtype, notice } = await load(target, { dtype: "auto" });
    expect(dtype).toBe("fp32");
    expect(notice).toMatch(/without that proof q8 is not preferred/);
    expect((await load(target, { dtype: "q8" })).dtype).toBe("q8");
  });

  test("damaged ones are not taken, and are made again", async () => {
    const target = await folder();
    const first = await quantizeModel(target, options);
    truncateSync(join(target, made[0]!), 100);
    const { dtype, notice } = await load(target, { dtype: "auto" });
    expect(dtype).toBe("fp32");
    expect(notice).toMatch(/is damaged/);
    const again = await quantizeModel(target, { ...options, reuse: true });
    expect(again.reused).toBe(false);
    expect(again.proof.files).toEqual(first.proof.files);
    expect((await load(target, { dtype: "auto" })).dtype).toBe("q8");
  });

  test("one changed bit is found when they are to be used again", async () => {
    const target = await folder();
    await quantizeModel(target, options);
    expect((await quantizeModel(target, { ...options, reuse: true })).reused).toBe(true);
    const bytes = readFileSync(join(target, made[0]!));
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
    writeFileSync(join(target, made[0]!), bytes);
    expect((await quantizeModel(target, { ...options, reuse: true })).reused).toBe(false);
    expect((await quantizeModel(target, { ...options, reuse: true })).reused).toBe(true);
  });

  test("ones that were made of other weights are not taken", async () => {
    const target = await folder();
    await quantizeModel(target, options);
    // An empty field at the end of the file: the same network, and another file.
    writeFileSync(
      join(target, graphs[0]!),
      Buffer.concat([readFileSync(join(target, graphs[0]!)), Buffer.from([50, 0])]),
    );
    const { dtype, notice } = await load(target, { dtype: "auto" });
    expect(dtype).toBe("fp32");
    expect(notice).toMatch(/is another since/);
    expect((await quantizeModel(target, { ...options, reuse: true })).reused).toBe(false);
    expect((await load(target, { dtype: "auto" })).dtype).toBe("q8");
  });

  test("below a limit they are kept aside, and those accepted before go", async () => {
    const target = await folder();
    await quantizeModel(target, options);
    const { folder: aside, shortfalls } = await quantizeModel(target, {
      ...options,
      limits: { cosine: 1, agreement: 0, speed: 1000 },
    });
    expect(shortfalls).toHaveLength(3);
    expect(shortfalls.join(" ")).toMatch(
      /mean cosine of pictures is 0\.\d+, and 1 is asked for.*times as fast as in fp32/,
    );
    expect(aside).toBe(join(target, "refused"));
    for (const path of [...made, "quantized.json"]) {
      expect([path, existsSync(join(aside, path)), existsSync(join(target, path))]).toEqual([
        path,
        true,
        false,
      ]);
    }
    expect((await load(target, { dtype: "auto" })).dtype).toBe("fp32");
    expect((await load(aside, { dtype: "q8" })).dtype).toBe("q8");
  });

  test("weights in q8 of others are not written over", async () => {
    const target = await folder();
    writeFileSync(join(target, made[0]!), "theirs");
    await expect(quantizeModel(target, options)).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringMatching(/text_model_quantized\.onnx is there already/),
    });
    const to = join(target, "mine");
    expect((await quantizeModel(target, { ...options, to })).folder).toBe(to);
    expect(readFileSync(join(target, made[0]!), "utf8")).toBe("theirs");
    expect(readdirSync(to).sort()).toEqual(
      [...names, "onnx", "quantized.json"].filter((name) => existsSync(join(to, name))).sort(),
    );
    expect((await load(to, { dtype: "auto" })).dtype).toBe("q8");
  });

  test("ones whose proof a killed process could not write any more are made again", async () => {
    const target = await folder();
    await quantizeModel(target, options);
    await rm(join(target, "quantized.json"));
    await expect(quantizeModel(target, options)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    // What it leaves until the proof is there.
    await mkdir(join(target, ".quantizing"));
    expect((await quantizeModel(target, options)).folder).toBe(target);
    expect((await load(target, { dtype: "auto" })).dtype).toBe("q8");
  });

  test("what loses most stays in fp32 where nothing is said of it", async () => {
    const to = join(await temporaryFolder(), "mini-q8");
    const limits = { ...options.limits, cosine: 0.9 };
    const { proof } = await quantizeModel("mini", { ...options, pictures: pictures.values(), to, limits });
    expect(proof.keep).toContain("Gather");
    expect(proof.measures.cosine.labels.mean).toBeGreaterThan(0.999);
    // The iterator gave each picture once.
    expect(proof.measures.pictures).toBe(4);
    const given = await quantizeModel("mini", { ...options, to, limits, keep: [] });
    expect(given.proof.keep).toEqual([]);
    expect(given.proof.measures.cosine.labels.mean).toBeLessThan(0.999);
    expect(given.proof.measures.bytes.q8).toBeLessThan(proof.measures.bytes.q8);
  });

  test("an abort leaves nothing behind", async () => {
    const target = await folder();
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error("enough"));
    await expect(quantizeModel(target, { ...options, signal: stop.signal, onProgress })).rejects.toThrow(
      "enough",
    );
    expect(readdirSync(target).sort()).toEqual(readdirSync(clip).sort());
  });

  test("the built-in model, wrong limits and no pictures are refused", async () => {
    await expect(quantizeModel("mini", options)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    const target = await folder();
    for (const limits of [{ cosine: 2 }, { agreement: -1 }, { speed: Number.NaN }, { spede: 1 } as object]) {
      await expect(quantizeModel(target, { ...options, limits })).rejects.toMatchObject({
        code: "OPTION_INVALID",
      });
    }
    await expect(quantizeModel(target, { ...options, pictures: [] })).rejects.toMatchObject({
      code: "INPUT_EMPTY",
    });
    expect(readdirSync(target).sort()).toEqual(readdirSync(clip).sort());
  });
});

test("processors with the instructions for it add up without loss, others are told apart", async () => {
  expect(["exact", "saturating"]).toContain(await integerSums());
});

test("weights that were measured where sums are exact are not taken where they stop at 16 bits", async () => {
  vi.resetModules();
  vi.doMock("../src/onnx/integer-sums.js", () => ({ integerSums: async () => "saturating" }));
  const { quantizedForAuto } = await import("../src/model/quantized/choice.js");
  const proof = (sums: string) =>
    ({
      folder: "",
      proof: {
        processor: { name: "a Xeon", sums },
        measured: "2026",
        measures: { speed: { pictures: 2 }, sameFirst: 1, pictures: 3 },
      },
    }) as never;
  expect(await quantizedForAuto({ quantized: proof("exact") })).toMatchObject({
    reason: expect.stringMatching(/stop at 16 bits on this processor/),
  });
  expect((await quantizedForAuto({ quantized: proof("exact") })).quantized).toBeUndefined();
  expect((await quantizedForAuto({ quantized: proof("saturating") })).quantized).toBeDefined();
  vi.doUnmock("../src/onnx/integer-sums.js");
  vi.resetModules();
});

describe("of a model of the hub", () => {
  let hub: HubServer;
  let cacheDir: string;
  let settings: HubSettings;
  let contents: Record<string, Buffer>;

  beforeAll(async () => {
    const paths = [...names, ...graphs].filter((name) => existsSync(join(clip, name)));
    const read = async (name: string) => [name, await readFile(join(clip, name))] as const;
    contents = Object.fromEntries(await Promise.all(paths.map(read)));
    const changed = {
      ...contents,
      [graphs[0]!]: Buffer.concat([contents[graphs[0]!]!, Buffer.from([50, 0])]),
    };
    hub = await startHubServer([
      { type: "model", name: "acme/clip", revisions: { main: contents, next: changed } },
    ]);
  });
  afterAll(() => hub.close());
  beforeEach(async () => {
    cacheDir = await temporaryFolder();
    settings = {
      endpoint: hub.endpoint,
      cacheDir,
      offline: false,
      retries: 0,
      retryDelay: 1,
      timeout: 5_000,
    };
  });

  test("they come into the cache under its revision, for all who load it", async () => {
    const { folder: at } = await quantizeModel("acme/clip", { ...options, hub: settings });
    expect(at).toBe(join(cacheDir, "models--acme--clip", "quantized", commitOf(contents)));
    expect(readdirSync(at).sort()).toEqual(["onnx", "quantized.json"]);
    const offline = { ...settings, offline: true };
    const automatic = await load("acme/clip", { hub: offline, dtype: "auto" });
    const explicit = await load("acme/clip", { hub: offline, dtype: "q8" });
    expect([automatic.dtype, explicit.dtype]).toEqual(["q8", "q8"]);
    expect(automatic.fingerprint).toBe(explicit.fingerprint);
    expect((await load("acme/clip", { hub: offline })).dtype).toBe("fp32");
  });

  test("two programs at once make them once", async () => {
    const both = await Promise.all(
      [1, 2].map(() => quantizeModel("acme/clip", { ...options, hub: settings, reuse: true })),
    );
    expect(both.map(({ reused }) => reused).sort()).toEqual([false, true]);
    expect(both[0]!.proof).toEqual(both[1]!.proof);
  });

  test("another revision has none until they are made of it", async () => {
    await quantizeModel("acme/clip", { ...options, hub: settings });
    const next = await load("acme/clip@next", { hub: settings, dtype: "auto" });
    expect(next.dtype).toBe("fp32");
    await expect(load("acme/clip@next", { hub: settings, dtype: "q8" })).rejects.toMatchObject({
      code: "MODEL_FILE_MISSING",
    });
  });

  test("the command tells what it found, and exits with 1 below a limit", async () => {
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_CACHE", cacheDir);
    vi.stubEnv("HF_HUB_OFFLINE", "");
    const run = (...args: string[]) =>
      nearlabel([
        "models",
        "quantize",
        "acme/clip",
        "--labels",
        "cat,dog,tree",
        "--min-speed",
        "0",
        "--min-agreement",
        "0",
        ...args,
      ]);
    const good = await run("--min-cosine", "0.5");
    expect(good.stdout).toMatch(/acme\/clip in q8 beside fp32, measured on 24 pictures and 3 labels:/);
    expect(good.stdout).toMatch(/same first label +\d+\.\d %/);
    expect(good.stdout).toMatch(/^MADE /m);
    expect(good.exitCode).toBe(0);
    const bad = await run("--min-cosine", "1", "--json");
    expect(bad.exitCode).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      reused: false,
      shortfalls: [expect.any(String), expect.any(String)],
    });
    const list = await nearlabel(["models", "verify"]);
    expect(list.stdout).toMatch(/^ok/);
    const parts = await run("--min-cosine", "0.5", "--keep", "Gather", "narrowing", "--json");
    expect(JSON.parse(parts.stdout)).toMatchObject({
      reused: false,
      proof: { keep: ["Gather", "narrowing"] },
    });
    vi.unstubAllEnvs();
  });
});
