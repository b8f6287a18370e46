import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/client/index.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { readTemplates } from "../../src/labels/prompts/template-file.js";
import { readLabels } from "../../src/labels/set/label-set.js";
import { openObjectStore } from "../../src/objects/open-store.js";
import { readLabelMap } from "../../src/rows/select/map-labels.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { temporaryFolder } from "../folders.js";
import { PROGRAM } from "./engine-run.js";
import { hasStore, type S3Server, startStore, useStore } from "./s3-server.js";

const bucket = openObjectStore("s3://test");
const CUP = "samples/cup.png";

/** The command in a program of its own. */
async function nearlabel(...args: string[]): Promise<string> {
  const ended = promisify(execFile)(process.execPath, [PROGRAM, ...args], { env: { ...process.env } });
  const { stdout, stderr } = await ended.catch((error) => error);
  return stdout + stderr;
}

describe.skipIf(!hasStore("moto"))("label sets in a bucket (needs moto_server)", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startStore("moto");
    await bucket.put("sets/things.csv", Buffer.from("label,class_name\nmug,coffee cup\nbus,bus\n"));
    await bucket.put("sets/templates.txt", Buffer.from("a drawing of a {}\n"));
  });
  afterAll(() => server.stop());

  it("are lists of labels and templates", async () => {
    expect((await readLabels("s3://test/sets/things.csv")).map(({ className }) => className)).toEqual([
      "coffee cup",
      "bus",
    ]);
    expect(await readTemplates("s3://test/sets/templates.txt")).toEqual(["a drawing of a {}"]);
    const flags = ["--labels", "s3://test/sets/things.csv", "--templates", "s3://test/sets/templates.txt"];
    expect(await nearlabel("classify", CUP, ...flags)).toContain("mug");
  });

  it("are all else that a file can be named for", async () => {
    await bucket.put("sets/map.csv", Buffer.from("from,to\ncup,mug\n"));
    await bucket.put("sets/map.json", Buffer.from('{ "cup": "mug" }'));
    await bucket.put("sets/pictures.txt", Buffer.from(`${CUP}\n`));
    await bucket.put("sets/parents.csv", Buffer.from("label,parent\nmug,thing\nbus,vehicle\n"));
    await bucket.put("cup.png", await readFile(CUP));
    for (const name of ["map.csv", "map.json"]) {
      expect([...(await readLabelMap(`s3://test/sets/${name}`))]).toEqual([["cup", "mug"]]);
    }
    await expect(readLabelMap("s3://test/none.csv")).rejects.toMatchObject({ code: "LABELS_INVALID" });
    const labels = ["--labels", "mug,bus"];
    expect(
      await nearlabel("classify", "--files-from", "s3://test/sets/pictures.txt", ...labels, "--jsonl"),
    ).toContain('"mug"');
    expect(
      await nearlabel("search", "--image", "s3://test/cup.png", "samples", "--limit", "1", "--paths"),
    ).toContain(CUP);
    const drawn = join(await temporaryFolder(), "drawn.csv");
    await writeFile(drawn, `path,label\n${resolve(CUP)},cup\n${resolve("samples/bus.png")},bus\n`);
    const evaluated = await nearlabel(
      ...["evaluate", "--dataset", drawn, ...labels, "--label-map", "s3://test/sets/map.csv"],
      ...["--parents", "s3://test/sets/parents.csv", "--json", "-"],
    );
    expect(evaluated).toContain('"vehicle"');
  });

  it("are label indexes, which change there", async () => {
    const index = "s3://test/indexes/things";
    await nearlabel("labels", "build", index, "--labels", "s3://test/sets/things.csv");
    await nearlabel("labels", "add", index, "--labels", "house");
    expect(await nearlabel("labels", "list", index)).toContain("house");
    expect(await nearlabel("classify", CUP, "--index", index)).toContain("mug");
  });

  it("say where they are not, and which stores have tables alone", async () => {
    await expect(readLabels("s3://test/none.csv")).rejects.toMatchObject({
      code: "LABELS_INVALID",
      message: "s3://test/none.csv: there is no such object in the bucket. Check the address.",
    });
    await expect(readTemplates("s3://nobody/t.txt")).rejects.toMatchObject({ code: "OBJECTS_NOT_FOUND" });
    await expect(readLabels("gs://bucket/things.csv")).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("tables alone"),
    });
    expect(await nearlabel("classify", CUP, "--index", "s3://nobody/index")).toMatch(
      /^OBJECTS_NOT_FOUND: s3:\/\/nobody\/index: there is no such bucket/,
    );
  });

  it("are kept by a server, one of two who write at once is told", async () => {
    const sets = await openLabelSets("s3://test/server");
    const content = { labels: [{ label: "mug", className: "cup" }], templates: ["a {}"] };
    const other = { ...content, templates: ["the {}"] };
    expect(await sets.list()).toEqual([]);
    const both = await Promise.allSettled([
      sets.put("things", content, 0),
      (await openLabelSets("s3://test/server")).put("things", other, 0),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "LABEL_SET_CHANGED" },
    });
    await sets.put("things", { ...content, templates: ["some {}"] }, 1);
    await sets.delete("things");
    const again = await openLabelSets("s3://test/server");
    expect(await again.list()).toEqual([]);
    expect((await again.get("things", 2)).templates).toEqual(["some {}"]);
    expect((await again.versions("things")).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it("are served from there, beside the progress of a plan", async () => {
    await planJob("samples", { out: "s3://test/run", shardSize: 10 });
    const flags = [
      "--data",
      "s3://test/served",
      "--labels",
      "things=s3://test/sets/things.csv",
      "--plan",
      "s3://test/run",
    ];
    const home = await temporaryFolder();
    const program = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--log", "none", ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NEARLABEL_DATA: home },
    });
    let told = "";
    const address = await new Promise<string>((resolve, reject) => {
      program.stderr.on("data", (text) => {
        told += text;
        const [, found] = /serves at \S*?(http:\/\/[\d.:]+)/.exec(told) ?? [];
        if (found) resolve(found);
      });
      program.once("exit", () => reject(new Error(told)));
    });
    const client = createClient(address);
    const [result] = await client.classify([await readFile(CUP)], { labelSet: "things" });
    expect(result!.predictions![0]!.label).toBe("mug");
    expect(await client.jobs.get("run")).toMatchObject({ shards: 3, pictures: 24, done: 0 });
    program.kill("SIGTERM");
    await once(program, "exit");
    expect(await bucket.read("served/things/000001.json")).toBeDefined();
  });
});

