import { EventEmitter, once } from "node:events";
import { mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClassifier } from "../src/classify/classifier.js";
import { allEmbeddings } from "../src/encoder/embedding-batch.js";
import { type LoadOptions, loadModel } from "../src/encoder/load.js";
import { NearlabelError } from "../src/errors.js";
import type { HubSettings } from "../src/hub/protocol/settings.js";
import type { DecodedImage } from "../src/image/source.js";
import { buildLabelIndex } from "../src/labels/index/build.js";
import { listModels } from "../src/model/files/catalog.js";
import { vectorsOf } from "./embeddings.js";
import { temporaryFolder } from "./folders.js";
import { commitOf, type HubServer, startHubServer } from "./hub-server.js";

const tiny = fileURLToPath(new URL("golden/tiny-model", import.meta.url));
const part = (name: string) => readFile(join(tiny, name));
const config = await part("config.json");

const small = {
  "config.json": config,
  "preprocessor_config.json": await part("preprocessor_config.json"),
  "tokenizer.json": await part("tokenizer.json"),
  "tokenizer_config.json": Buffer.from('{ "model_max_length": 16 }'),
};
const towers = {
  "onnx/text_model.onnx": await part("graphs/text.onnx"),
  "onnx/vision_model.onnx": await part("graphs/vision.onnx"),
};
/** What a repository of an export holds, most of which is not needed. */
const main = {
  ...small,
  ...towers,
  "README.md": Buffer.from("# A model\n"),
  "onnx/model.onnx": await part("graphs/both.onnx"),
  "onnx/text_model_fp16.onnx": await part("graphs/text_int32_float16.onnx"),
  "onnx/vision_model_fp16.onnx": await part("graphs/vision_float16.onnx"),
  "pytorch_model.bin": Buffer.alloc(5_000, 7),
};
const scaled = { ...main, "config.json": Buffer.from(config.toString().replace("{", '{ "logit_scale": 5,')) };
const outside = {
  ...small,
  "onnx/text_model.onnx": await part("graphs/text_outside.onnx"),
  "onnx/text_model.onnx_data": await part("graphs/text_outside.onnx_data"),
  "onnx/vision_model.onnx": towers["onnx/vision_model.onnx"],
};
const combined = { ...small, "onnx/model.onnx": main["onnx/model.onnx"] };
const weightsOnly = { "config.json": config, "pytorch_model.bin": main["pytorch_model.bin"] };

const texts = ["a cat", "the dog is on the mat"];
const grey: DecodedImage = { data: new Uint8Array(192).fill(90), width: 8, height: 8, channels: 3 };

let hub: HubServer;
let cacheDir: string;
let settings: HubSettings;

beforeAll(async () => {
  hub = await startHubServer([
    { type: "model", name: "acme/tiny", revisions: { main, "v2/scaled": scaled } },
    { type: "model", name: "acme/outside", revisions: { main: outside } },
    { type: "model", name: "acme/combined", revisions: { main: combined } },
    { type: "model", name: "acme/torch", revisions: { main: weightsOnly } },
    { type: "model", name: "Xenova/clip-vit-base-patch32", revisions: { main } },
  ]);
});
afterAll(() => hub.close());
beforeEach(async () => {
  cacheDir = await temporaryFolder();
  settings = { endpoint: hub.endpoint, cacheDir, offline: false, retries: 0, retryDelay: 1, timeout: 5_000 };
  hub.intercept = undefined;
  hub.requests.length = 0;
});

/** What loading by `id` gives for the same texts and picture, and the model closed. */
async function embeddings(id: string, options: LoadOptions = {}) {
  await using model = await loadModel(id, { hub: settings, ...options });
  const { data } = allEmbeddings(await model.embedTexts(texts));
  return {
    data,
    image: vectorsOf(await model.embedImages([grey])),
    fingerprint: await model.identity.fingerprint(),
  };
}

/** The same files as a folder that no hub knows of. */
async function folderOf(files: Record<string, Buffer>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "onnx"));
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
  return folder;
}

/** Paths in the cache of the one snapshot of a repository. */
async function cached(name: string): Promise<string[]> {
  const snapshots = join(cacheDir, `models--${name.replace("/", "--")}`, "snapshots");
  const [commit = ""] = await readdir(snapshots);
  const entries = await readdir(join(snapshots, commit), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name: file }) => file)
    .sort();
}

async function errorOf(work: Promise<unknown>): Promise<NearlabelError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NearlabelError);
  return error as NearlabelError;
}

