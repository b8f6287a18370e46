import { copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, describe, expect, it } from "vitest";
import { search } from "../../../src/images/search/search.js";
import { classify } from "../../../src/index.js";
import { sevenDigits } from "../../../src/math/digits.js";
import { shownImage } from "../../../src/server/tables/served-table.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";
import { photosTable } from "../photos.js";

const { table } = await photosTable();
const address = await listeningAt(await serverWith({ tables: new Map([["photos", table]]) }));
const client = new Client({ name: "test", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(`${address}/mcp`)));
afterAll(() => client.close());

const bus = await sample("bus");
const image = bus.toString("base64");
const labels = ["cup", "bus", "snail"];
const TOOLS = ["classify", "search", "similar", "label_counts"];

const textOf = (result: { content: readonly { type: string }[] }) =>
  result.content.flatMap((part) => ("text" in part ? [String(part.text)] : [])).join("\n");

it("says what an agent may ask for", async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOLS);
  for (const { description, inputSchema, annotations } of tools) {
    expect(description).toMatch(/\.$/);
    expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
    expect(annotations?.readOnlyHint).toBe(true);
  }
});

it("has no answer to HEAD", async () => {
  const { status } = await fetch(`${address}/mcp`, { method: "HEAD" });
  expect(status).toBe(405);
});

it("classifies a picture", async () => {
  const [expected] = await classify([bus], { model: mini, labels, topK: 2 });
  const result = await client.callTool({ name: "classify", arguments: { image, labels, top_k: 2 } });
  expect(textOf(result)).toMatch(/^1\. bus: \d+\.\d %\n2\. \w+: \d+\.\d %$/);
  expect(result.structuredContent).toEqual({
    predictions: expected!.predictions!.map(({ label, score, similarity }) => ({
      label,
      score: sevenDigits(score),
      similarity: sevenDigits(similarity),
    })),
  });
});

it("takes no filters and texts that could end or fill the server", async () => {
  const where = "length(repeat('x', 2000000000)) > 0";
  const id = "0".repeat(64);
  for (const call of [
    { name: "search", arguments: { query: "a bus", where } },
    { name: "similar", arguments: { id, where } },
    { name: "label_counts", arguments: { where } },
  ]) {
    const result = await client.callTool(call);
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringMatching(/TABLE_FILTER_INVALID/)]);
  }
  const guess = await client.callTool({
    name: "search",
    arguments: { query: "a bus", where: "path like '/home/%'" },
  });
  expect([guess.isError, textOf(guess)]).toEqual([true, expect.stringMatching(/not "path"/)]);
  const long = await client.callTool({ name: "search", arguments: { query: "a".repeat(3000) } });
  expect([long.isError, textOf(long)]).toEqual([true, expect.stringMatching(/REQUEST_TOO_LARGE/)]);
});

/** Of an answer with pictures, what it holds of each. */
const found = (result: { structuredContent?: unknown }) =>
  (result.structuredContent as { pictures: { id: string; name: string; rank: number }[] }).pictures;

it("finds pictures by words and by a picture, and gives them back", async () => {
  const words = await client.callTool({ name: "search", arguments: { query: "a bus", limit: 2 } });
  expect(found(words)[0]).toMatchObject({ rank: 1, name: "bus.png" });
  expect(textOf(words)).toMatch(/^1\. bus\.png, similarity 0\.\d{3}, id [\da-f]{64}/);
  const [, picture] = words.content;
  expect(picture).toMatchObject({ type: "image", mimeType: "image/jpeg" });
  const jpeg = Buffer.from((picture as { data: string }).data, "base64");
  expect(jpeg.subarray(0, 3).toString("hex")).toBe("ffd8ff");
  const alike = await client.callTool({ name: "search", arguments: { image, limit: 1, offset: 2 } });
  expect(found(alike)[0]!.rank).toBe(3);
  const nothing = await client.callTool({
    name: "search",
    arguments: { query: "a bus", where: "width > 9999" },
  });
  expect([textOf(nothing), found(nothing)]).toEqual(["Nothing here looks like that.", []]);
});