describe("a label index whose store refuses", () => {
  let answer = { status: 200, code: "" };
  /** Answers that come before, one each. */
  let before: (typeof answer)[] = [];
  const store = createServer((request, response) => {
    const { status, code } = before.shift() ?? answer;
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(`<Error><Code>${code}</Code><Message>${code} it is</Message></Error>`);
    });
  });
  beforeAll(async () => {
    await new Promise<void>((listening) => store.listen(0, "127.0.0.1", listening));
    const { port } = store.address() as { port: number };
    useStore({ endpoint: `http://127.0.0.1:${port}` });
  });
  afterAll(() => store.close());

  it.each([
    [403, "InvalidAccessKeyId", "OBJECTS_REFUSED", "does not know this access key"],
    [403, "RequestTimeTooSkewed", "OBJECTS_REFUSED", "clock of this machine is off"],
    [404, "NoSuchBucket", "OBJECTS_NOT_FOUND", "no such bucket"],
  ])("by %i %s says so: %s", async (status, code, expected, text) => {
    answer = { status, code };
    const said = await nearlabel("labels", "info", "s3://bucket/index");
    expect(said).toContain(`${expected}: s3://bucket/index: `);
    expect(said).toContain(text);
    expect(said).not.toContain("<");
  });

  it("for now, as it is overloaded, is asked for again", async () => {
    before = Array(7).fill({ status: 503, code: "SlowDown" });
    answer = { status: 404, code: "NoSuchBucket" };
    expect(await nearlabel("labels", "info", "s3://bucket/index")).toContain("OBJECTS_NOT_FOUND");
    expect(before).toEqual([]);
  });
});