const smallNames = Object.keys(small);

describe("a model of the hub", () => {
  test("loads by its id with the files it needs and no others, as the same files in a folder do", async () => {
    const loaded = await embeddings("acme/tiny");
    expect(loaded).toEqual(await embeddings(await folderOf({ ...small, ...towers })));
    expect(await cached("acme/tiny")).toEqual([...smallNames, "text_model.onnx", "vision_model.onnx"].sort());
    expect((await loadModel("acme/tiny", { hub: settings })).identity.id).toBe("acme/tiny");
  });

  test("loads by the id that it was published under", async () => {
    const published = await embeddings("openai/clip-vit-base-patch32");
    expect(published).toEqual(await embeddings("acme/tiny"));
    expect(await readdir(cacheDir)).toContain("models--Xenova--clip-vit-base-patch32");
    const error = await errorOf(loadModel("openai/clip-vit-base-patch32@main", { hub: settings }));
    expect(error).toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("Xenova/clip-vit-base-patch32@revision"),
    });
  });

  test("loads at a branch with slashes and at a commit, which asks the hub nothing the second time", async () => {
    await using branch = await loadModel("acme/tiny@v2/scaled", { hub: settings });
    expect(branch.scoring.logitScale).toBe(5);
    hub.requests.length = 0;
    await using pinned = await loadModel(`acme/tiny@${commitOf(scaled)}`, { hub: settings });
    expect(pinned.scoring.logitScale).toBe(5);
    expect(hub.requests).toEqual([]);
  });

  test("takes the weights of the dtype, and tells which there are", async () => {
    await using model = await loadModel("acme/tiny", { hub: settings, dtype: "fp16" });
    expect(vectorsOf(await model.embedTexts(texts))).toHaveLength(2);
    const names = ["text_model_fp16.onnx", "vision_model_fp16.onnx"];
    expect(await cached("acme/tiny")).toEqual([...smallNames, ...names].sort());
    const error = await errorOf(loadModel("acme/tiny", { hub: settings, dtype: "q4" }));
    expect(error).toMatchObject({ code: "MODEL_FILE_MISSING", message: expect.stringMatching(/fp32, fp16/) });
  });

  test("takes one graph with both towers where there are no separate ones, and weights kept outside", async () => {
    const separate = await embeddings("acme/tiny");
    expect((await embeddings("acme/combined")).data).toEqual(separate.data);
    expect(await cached("acme/combined")).toEqual([...smallNames, "model.onnx"].sort());
    expect((await embeddings("acme/outside")).data).toEqual(separate.data);
    expect(await cached("acme/outside")).toContain("text_model.onnx_data");
  });

  test("reports the bytes of its download", async () => {
    const seen: [number, number][] = [];
    const onDownload = ({ bytes, totalBytes }: { bytes: number; totalBytes: number }) =>
      seen.push([bytes, totalBytes]);
    await embeddings("acme/tiny", { onDownload });
    const total = Object.values({ ...small, ...towers }).reduce((sum, { length }) => sum + length, 0);
    expect(seen.at(-1)).toEqual([total, total]);
  });

  test("stops when told, and goes on from there", async () => {
    const stop = new AbortController();
    const onDownload = () => stop.abort(new Error("enough"));
    await expect(loadModel("acme/tiny", { hub: settings, onDownload, signal: stop.signal })).rejects.toThrow(
      "enough",
    );
    expect((await embeddings("acme/tiny")).data).toHaveLength(8);
  });
});