it("names what is nearest where nothing looks like the words", async () => {
  const query = "an armadillo";
  const answer = await client.callTool({ name: "search", arguments: { query } });
  const { nearest } = await search(table, query, { model: mini });
  expect(nearest).toHaveLength(3);
  const told = nearest!.map(({ image }) => shownImage(image).name);
  expect(answer.structuredContent).toMatchObject({ pictures: [], nearest: told.map((name) => ({ name })) });
  const [first, ...pictures] = answer.content;
  expect(first).toEqual({
    type: "text",
    text: "Nothing here clearly looks like that. The nearest, which chance alone may have found:",
  });
  expect(pictures.map(({ type }) => type)).toEqual(["text", "image", "text", "image", "text", "image"]);
  expect(textOf(answer)).toContain(`1. ${told[0]}, similarity 0.`);
});

it("finds pictures like one that is there, without it", async () => {
  const [{ id } = { id: "" }] = found(
    await client.callTool({ name: "search", arguments: { image, limit: 1 } }),
  );
  const first = await client.callTool({ name: "similar", arguments: { id, limit: 3 } });
  expect(found(first).map(({ rank }) => rank)).toEqual([1, 2, 3]);
  expect(found(first).map(({ name }) => name)).not.toContain("bus.png");
  expect(textOf(first)).toContain("There are more: ask with a higher offset.");
  const second = await client.callTool({ name: "similar", arguments: { id, limit: 2, offset: 1 } });
  expect(found(second).map((each) => each.id)).toEqual(
    found(first)
      .slice(1)
      .map((each) => each.id),
  );
});

it("counts labels", async () => {
  const counts = await client.callTool({ name: "label_counts", arguments: {} });
  expect(counts.structuredContent).toEqual({ pictures: 25, unlabelled: 25, unknown: 0, labels: [] });
});

it("answers a mistake so that an agent can mend it", async () => {
  const call = async (args: Record<string, unknown>) => {
    const result = await client.callTool({ name: "classify", arguments: args });
    expect(result.isError).toBe(true);
    return textOf(result);
  };
  expect(await call({ image, labels: ["a", "a"] })).toContain("(LABELS_DUPLICATE)");
  expect(await call({ labels })).toBe("Expected a picture: image, or path. (REQUEST_INVALID)");
  expect(await call({ path: "/etc/passwd", labels })).toContain("reads no files by their paths");
  expect(await call({ image: bus.subarray(0, 900).toString("base64"), labels })).toContain("(IMAGE_CORRUPT)");
  expect(await call({ image, labels, label_set: "things" })).toContain("either labels or labelSet");
  const search = async (args: Record<string, unknown>) =>
    textOf(await client.callTool({ name: "search", arguments: args }));
  expect(await search({})).toContain("Expected query, image or path");
  expect(await search({ query: "a bus", where: "width >" })).toContain("(TABLE_FILTER_INVALID)");
  expect(await search({ query: "a bus", table: "videos" })).toContain('no table "videos": it has photos');
  expect(textOf(await client.callTool({ name: "similar", arguments: { id: "1" } }))).toContain(
    "(IMAGE_NOT_FOUND)",
  );
});

describe("nearlabel mcp", () => {
  it("gives an agent on this machine the same tools, and the files of folders that it was told", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nearlabel-mcp-"));
    await writeFile(join(folder, "things.txt"), labels.join("\n"));
    await symlink("/etc/hostname", join(folder, "link.png"));
    await copyFile(
      fileURLToPath(new URL("../../../samples/bus.png", import.meta.url)),
      join(folder, "bus.png"),
    );
    const local = new Client({ name: "test", version: "1" });
    const program = fileURLToPath(new URL("../../../dist/bundle/nearlabel.js", import.meta.url));
    const options = ["--files", folder, "--labels", `things=${join(folder, "things.txt")}`, "--data", folder];
    await local.connect(
      new StdioClientTransport({ command: process.execPath, args: [program, "mcp", ...options] }),
    );
    try {
      expect((await local.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
      const classifyFile = async (name: string) =>
        textOf(
          await local.callTool({
            name: "classify",
            arguments: { path: join(folder, name), label_set: "things" },
          }),
        );
      expect(await classifyFile("bus.png")).toMatch(/^1\. bus/);
      expect(await classifyFile("link.png")).toContain("is in none of the folders");
      expect(await classifyFile("../secret.png")).toContain("is in none of the folders");
      expect(await classifyFile("missing.png")).toContain("(IMAGE_NOT_FOUND)");
    } finally {
      await local.close();
      await rm(folder, { recursive: true });
    }
  });
});
