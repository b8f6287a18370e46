import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nearlabel } from "./command-line.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "dist/bundle/nearlabel.js");
const BUS = join(ROOT, "samples/bus.png");

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Interrupt = "SIGINT" | "SIGTERM" | "SIGHUP";

interface Lateness {
  /** Milliseconds since the program listens for signals. */
  readonly after?: number;
  /** Milliseconds of processor time since then, which tell better how far it is on a busy machine. */
  readonly worked?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the program, which sends itself `signal` some time after it began to listen for it. */
function interrupted(
  signal: Interrupt,
  args: readonly string[],
  { after = 0, worked = 0, env = {} }: Lateness,
): Promise<Ended> {
  const preload = `data:text/javascript,let since; const wait = setInterval(() => {
    if (process.listenerCount("SIGTERM") === 0) return;
    since = since || { time: Date.now(), work: process.cpuUsage() };
    const { user, system } = process.cpuUsage(since.work);
    if (Date.now() - since.time < ${after} || user + system < ${worked * 1000}) return;
    clearInterval(wait);
    process.kill(process.pid, "${signal}");
  }, 10).unref()`;
  return endOf(started(["--import", preload, PROGRAM, ...args], env));
}

function started(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, args, { env: { ...process.env, ...env } });
}

function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve) =>
    child.on("close", (code, by) => resolve({ code, signal: by, stdout, stderr })),
  );
}

describe("a hub that does not answer", () => {
  let server: Server;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let index: string;
  const sockets: Socket[] = [];
  /** Runs the program, and sends it `signal` once it has asked the hub. */
  const interruptedInWaiting = async (signal: Interrupt, args: readonly string[]) => {
    const asked = once(server, "connection");
    const child = started([PROGRAM, ...args], env);
    const end = endOf(child);
    await Promise.race([asked, end]);
    child.kill(signal);
    return end;
  };
  beforeAll(async () => {
    server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
    const { port } = server.address() as AddressInfo;
    env = {
      HF_ENDPOINT: `http://127.0.0.1:${port}`,
      HF_HOME: join(folder, "hub"),
      NEARLABEL_CACHE: join(folder, "cache"),
    };
    index = join(folder, "index");
    await nearlabel(["labels", "build", index, "-l", "bus,cup"]);
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    return rm(folder, { recursive: true });
  });

  it.each([
    ["classify", "-l", "bus,cup", "-d", "somebody/pictures"],
    ["classify", BUS, "-l", "bus,cup", "-m", "somebody/model"],
    ["embed", "-d", "somebody/pictures", "-o", "never-made"],
    ["evaluate", "-d", "somebody/pictures"],
    ["prompts", "search", "-d", "somebody/pictures"],
    ["datasets", "info", "somebody/pictures"],
    ["explain", "-d", "somebody/pictures"],
    ["labels", "build", "never-made", "-l", "bus", "-m", "somebody/model"],
    ["labels", "add-examples", "INDEX", "-d", "somebody/pictures"],
    ["labels", "calibrate", "INDEX", "-d", "somebody/pictures"],
    ["labels", "threshold", "INDEX", "--unknown", "somebody/pictures", "--false-accepts", "0.1"],
    ["models", "pull", "somebody/model"],
    ["bench", "-m", "somebody/model"],
    ["doctor", "-m", "somebody/model"],
  ])("does not keep %s %s %s from ending", { retry: 2 }, async (...args) => {
    const given = args.map((arg) => (arg === "INDEX" ? index : arg));
    const ctrlC = await interruptedInWaiting("SIGINT", given);
    const term = await interruptedInWaiting("SIGTERM", given);
    expect([ctrlC.code, ctrlC.signal, term.code, term.signal]).toEqual([130, null, 143, null]);
    expect(ctrlC.stderr).toContain("Interrupted");
  });
});

// Tried again where the machine is too busy for the program to tidy up in the time it gives itself.
describe("an interrupted run", { retry: 5 }, () => {
  let folder: string;
  let classes: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
    classes = join(folder, "classes");
    for (const name of ["bus", "cup"]) {
      await mkdir(join(classes, name), { recursive: true });
      await cp(join(ROOT, "samples", `${name}.png`), join(folder, `${name}.png`));
      const links = Array.from({ length: 6000 }, (_, at) => join(classes, name, `${at}.png`));
      await Promise.all(links.map((link) => symlink(join(folder, `${name}.png`), link)));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

  it.each([
    ["classify", "CLASSES", "-l", "bus,cup", "--json"],
    ["evaluate", "-d", "CLASSES"],
    ["prompts", "search", "-d", "CLASSES", "--no-cache"],
    ["datasets", "info", "CLASSES"],
    ["explain", "-d", "CLASSES", "--original", "--limit", "4000"],
    ["bench"],
  ])("of %s ends with what is finished", async (...args) => {
    const given = args.map((arg) => (arg === "CLASSES" ? classes : arg));
    const env = { NEARLABEL_CACHE: join(folder, "cache") };
    const { code, stdout, stderr } = await interrupted("SIGTERM", given, { env, worked: 1500 });
    expect(code).toBe(143);
    expect(stderr).toContain("Interrupted");
    if (args.includes("--json")) expect(() => JSON.parse(stdout)).not.toThrow();
    if (args[0] === "evaluate") expect(stderr).toMatch(/\d+ pictures are embedded and kept/);
  });

  it.each([
    ["SIGINT", { code: 130 }],
    ["SIGTERM", { code: 143 }],
    ["SIGHUP", { code: null, signal: "SIGHUP" }],
  ] as const)("of embed keeps the rows that are done as a whole part after %s", async (signal, ended) => {
    // A folder of its own for each try.
    const out = join(await mkdtemp(join(folder, "embedded-")), signal);
    const end = await interrupted(signal, ["embed", classes, "-o", out], { worked: 2500 });
    expect(end).toMatchObject(ended);
    const files = (await readdir(out, { recursive: true })).filter((name) => /\.\w+$/.test(name));
    expect(files.sort()).toEqual([join("img_emb", "img_emb_0.npy"), join("metadata", "metadata_0.parquet")]);
    expect(end.stderr).toMatch(/^[1-9][\d,]* embeddings in /m);
  });

  it.skipIf(process.platform === "win32")(
    "ends though another thread waits for a pipe without a writer",
    async () => {
      const pipe = join(folder, "labels.txt");
      execFileSync("mkfifo", [pipe]);
      const { signal } = await interrupted("SIGTERM", ["classify", BUS, "-l", pipe], { after: 600 });
      expect(signal).toBe("SIGTERM");
    },
  );
});