describe("the text tower of the hub", () => {
  test("is fetched at the first text where only the vision tower was asked for", async () => {
    await using model = await loadModel("acme/tiny", { hub: settings, towers: "vision" });
    const fingerprint = await model.identity.fingerprint();
    expect(vectorsOf(await model.embedImages([grey]))).toHaveLength(1);
    expect(await cached("acme/tiny")).toEqual([...smallNames, "vision_model.onnx"].sort());
    const { data } = allEmbeddings(await model.embedTexts(texts));
    expect(await cached("acme/tiny")).toContain("text_model.onnx");
    expect({ data, fingerprint }).toMatchObject(
      await embeddings(await folderOf({ ...small, ...towers })).then(
        ({ data: expected, fingerprint: print }) => ({ data: expected, fingerprint: print }),
      ),
    );
  });

  test("is fetched, though the signal of the load has aborted since", async () => {
    const load = new AbortController();
    await using model = await loadModel("acme/tiny", {
      hub: settings,
      towers: "vision",
      signal: load.signal,
    });
    load.abort();
    expect((await model.embedTexts(texts)).embeddings.rows).toBe(2);
  });

  /** The hub gives the text tower once `release` is called; `asked` resolves when it is asked for it. */
  function holdTextTower() {
    const events = new EventEmitter();
    const asked = once(events, "asked");
    const released = once(events, "released");
    hub.intercept = async ({ path }) => {
      if (!path.includes("text_model.onnx")) return false;
      events.emit("asked");
      await released;
      return false;
    };
    return { asked, release: () => events.emit("released") };
  }

  test("goes on for the others where one text that waited for it was given up", async () => {
    await using model = await loadModel("acme/tiny", { hub: settings, towers: "vision" });
    const { asked, release } = holdTextTower();
    const stop = new AbortController();
    const work = model.embedTexts(texts, { signal: stop.signal });
    await asked;
    const other = model.embedTexts(texts, { signal: new AbortController().signal });
    stop.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    release();
    expect((await other).embeddings.rows).toBe(2);
    expect(hub.requests.filter(({ server }) => server === "storage")).toHaveLength(2);
  });

  test("is fetched anew where the only text that waited for it was given up", async () => {
    await using model = await loadModel("acme/tiny", { hub: settings, towers: "vision" });
    const { asked } = holdTextTower();
    const stop = new AbortController();
    const work = model.embedTexts(texts, { signal: stop.signal });
    await asked;
    stop.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    hub.intercept = undefined;
    expect((await model.embedTexts(texts)).embeddings.rows).toBe(2);
  });

  test("is no longer waited for when the model is closed", async () => {
    const model = await loadModel("acme/tiny", { hub: settings, towers: "vision" });
    const { asked } = holdTextTower();
    const error = errorOf(model.embedTexts(texts));
    await asked;
    await model.close();
    expect((await error).code).toBe("MODEL_CLOSED");
  });

  test("is not needed to classify with an index, which was built with a folder of the same files", async () => {
    const path = join(await temporaryFolder(), "index");
    await using local = await loadModel(await folderOf({ ...small, ...towers }));
    await using built = await buildLabelIndex(path, { labels: ["cat", "dog"], model: local });
    expect(built.info.count).toBe(2);
    await using classifier = await createClassifier({
      index: path,
      model: "acme/tiny",
      load: { hub: settings },
    });
    const [result] = await classifier.classify([grey]);
    expect(result?.predictions).toHaveLength(2);
    expect(await cached("acme/tiny")).not.toContain("text_model.onnx");
  });

  test("of other weights is told apart without being fetched", async () => {
    const path = join(await temporaryFolder(), "index");
    await using local = await loadModel(
      await folderOf({ ...small, ...towers, "onnx/text_model.onnx": await part("graphs/text_nan.onnx") }),
    );
    const labels = ["dog"];
    await (
      await buildLabelIndex(path, {
        labels,
        model: {
          ...local,
          embedTexts: async () => ({
            embeddings: { data: Float32Array.of(1, 0, 0, 0), rows: 1, columns: 4 },
            norms: Float64Array.of(1),
            errors: new Map(),
          }),
        },
      })
    ).close();
    const error = await errorOf(
      createClassifier({ index: path, model: "acme/tiny", load: { hub: settings } }),
    );
    expect(error.code).toBe("INDEX_MODEL_MISMATCH");
    expect(await cached("acme/tiny")).not.toContain("text_model.onnx");
  });
});

describe("without the hub", () => {
  const offline = () => ({ hub: { ...settings, offline: true } });
  const unreachable = () => ({ hub: { ...settings, endpoint: "http://127.0.0.1:1" } });

  test("a model that was downloaded loads, also where the list of its files was not kept", async () => {
    const loaded = await embeddings("acme/tiny");
    hub.requests.length = 0;
    expect(await embeddings("acme/tiny", offline())).toEqual(loaded);
    expect(await embeddings("acme/tiny", unreachable())).toEqual(loaded);
    await rm(join(cacheDir, "models--acme--tiny/trees"), { recursive: true });
    expect(await embeddings("acme/tiny", offline())).toEqual(loaded);
    expect(hub.requests).toEqual([]);
  });

  test("another is an error that says where it was looked for", async () => {
    expect(await errorOf(loadModel("acme/tiny", offline()))).toMatchObject({
      code: "HUB_OFFLINE",
      message: expect.stringMatching(/no folder acme\/tiny.*on the hub.*HF_HUB_OFFLINE/),
    });
    const error = await errorOf(loadModel("openai/clip-vit-base-patch16", unreachable()));
    expect(error.code).toBe("HUB_UNAVAILABLE");
    expect(error.message).toMatch(/on the hub, as Xenova\/clip-vit-base-patch16@main\..*HF_ENDPOINT/s);
  });
});

