import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { nearlabel } from "../command-line.js";
import { form, sample } from "./harness.js";

const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "nearlabel-serve-"));
const env = { ...process.env, NEARLABEL_DATA: join(folder, "data"), NO_COLOR: "1" };
const running = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** A command with what it said until `until` or its end. */
async function start(args: readonly string[], until?: RegExp, more = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...env, ...more } });
  running.add(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    said.stdout += data;
  });
  child.stderr.on("data", (data) => {
    said.stderr += data;
  });
  const ended = once(child, "exit").then(([code]) => code as number);
  void ended.then(() => running.delete(child));
  if (until) {
    while (!until.test(said.stderr) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return { child, said, ended, code: null };
  }
  return { child, said, ended, code: await ended };
}

/** Whether there is curl, which the printed command needs. */
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl) console.warn("There is no curl: the command that is printed is not run.");

/** What the command answers that the server printed, run by a shell as it stands. */
function triedOut(told: string, more = {}) {
  const [, command = ""] = /^Try it:\n +(curl .*)$/m.exec(told) ?? [];
  const { stdout } = spawnSync("sh", ["-c", command], { encoding: "utf8", env: { ...env, ...more } });
  return JSON.parse(stdout);
}

const BEST_IS_BUS = { results: [{ predictions: [{ label: "bus", rank: 1 }, {}, {}] }] };

