import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { checkModel, loadModel } from "../src/index.js";
import { nearlabel } from "./command-line.js";

const tiny = fileURLToPath(new URL("golden/tiny-model", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "nearlabel-doctor-"));

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A model folder of the tiny model's parts, and `config` over its own. */
function folder(graphs: { text?: string; vision?: string; both?: string } = {}, config: object = {}): string {
  const target = mkdtempSync(join(work, "model-"));
  mkdirSync(join(target, "onnx"));
  for (const name of ["preprocessor_config.json", "tokenizer.json"])
    cpSync(join(tiny, name), join(target, name));
  const own = JSON.parse(readFileSync(join(tiny, "config.json"), "utf8"));
  writeFileSync(join(target, "config.json"), JSON.stringify({ ...own, ...config }));
  const { text = "text", vision = "vision", both } = graphs;
  const named = both ? { model: both } : { text_model: text, vision_model: vision };
  for (const [name, graph] of Object.entries(named)) {
    cpSync(join(tiny, "graphs", `${graph}.onnx`), join(target, "onnx", `${name}.onnx`));
  }
  return target;
}

/** What `checkModel` found, by name. */
async function found(target: string) {
  await using model = await loadModel(target);
  return Object.fromEntries((await checkModel(model)).map(({ name, ...rest }) => [name, rest]));
}

describe("checkModel", () => {
  test("tells what a good model is like", async () => {
    const checks = await found(folder());
    expect(Object.values(checks).map(({ ok }) => ok)).not.toContain(false);
    expect(checks.weights?.found).toBe("fp32, on cpu");
    expect(checks.shapes?.found).toMatch(/^pixels 1 x 3 x 8 x 8 to 1 x 4, tokens 1 x \d+ to 1 x 4$/);
    expect(checks.normalisation?.found).toMatch(/brought to unit length here: /);
    expect(checks["batch size"]?.found).toBe("any number of pictures, any number of texts");
    expect(checks.tokens?.found).toMatch(
      /start \d+ <\|startoftext\|>, end \d+ <\|endoftext\|>, pad .* 16 of 16/,
    );
    expect(checks["picture parity"]?.found).toMatch(/cosine 1\.0000000, largest difference \d/);
    expect(checks.logits?.found).toMatch(/^softmax of 100 x cosine \+ 0, from the family/);
  });

  test("tells where the logit scale is from", async () => {
    expect((await found(folder({}, { logit_scale: 20 }))).logits?.found).toMatch(/20 x .* the configuration/);
    expect((await found(folder({ both: "both" }))).logits?.found).toMatch(/37\.5 x .* both towers/);
  });

  test("takes a network for a fixed number of pictures", async () => {
    const checks = await found(folder({ vision: "vision_two" }));
    expect(checks["batch size"]).toMatchObject({
      ok: true,
      found: expect.stringMatching(/^2 pictures a run/),
    });
    expect(checks["picture parity"]?.ok).toBe(true);
  });

  const faults: [string, string, string, RegExp][] = [
    ["no projection", folder({ vision: "vision_unprojected" }), "shapes", /image_embeds, got pooler_output/],
    ["another length", folder({}, { projection_dim: 5 }), "shapes", /1 x 5, got 1 x 4/],
    [
      "padding read as text",
      folder({ text: "text_unmasked" }),
      "text parity",
      /expected a cosine of 0\.99999/,
    ],
    ["NaN", folder({ text: "text_nan" }), "normalisation", /NaN/],
    [
      "a larger vocabulary than the network's",
      folder({}, { text_config: { max_position_embeddings: 16, vocab_size: 40_000 } }),
      "vocabulary",
      /no embedding for a token/,
    ],
  ];
  test.each(faults)("finds %s", async (_, target, name, says) => {
    expect((await found(target))[name]).toMatchObject({ ok: false, found: expect.stringMatching(says) });
  });
});

describe("nearlabel doctor --model", () => {
  test("prints a line for each check of a model", async () => {
    const { exitCode, stdout } = await nearlabel(["doctor", "--threads", "1"]);
    expect(stdout).not.toContain("FAIL");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ok {4}model: shapes +pixels 1 x 3 x 224 x 224 to 1 x 256, tokens 1 x \d+ to 1 x 256$/m,
    );
    expect(stdout).toMatch(/^ok {4}model: vocabulary +the network knows token \d+, the last$/m);
  });

  test("fails, and goes on, where one check does", async () => {
    const { exitCode, stdout } = await nearlabel(["doctor", "--model", folder({ text: "text_unmasked" })]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}model: text parity +alone and in a batch of 3: cosine -?0\.\d+/m);
    expect(stdout).toMatch(/^ok {4}model: logits /m);
    expect(stdout).toMatch(/^ok {4}classification /m);
  });

  test("tells of the weights that auto took and of a device that is not there", async () => {
    const device = process.platform === "darwin" ? "dml" : "coreml";
    const args = ["doctor", "--model", folder(), "--dtype", "auto", "--device", device];
    const { exitCode, stdout, stderr } = await nearlabel(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/model: weights +fp32, on cpu$/m);
    expect(stderr).toMatch(/dtype fp32 is taken/);
    expect(stderr).toMatch(new RegExp(`${device} cannot be used here`));
  });

  test("knows which devices there are", async () => {
    const { exitCode, stderr } = await nearlabel(["doctor", "--device", "gpu"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/cpu, cuda, coreml, dml, webgpu, auto/);
  });
});
