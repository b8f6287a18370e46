import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { classify, DEFAULT_TEMPLATES, labelSet } from "../../../src/index.js";
import { row } from "../../../src/math/matrix.js";
import { dot } from "../../../src/math/vector.js";
import { openLabelSets } from "../../../src/server/label-sets/label-set-folder.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";
import { photosTable } from "../photos.js";
import { expectShown } from "./client-page.js";
import { installed, runExample } from "./python.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-examples-"));
afterAll(() => rm(folder, { recursive: true }));
const labelSets = await openLabelSets(folder);
await labelSets.put("things", { labels: labelSet(["cup", "bus"]), templates: DEFAULT_TEMPLATES });
const { table } = await photosTable();
const address = await listeningAt(await serverWith({ labelSets, tables: new Map([["photos", table]]) }));
const picture = fileURLToPath(new URL("../../../samples/bus.png", import.meta.url));
const bus = await sample("bus");
const labels = ["cup", "bus", "snail"];
const text = "a photo of a bus";

const ofBus = row((await mini.embedImages([bus])).embeddings, 0);
const similarityTo = async (words: string) =>
  dot(ofBus, row((await mini.embedTexts([words])).embeddings, 0)).toFixed(4);
const similarity = `${await similarityTo(text)}  ${text}\n`;

/** A program of examples/clients: how it is called, and what it prints. */
interface Example {
  readonly args: readonly string[];
  readonly prints: () => Promise<string> | string | RegExp;
  /** The packages for Python that it imports. */
  readonly needs?: readonly string[];
  /** It starts a program in place of asking the server. */
  readonly local?: true;
}

const ranked = async () => {
  const similarities = await Promise.all(labels.map((label) => similarityTo(`a photo of a ${label}`)));
  const order = labels.map((_, at) => at).sort((a, b) => Number(similarities[b]) - Number(similarities[a]));
  return order.map((at) => `${similarities[at]}  ${labels[at]}\n`).join("");
};

const scored = async () => {
  const [{ predictions } = {}] = await classify([bus], { model: mini, labels, topK: 3 });
  return predictions!.map(({ label, score }) => `${score.toFixed(4)}  ${label}\n`).join("");
};

const examples: Readonly<Record<string, Example>> = {
  "openai-embeddings.mjs": { args: [picture, ...labels], prints: ranked },
  "openai_embeddings.py": { args: [picture, ...labels], prints: ranked, needs: ["openai"] },
  "langchain_embeddings.py": {
    args: [picture, text],
    prints: () => `the same text by both: 1.0000\n${similarity}`,
    needs: ["langchain_openai", "langchain_community"],
  },
  "llamaindex_embeddings.py": {
    args: [picture, text],
    prints: () => similarity,
    needs: ["llama_index.embeddings.jinaai"],
  },
  "huggingface.mjs": {
    args: [picture, ...labels],
    prints: async () => `${await scored()}by the server's labels: bus\ntext embedding: 256\n`,
  },
  "huggingface.py": {
    args: [picture, ...labels],
    prints: async () => `${await scored()}by the server's labels: bus\ntext embedding: (1, 256)\n`,
    needs: ["huggingface_hub"],
  },
  "text_embeddings_inference.py": {
    args: [text, "a photo of a cup"],
    prints: async () => {
      const { embeddings } = await mini.embedTexts([text, "a photo of a cup"]);
      return `(2, 256)\n${dot(row(embeddings, 0), row(embeddings, 1)).toFixed(4)}  of the first two\n`;
    },
    needs: ["huggingface_hub"],
  },
  "immich.mjs": {
    args: [picture, text, "mini"],
    prints: () => `ping: pong\n384 x 288\n${similarity}`,
  },
  "clip_retrieval_client.py": {
    args: ["photos", "a drawing of a bus", picture],
    prints: () => /^0\.\d{4} {2}bus\.png\n0\.\d{4} {2}\w+\.png\n1\.0000 {2}bus\.png\n0\.\d{4} {2}\w+\.png\n$/,
    needs: ["clip_retrieval"],
  },
  "mcp_tools.py": {
    args: ["a drawing of a bus"],
    prints: () =>
      /^classify search similar label_counts\n1\. bus\.png, similarity 0\.\d{3}, id \w{64}\nimage, image\/jpeg\n/,
    needs: ["mcp"],
  },
  "mcp-tools.mjs": {
    args: [dirname(picture), picture, ...labels],
    prints: () => /^classify search similar label_counts\n1\. bus: \d+\.\d %\n2\. /,
    local: true,
  },
  "nearlabel-client.mjs": {
    args: ["photos", picture, ...labels],
    prints: async () => {
      const best = (await scored()).split("\n").slice(0, 2).join("\n");
      return (
        `${best}\npicture 1: The picture is damaged or was cut off.\n25 pictures in photos\n` +
        'LABEL_SET_NOT_FOUND: There is no label set "missing".\n'
      );
    },
  },
};

describe.each(Object.entries(examples))(
  "examples/clients/%s",
  (file, { args, prints, needs = [], local }) => {
    const missing = needs.filter((name) => !installed.has(name));
    const why = missing.length > 0 ? ` [needs PYTHON, a Python with ${missing.join(", ")}]` : "";
    it.skipIf(missing.length > 0)(`finds what the library finds${why}`, async () => {
      const printed = await runExample(file, ...(local ? [] : [address]), ...args);
      const expected = await prints();
      if (typeof expected === "string") expect(printed).toBe(expected);
      else expect(printed).toMatch(expected);
      await expectShown(file, local ? args : ["http://127.0.0.1:8080", ...args], printed);
    });
  },
);

it("runs every program that is there", async () => {
  const folder = fileURLToPath(new URL("../../../examples/clients", import.meta.url));
  expect((await readdir(folder)).filter((name) => /\.(py|mjs)$/.test(name)).sort()).toEqual(
    Object.keys(examples).sort(),
  );
});