describe("nearlabel serve", () => {
  it("serves what flags, environment and a file name, and ends once what runs is finished", async () => {
    await writeFile(join(folder, "animals.txt"), "bus\ncup\ndog\n");
    await writeFile(
      join(folder, "serve.yaml"),
      `port: 1\nlabels: [animals=${join(folder, "animals.txt")}]\nmax-pictures: 2\nlog: json\n`,
    );
    const args = ["serve", "--config", join(folder, "serve.yaml"), "--port", "0"];
    const { child, said, ended } = await start(args, /Try it/, { NEARLABEL_HOST_NAME: "pictures.lan" });
    expect(said.stderr).toMatch(/models +mini \(256 numbers\)\n +label sets +animals \(3 labels\)/);
    expect(said.stderr).toMatch(/open to +programs of this machine/);
    if (hasCurl) expect(triedOut(said.stderr)).toMatchObject(BEST_IS_BUS);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said.stderr)![0];
    const bus = await sample("bus");
    const post = async (files: Record<string, Buffer>) =>
      (
        await fetch(`${url}/v1/classify`, {
          method: "POST",
          body: form(files, { labelSet: "animals", topK: "1" }),
        })
      ).json() as Promise<{ code?: string; results: { predictions: { label: string }[] }[] }>;
    expect((await post({ a: bus })).results[0]!.predictions[0]!.label).toBe("bus");
    expect((await post({ a: bus, b: bus, c: bus })).code).toBe("REQUEST_TOO_LARGE");
    const last = post({ a: bus, b: bus });
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGTERM");
    expect((await last).results).toHaveLength(2);
    expect(await ended).toBe(143);
    expect(
      said.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).msg),
    ).toContain("request completed");
  });

  it("holds to the limits of its flags, of pixels before a picture is decoded too", async () => {
    const limits = "--max-pixels 1000 --max-labels 2 --max-body-mb 1 --requests-per-minute 6".split(" ");
    const { child, said, ended } = await start(["serve", "--port", "0", ...limits], /Try it/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said.stderr)![0];
    const image = (await sample("bus")).toString("base64");
    const post = async (route: string, body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}${route}`, { ...init, headers });
      const { code, error, results } = (await answer.json()) as {
        code?: string;
        error?: { code: string };
        results?: { error: { code: string } }[];
      };
      return code ?? error?.code ?? results![0]!.error.code;
    };
    expect([
      await post("/v1/classify", { labels: ["a", "b"], images: [image] }),
      await post("/v1/embed", { images: [image] }),
      await post("/v1/explain", { labels: ["a"], images: [image] }),
      await post("/v1/embeddings", { input: [{ image }] }),
      await post("/v1/classify", { labels: ["a", "b", "c"], images: [image] }),
      await post("/v1/classify", { labels: ["a"], images: ["A".repeat(2 ** 20)] }),
      await post("/v1/classify", { labels: ["a"], images: [image] }),
    ]).toEqual([
      ...Array(4).fill("IMAGE_TOO_LARGE"),
      ...["REQUEST_TOO_LARGE", "REQUEST_TOO_LARGE", "SERVER_BUSY"],
    ]);
    child.kill("SIGTERM");
    await ended;
  });

  it("does not open itself to others without keys", async () => {
    const refused = await start(["serve", "--host", "0.0.0.0", "--port", "0"]);
    expect([refused.code, refused.said.stderr]).toEqual([
      2,
      expect.stringMatching(/no API keys.*keys add.*--insecure/),
    ]);
    const { said } = await start(["keys", "add", "me", "--scope", "read,classify"]).then(({ said }) => ({
      said,
    }));
    const secret = said.stdout.trim();
    expect(secret).toMatch(/^nearlabel_[\w-]{43}$/);
    const listed = await start(["keys", "list"]);
    expect(listed.said.stdout).toMatch(/me +read/);
    const open = await start(["serve", "--host", "0.0.0.0", "--port", "0"], /Try it/);
    expect(open.said.stderr).toMatch(/open to +everybody who reaches it and has a key/);
    const port = /:(\d+)/.exec(open.said.stderr)![1];
    const ask = async (headers = {}) =>
      (await fetch(`http://127.0.0.1:${port}/v1/models`, { headers })).status;
    expect([await ask(), await ask({ authorization: `Bearer ${secret}` })]).toEqual([401, 200]);
    if (hasCurl) {
      expect(triedOut(open.said.stderr)).toMatchObject({ code: "KEY_INVALID" });
      expect(triedOut(open.said.stderr, { KEY: secret })).toMatchObject(BEST_IS_BUS);
    }
    open.child.kill("SIGTERM");
    await open.ended;
  });

  it("takes a switch of the environment for what it says", async () => {
    const others = ["serve", "--host", "0.0.0.0", "--port", "0"];
    const data = { NEARLABEL_DATA: join(folder, "no-keys") };
    for (const [said, message] of [
      ["false", /no API keys/],
      ["", /no API keys/],
      ["maybe", /Expected NEARLABEL_INSECURE to be true or false, got "maybe"/],
    ] as const) {
      const refused = await start(others, undefined, { ...data, NEARLABEL_INSECURE: said });
      expect([refused.code, refused.said.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    const open = await start(others, /Try it/, { ...data, NEARLABEL_INSECURE: "true" });
    expect(open.said.stderr).toMatch(/open to +EVERYBODY/);
    open.child.kill("SIGTERM");
    await open.ended;
  });

  it.each([
    [["--config", "none.yaml"], /none\.yaml/],
    [["--model", "none"], /"none"/],
    [["--tls-cert", "a.pem"], /both --tls-cert and --tls-key/],
    [["--labels", "Not A Name.txt"], /name of a label set/],
    [["--keys", "none.json"], /no keys in none\.json/],
    [["--tls-cert", PROGRAM, "--tls-key", PROGRAM], /no certificate and its key, in PEM/],
    [["--cors", "example.org"], /"example\.org" is no origin/],
    [["--host-name", "https://example.org"], /"https:\/\/example\.org" is no name of a host/],
    [["--trust-proxy", "10.0.0.1,10.1.0.0/33"], /"10\.1\.0\.0\/33" is no address of a proxy/],
    [["--allow-url", "http://example.org/"], /"http:\/\/example\.org\/" is no host/],
  ])("says what is wrong with %j", async (args, message) => {
    vi.stubEnv("NEARLABEL_DATA", env.NEARLABEL_DATA);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { exitCode, stderr } = await nearlabel(["serve", "--port", "0", ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

/** Of util-linux: runs a command in a terminal. */
const hasTerminal = process.platform === "linux" && existsSync("/usr/bin/script");

describe.skipIf(!hasTerminal)("the page of nearlabel serve [needs script]", () => {
  it("opens in a terminal on a desktop, unless --no-open, and never over SSH, in CI or in a service", async () => {
    const opened = async (
      where: string,
      options: string,
      more: Record<string, string>,
      inTerminal = true,
    ) => {
      const place = join(folder, where);
      await mkdir(place);
      const browser = join(place, "xdg-open");
      await writeFile(browser, `#!/bin/sh\necho "$1" > "${place}/opened"\n`, { mode: 0o755 });
      const line = `exec "${process.execPath}" "${PROGRAM}" serve --port 0 --log none ${options}`;
      const [command, args] = inTerminal
        ? ["/usr/bin/script", ["-qec", line, "/dev/null"]]
        : ["/bin/sh", ["-c", line]];
      const { CI, SSH_CONNECTION, SSH_TTY, DISPLAY, WAYLAND_DISPLAY, ...others } = env as NodeJS.ProcessEnv;
      const PATH = `${place}:${process.env.PATH}`;
      const child = spawn(command, args, { env: { ...others, PATH, ...more }, detached: true });
      running.add(child);
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
      while (!said.includes("Try it")) await new Promise((resolve) => setTimeout(resolve, 20));
      const ended = once(child, "exit");
      const file = join(place, "opened");
      for (let waits = 0; waits < 40 && !existsSync(file); waits++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      if (inTerminal) child.stdin.write("\x03");
      else child.kill("SIGTERM");
      await ended;
      running.delete(child);
      const address = await readFile(file, "utf8").catch(() => undefined);
      if (address !== undefined) expect(said).toContain(`page        ${address.trim().replace(/\/$/, "")}`);
      return [where, address !== undefined];
    };
    const desktop = { DISPLAY: ":9" };
    expect(
      await Promise.all([
        opened("desktop", "", desktop),
        opened("wayland", "", { WAYLAND_DISPLAY: "wayland-0" }),
        opened("told", "--open", {}),
        opened("told not to", "--no-open", desktop),
        opened("told not to by a variable", "", { ...desktop, NEARLABEL_OPEN: "false" }),
        opened("no display", "", {}),
        opened("ssh", "", { ...desktop, SSH_CONNECTION: "10.0.0.1 50000 10.0.0.2 22" }),
        opened("ci", "", { ...desktop, CI: "true" }),
        opened("service", "", desktop, false),
      ]),
    ).toEqual([
      ["desktop", true],
      ["wayland", true],
      ["told", true],
      ["told not to", false],
      ["told not to by a variable", false],
      ["no display", false],
      ["ssh", false],
      ["ci", false],
      ["service", false],
    ]);
  });
});

describe("nearlabel demo --page", () => {
  it("serves the page on the samples, tells where, and leaves nothing behind", async () => {
    const temporary = join(folder, "temporary");
    await mkdir(temporary);
    // Without a browser to open, which this test must not do.
    const { child, said, ended } = await start(["demo", "--page"], /No browser was found/, {
      TMPDIR: temporary,
      PATH: "",
    });
    expect(said.stderr).toMatch(/tables +samples \(24 pictures\)/);
    const address = /page +(http:\/\/127\.0\.0\.1:\d+)/.exec(said.stderr)![1]!;
    expect(said.stderr).toContain(`${address}/classify?set=`);
    const page = await fetch(`${address}/classify`);
    expect(await page.text()).toContain('<div id="page">');
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
  });
});
