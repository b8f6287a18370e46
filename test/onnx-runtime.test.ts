import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { loadModel } from "../src/index.js";
import { bindingFile, ONNX_RUNTIME_VERSION } from "../src/onnx/binding-file.js";
import { temporaryFolder } from "./folders.js";

const execute = promisify(execFile);
const ROOT = new URL("../", import.meta.url);
const LIBRARY = new URL("dist/bundle/index.js", ROOT).href;
const CUP = fileURLToPath(new URL("samples/cup.png", ROOT));

const manifest = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));

/** Runs a program with a home folder of its own, and says what it printed and left there. */
async function inNewHome(program: string): Promise<{ printed: string; left: string[] }> {
  const home = await temporaryFolder();
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
  const node = ["--input-type=module", "-e", program];
  const { stdout } = await execute(process.execPath, node, {
    env: { ...env, HOME: home, USERPROFILE: home, LOCALAPPDATA: home, APPDATA: home },
  });
  return { printed: stdout.trim(), left: await readdir(home, { recursive: true }) };
}

describe("the binary of ONNX Runtime", () => {
  it("is that of the release that is called", () => {
    expect(bindingFile()).toMatch(/onnxruntime_binding\.node$/);
    const { devDependencies, optionalDependencies } = manifest;
    expect(devDependencies["onnxruntime-node"]).toBe(ONNX_RUNTIME_VERSION);
    const lancedb = Object.entries(optionalDependencies).filter(([name]) => name.startsWith("@lancedb/"));
    expect(new Set(lancedb.map(([, version]) => version))).toEqual(
      new Set([devDependencies["@lancedb/lancedb"]]),
    );
  });

  it("is missing with a word on what to do, or on the platforms that there are", () => {
    expect(() => bindingFile("linux-riscv64")).toThrow(
      expect.objectContaining({
        code: "RUNTIME_MISSING",
        message: expect.stringMatching(/darwin-arm64, .* glibc/),
      }),
    );
  });
});

describe("ONNX Runtime keeps no record of its use", () => {
  it("where pictures are classified", async () => {
    const found = await inNewHome(`
      import { classify } from ${JSON.stringify(LIBRARY)};
      const [result] = await classify([${JSON.stringify(CUP)}], { labels: ["bus", "cup"] });
      console.log(result.predictions.length);`);
    expect(found).toEqual({ printed: "2", left: [] });
  });

  it("where a model is in a worker thread", async () => {
    const found = await inNewHome(`
      import { loadInWorker } from ${JSON.stringify(LIBRARY)};
      const model = await loadInWorker();
      const { embeddings } = await model.embedTexts(["a cup"]);
      console.log(embeddings.rows);
      await model.close();`);
    expect(found).toEqual({ printed: "1", left: [] });
  });
});

describe("runs of networks", () => {
  it("that were asked for together let what waits have the thread between them", async () => {
    await using model = await loadModel();
    const { port1, port2 } = new MessageChannel();
    const order: string[] = [];
    const arrived = new Promise<void>((resolve) => {
      port2.on("message", () => {
        order.push("message");
        resolve();
      });
    });
    const first = model.embedTexts(["a cup"]).then(() => {
      order.push("first");
      port1.postMessage("from a client");
    });
    const second = model.embedTexts(["a bus"]).then(() => order.push("second"));
    await Promise.all([first, second, arrived]);
    port1.close();
    expect(order).toEqual(["first", "message", "second"]);
  });
});