describe("a link in the cache whose content is gone", () => {
  const losses = [["config.json"], ["tokenizer.json"], ["onnx/vision_model.onnx"], ["onnx/text_model.onnx"]];

  test.each(losses)("is named where the hub is not asked: %s", async (path) => {
    await embeddings("acme/tiny");
    const root = join(cacheDir, "models--acme--tiny");
    const [commit = ""] = await readdir(join(root, "snapshots"));
    await rm(await realpath(join(root, "snapshots", commit, path)));
    const offline = { hub: { ...settings, offline: true } };
    const expected = {
      code: "HUB_OFFLINE",
      message: expect.stringMatching(new RegExp(`content of ${path} is gone from the cache`)),
    };
    expect(await errorOf(loadModel("acme/tiny", offline))).toMatchObject(expected);
    // As Python leaves a cache, which need not hold the list of files.
    await rm(join(root, "trees"), { recursive: true });
    expect(await errorOf(loadModel("acme/tiny", offline))).toMatchObject(expected);
    expect((await embeddings("acme/tiny")).data).toHaveLength(8);
  });

  test.each(losses)("is named in a folder too: %s", async (path) => {
    const folder = await folderOf({ ...small, ...towers });
    await rm(join(folder, path));
    await symlink("nowhere", join(folder, path));
    expect(await errorOf(loadModel(folder))).toMatchObject({
      code: "MODEL_FILE_MISSING",
      message: expect.stringContaining(`${path} (a link to nowhere, where there is no file)`),
    });
  });
});

describe("what cannot be loaded from the hub", () => {
  test("is a repository that is not there", async () => {
    const error = await errorOf(loadModel("acme/none", { hub: settings }));
    expect(error).toMatchObject({
      code: "HUB_NOT_FOUND",
      message: expect.stringContaining("no folder acme/none"),
    });
  });

  test("is one without an ONNX export, of which no weights are downloaded", async () => {
    const error = await errorOf(loadModel("acme/torch", { hub: settings }));
    expect(error).toMatchObject({
      code: "MODEL_FILE_MISSING",
      message: expect.stringMatching(/vision_model\.onnx.*missing/),
    });
    expect(await cached("acme/torch")).toEqual(["config.json"]);
  });

  test.each([
    "test/hub.test.ts",
    "./acme/tiny",
    "../acme/tiny",
    "/acme/tiny",
    "~/tiny",
    "acme\\tiny",
    "tiny",
    "a/b/c",
  ])("is %s, which is no id: the hub is not asked", async (id) => {
    expect((await errorOf(loadModel(id, { hub: settings }))).code).toBe("MODEL_NOT_FOUND");
    expect(hub.requests).toEqual([]);
  });
});

test("a folder comes before a repository of the same name", async () => {
  await using model = await loadModel("models/mini", { hub: settings });
  expect(model.dimension).toBe(256);
  expect(hub.requests).toEqual([]);
});

test("every model that is listed has an id, a repository and figures that can be true", () => {
  const [mini, ...published] = listModels();
  expect(mini).toMatchObject({ id: "mini" });
  expect(mini?.repo).toBeUndefined();
  expect(new Set(published.map(({ id }) => id)).size).toBe(published.length);
  for (const { id, repo, family, parameters, imageSize, dimension, accuracy } of published) {
    expect([id, repo], id).toEqual([id, id].map(() => expect.stringMatching(/^[\w.-]+\/[\w.-]+$/)));
    expect(["CLIP", "MobileCLIP", "SigLIP", "SigLIP 2", "Chinese-CLIP", "jina-clip"]).toContain(family);
    expect(parameters, id).toBeGreaterThan(4e7);
    expect(imageSize, id).toBeGreaterThanOrEqual(224);
    expect(dimension % 128, id).toBe(0);
    for (const { value, source } of accuracy) {
      expect(value, id).toBeGreaterThan(0.6);
      expect(value, id).toBeLessThan(1);
      expect(source, id).not.toBe("");
    }
  }
});
