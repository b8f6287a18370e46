import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Given, nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "dist/bundle/nearlabel.js");
const LABELS = "bus,cup,guitar,sunflower";
const sample = (name: string) => relative(process.cwd(), join(ROOT, "samples", `${name}.png`));

async function results(args: readonly string[], given?: Given): Promise<unknown[]> {
  const { stdout } = await nearlabel(["classify", ...args, "--json"], given);
  return JSON.parse(stdout);
}

describe("nearlabel classify", () => {
  it("prints a table a picture", async () => {
    const { exitCode, stdout } = await nearlabel([
      "classify",
      sample("bus"),
      "--labels",
      LABELS,
      "--top",
      "2",
    ]);
    expect(exitCode).toBe(0);
    const [title, header, first, second] = stdout.split("\n");
    expect(title).toBe(sample("bus"));
    expect(header).toMatch(/^ {5}label {2,}score {2,}similarity$/);
    expect(first).toMatch(/^ {2}1 {2}bus {2,}█+[▏▎▍▌▋▊▉]? +\d+\.\d % +0\.\d{4}$/);
    expect(second).toMatch(/^ {2}2 /);
  });

  it("says which model answered, and what the built-in one is good for", async () => {
    const { stderr } = await nearlabel(["classify", sample("bus"), "--labels", LABELS, "--json"]);
    expect(stderr).toMatch(/^Model: mini, built in, for first steps .*nearlabel models.*\.$/m);
    const folder = join(ROOT, "models/mini");
    const other = await nearlabel([
      "classify",
      sample("bus"),
      "--labels",
      LABELS,
      "--json",
      "--model",
      folder,
    ]);
    expect(other.stderr).toContain(`Model: ${folder}.\n`);
  });

  it("says which labels the model can hardly know", async () => {
    const { stderr, exitCode } = await nearlabel(["classify", sample("bus"), "--labels", "bus,猫,собака"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/bytes: the prompt of label "猫".* and 1 more\./);
  });

  it("prints a line a picture where one label is asked for", async () => {
    const { stdout } = await nearlabel(["classify", sample("cup"), sample("bus"), "-l", LABELS, "-k", "1"]);
    expect(stdout).toMatch(
      new RegExp(`^${sample("cup")}  cup  \\d+\\.\\d %\n${sample("bus")}  bus  \\d+\\.\\d %\n$`),
    );
  });

  it("writes JSON, JSON lines and CSV with the same values", async () => {
    const args = ["classify", sample("bus"), "no-such.jpg", "--labels", "bus,cup", "--top", "1"];
    const json = await nearlabel([...args, "--json"]);
    const jsonl = await nearlabel([...args, "--jsonl"]);
    const csv = await nearlabel([...args, "--csv"]);
    expect([json.exitCode, jsonl.exitCode, csv.exitCode]).toEqual([1, 1, 1]);
    const [good, bad] = JSON.parse(json.stdout);
    expect(Object.keys(good)).toEqual(["id", "predictions"]);
    expect(Object.keys(good.predictions[0])).toEqual(["label", "score", "similarity", "distance", "rank"]);
    expect(bad).toEqual({
      id: "no-such.jpg",
      error: { code: "IMAGE_NOT_FOUND", message: expect.stringContaining("no-such.jpg") },
    });
    expect(
      jsonl.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([good, bad]);
    const { score, similarity, distance } = good.predictions[0];
    const [header, first, second] = csv.stdout.split("\n");
    expect(header).toBe("id,rank,label,score,similarity,distance,error_code,error_message");
    expect(first).toBe(`${sample("bus")},1,bus,${score},${similarity},${distance},,`);
    expect(second).toMatch(/^no-such\.jpg,,,,,,IMAGE_NOT_FOUND,/);
  });

  it("takes folders, globs, stdin and lists of names", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "deep"));
    await cp(sample("bus"), join(folder, "1 [a].png"));
    await cp(sample("cup"), join(folder, "deep", "2.PNG"));
    await writeFile(join(folder, "notes.txt"), "not a picture");
    const ids = async (args: string[], given?: Given) =>
      (await results([...args, "-l", LABELS], given)).map((result) => (result as { id: string }).id);
    const both = [join(folder, "1 [a].png"), join(folder, "deep", "2.PNG")];
    expect(await ids([folder])).toEqual(both);
    expect(await ids([join(folder, "**/*.{png,PNG}")])).toEqual(both);
    expect(await ids([both[0]!])).toEqual([both[0]]);
    expect(await ids(["-"], { stdin: await readFile(sample("cup")) })).toEqual(["-"]);
    expect(await ids(["--files-from", "-"], { stdin: `${both[1]}\n${both[0]}\n` })).toEqual([
      both[1],
      both[0],
    ]);
    expect(await ids(["--files-from", "-"], { stdin: both.join("\0") })).toEqual(both);
  });

  it("reads labels from files and from the command line, commas in quotes", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "labels.txt"), "bus\ncup, with tea\n");
    const labelsOf = async (labels: string) =>
      (await results([sample("bus"), "-l", labels])).flatMap((result) =>
        (result as { predictions: { label: string }[] }).predictions.map(({ label }) => label).sort(),
      );
    expect(await labelsOf(join(folder, "labels.txt"))).toEqual(["bus", "cup, with tea"]);
    expect(await labelsOf('bus, "cup, with tea"')).toEqual(["bus", "cup, with tea"]);
  });

  it("joins labels of more than one --labels, and takes a label that a folder is called like", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "more.txt"), "guitar\n");
    const before = process.cwd();
    const picture = join(before, sample("bus"));
    await mkdir(join(folder, "bus"));
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    const named = async (...labels: string[]) => {
      const { stdout } = await nearlabel(["classify", picture, ...labels, "--json"]);
      const [{ predictions }] = JSON.parse(stdout);
      return predictions.map(({ label }: { label: string }) => label).toSorted();
    };
    expect(await named("-l", "bus")).toEqual(["bus"]);
    expect(await named("-l", " bus , cup", "-l", "more.txt")).toEqual(["bus", "cup", "guitar"]);
    expect(await named("-l", '"St.Bus",AC/DC', "-l", '"a/b"')).toEqual(["AC/DC", "St.Bus", "a/b"]);
  });

  it("takes one list of a file of many as templates, by its name", async () => {
    const folder = await temporaryFolder();
    const lists = { plain: ["a photo of a {c}."], odd: ["{c}", "the {c}"] };
    const file = join(folder, "lists.json");
    await writeFile(file, JSON.stringify(lists));
    await writeFile(join(folder, "own.json#odd"), "a photo of a {}.\n");
    const scores = async (...templates: string[]) =>
      (await nearlabel(["classify", sample("bus"), "-l", "bus,cup", "--json", ...templates])).stdout;
    const plain = await scores("-t", "a photo of a {}.");
    expect(await scores("--templates", `${file}#plain`)).toBe(plain);
    expect(await scores("--templates", `${file}#odd`)).toBe(await scores("-t", "{}", "-t", "the {}"));
    expect(await scores("--templates", join(folder, "own.json#odd"))).toBe(plain);
    const unnamed = await nearlabel(["classify", sample("bus"), "-l", "bus,cup", "--templates", file]);
    expect(unnamed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`as in ${file}#plain`) });
    const index = join(folder, "index");
    await nearlabel(["labels", "build", index, "-l", "bus", "--templates", `${file}#odd`]);
    expect((await nearlabel(["labels", "info", index, "--json"])).stdout).toContain('"the {c}"');
  });

  it("takes a folder's name for a label, a pipe for a file, and a mistyped file for a mistake", async () => {
    const folder = await temporaryFolder();
    const labelsOf = async (...args: string[]) => {
      const [result] = (await results([sample("bus"), ...args])) as { predictions: { label: string }[] }[];
      return result!.predictions.map(({ label }) => label).sort();
    };
    await mkdir(join(folder, "bus"));
    const before = process.cwd();
    process.chdir(folder);
    try {
      const bus = relative(folder, join(ROOT, "samples/bus.png"));
      const { stdout } = await nearlabel(["classify", bus, "-l", "bus", "--jsonl"]);
      expect(JSON.parse(stdout).predictions[0].label).toBe("bus");
    } finally {
      process.chdir(before);
    }
    for (const name of ["labels.lst", "labels.yaml", "no/labels.txt", join(folder, "animals")]) {
      const { exitCode, stderr } = await nearlabel(["classify", sample("bus"), "-l", name]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`No label file ${name}.`)]);
    }
    expect(await labelsOf("-l", "and/or,St. Bernard")).toEqual(["St. Bernard", "and/or"]);
    expect(await labelsOf("-l", "St. Bernard")).toEqual(["St. Bernard"]);
  });

  it("takes labels together where they are given more than once, and no second value of other options", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "labels.txt"), "guitar\nsunflower\n");
    const [result] = (await results([
      ...[sample("bus"), "-l", "bus", "--labels", join(folder, "labels.txt"), "-l=cup"],
    ])) as { predictions: { label: string }[] }[];
    expect(result!.predictions.map(({ label }) => label).sort()).toEqual([
      "bus",
      "cup",
      "guitar",
      "sunflower",
    ]);
    const twice = await nearlabel(["classify", sample("bus"), "-l", "bus,cup", "-l", "bus"]);
    expect([twice.exitCode, twice.stderr]).toEqual([2, expect.stringMatching(/^LABELS_DUPLICATE: .*"bus"/)]);
    const tops = await nearlabel(["classify", sample("bus"), "-l", LABELS, "-k", "1", "--top", "2"]);
    expect([tops.exitCode, tops.stderr]).toEqual([
      2,
      expect.stringContaining("-k, --top <n>' was given twice: 1 and 2"),
    ]);
  });

  it("takes the model of NEARLABEL_MODEL, unless it is empty or an index has one of its own", async () => {
    const index = join(await temporaryFolder(), "index");
    vi.stubEnv("NEARLABEL_MODEL", "");
    expect((await nearlabel(["labels", "build", index, "-l", LABELS])).exitCode).toBe(0);
    vi.stubEnv("NEARLABEL_MODEL", "no-such-model");
    for (const args of [
      ["classify", sample("bus"), "-l", LABELS],
      ["evaluate", "-d", join(ROOT, "test/golden/datasets/strings.parquet"), "-l", LABELS],
    ]) {
      const { exitCode, stderr } = await nearlabel(args);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(/^MODEL_NOT_FOUND: No model "no-such-model"/),
      ]);
    }
    expect((await nearlabel(["classify", sample("bus"), "-i", index])).exitCode).toBe(0);
    expect((await nearlabel(["labels", "add", index, "-l", "snail"])).exitCode).toBe(0);
    vi.unstubAllEnvs();
  });

  it("says that one label alone has always the same score", async () => {
    const one = ["classify", sample("bus"), "-l", "bus"];
    expect((await nearlabel(one)).stderr).toContain("always scores 100 %");
    expect((await nearlabel([...one, "--multi-label", "--min-score", "0.5"])).stderr).toContain(
      "always scores 50 %",
    );
    expect((await nearlabel([...one, "-l", "cup", "--multi-label"])).stderr).not.toContain("One label");
  });

  it("sorts copies into folders by label and never overwrites", async () => {
    const folder = await temporaryFolder();
    const into = join(folder, "sorted");
    await mkdir(join(into, "bus"), { recursive: true });
    await writeFile(join(into, "bus", "bus.png"), "mine");
    const args = ["classify", sample("bus"), sample("cup"), "-l", LABELS, "--sort-into", into];
    expect((await nearlabel(args)).exitCode).toBe(0);
    expect((await nearlabel(args)).exitCode).toBe(0);
    expect((await readdir(join(into, "bus"))).sort()).toEqual(["bus (2).png", "bus.png"]);
    expect(await readFile(join(into, "bus", "bus.png"), "utf8")).toBe("mine");
    expect(await readdir(join(into, "cup"))).toEqual(["cup.png"]);
  });

  it("sorts rows of a data set too, and tells how many it put there", async () => {
    const folder = await temporaryFolder();
    const data = join(ROOT, "test/golden/datasets/strings.parquet");
    const args = ["classify", "--dataset", data, "-l", LABELS, "--sort-into", folder];
    const first = await nearlabel(args);
    const [, placed] = first.stderr.match(/(\d+) put into /)!;
    const names = (await readdir(folder, { recursive: true })).filter((name) => /[/\\]\d+\.png$/.test(name));
    expect(names).toHaveLength(Number(placed));
    expect(names.length).toBeGreaterThan(0);
    expect((await nearlabel(args)).stderr).toContain(`0 put into ${folder}, ${placed} there already`);
  });

  it("links in place of copies", async () => {
    const folder = await temporaryFolder();
    const picture = join(folder, "bus.png");
    await cp(sample("bus"), picture);
    await nearlabel(["classify", picture, "-l", LABELS, "--sort-into", join(folder, "sorted"), "--link"]);
    expect((await stat(join(folder, "sorted", "bus", "bus.png"))).ino).toBe((await stat(picture)).ino);
  });

  it("names the label whose prompt is cut", async () => {
    const template = `${"a very long beginning of a sentence ".repeat(8)} {}`;
    const { exitCode, stderr } = await nearlabel([
      "classify",
      sample("bus"),
      "-l",
      "bus,cup",
      "-t",
      template,
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /Cut to the 32 tokens that the model reads: the prompt of label "bus", "a very long/,
    );
    expect(stderr).toContain('the prompt of label "cup"');
  });

  it("keeps labels from leaving the folder that pictures are sorted into", async () => {
    const folder = await temporaryFolder();
    await nearlabel(["classify", sample("bus"), "-l", '"../up/bus"', "--sort-into", join(folder, "sorted")]);
    expect(await readdir(folder)).toEqual(["sorted"]);
    expect(await readdir(join(folder, "sorted"))).toEqual(["..%2Fup%2Fbus"]);
  });

  it("counts accuracy over a data set with known labels", async () => {
    const folder = await temporaryFolder();
    for (const name of ["bus", "cup"]) {
      await mkdir(join(folder, name));
      await cp(sample(name), join(folder, name, "1.png"));
    }
    await cp(sample("guitar"), join(folder, "cup", "2.png"));
    const { stdout } = await nearlabel(["classify", "--dataset", folder, "-l", LABELS]);
    expect(stdout).toContain("acc@1 66.67 % (2 of 3)  acc@5 100.00 % (3 of 3)");
  });

  it("shows control characters of file names and never sends them to the terminal", async () => {
    const { stdout } = await nearlabel(["classify", "no\u001b]0;such.jpg", "-l", LABELS]);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("no\\u001b]0;such.jpg");
    const { stderr } = await nearlabel(["classify", "no\u001b[31msuch.jpg", "-l", LABELS]);
    expect(stderr).toMatch(/^INPUT_EMPTY: .*no\\u001b\[31msuch\.jpg/);
  });

  it("ends its output properly when interrupted", async () => {
    const folder = await temporaryFolder();
    for (let at = 0; at < 400; at++)
      await symlink(join(ROOT, "samples", "bus.png"), join(folder, `${at}.png`));
    const interrupt = new AbortController();
    const { exitCode, stdout } = await nearlabel(["classify", folder, "-l", LABELS, "--json"], {
      signal: interrupt.signal,
      onOutput: (text) => {
        if (text.includes("predictions")) interrupt.abort(new Error("Interrupted"));
      },
    });
    expect(exitCode).toBe(130);
    const finished = JSON.parse(stdout);
    expect(finished.length).toBeGreaterThan(0);
    expect(finished.length).toBeLessThan(400);
  });
});

describe("nearlabel labels", () => {
  it("builds, lists, adds to, removes from and restores an index, and classifies with it", async () => {
    const folder = join(await temporaryFolder(), "things");
    const labels = (...args: string[]) => nearlabel(["labels", ...args]);
    expect((await labels("build", folder, "-l", "bus,cup")).stdout).toBe(
      `2 labels in ${folder}, encoded with mini.\n`,
    );
    expect((await labels("build", folder, "-l", "bus,cup")).stderr).toMatch(/^INDEX_EXISTS: /);
    expect((await labels("add", folder, "-l", "cup,guitar")).stdout).toBe(
      `1 added, 0 updated, 1 unchanged; 3 labels in ${folder}.\n`,
    );
    expect((await labels("list", folder)).stdout).toMatch(
      /^label +class name.*\nbus +bus\ncup +cup\nguitar +guitar\n$/,
    );
    expect((await labels("remove", folder, "bus")).stdout).toBe(`1 removed; 2 labels in ${folder}.\n`);
    expect((await labels("remove", folder, "bus")).stderr).toMatch(/^LABELS_INVALID: /);
    expect((await labels("restore", folder, "1")).stdout).toBe(`Back at version 1; 2 labels in ${folder}.\n`);
    const info = JSON.parse((await labels("info", folder, "--json")).stdout);
    expect(info).toMatchObject({ model: "mini", count: 2, dimension: 256, templates: ["a photo of a {}"] });
    expect((await labels("info", folder)).stdout).toMatch(/labels +2\nmodel +mini\n/);
    const memory = await results([sample("cup"), "-i", folder]);
    const table = await results([sample("cup"), "-i", folder, "--search", "table"]);
    expect(memory).toMatchObject([{ predictions: [{ label: "cup" }, { label: "bus" }] }]);
    expect(table).toMatchObject([{ predictions: [{ label: "cup" }, { label: "bus" }] }]);
  });
});

describe("nearlabel explain", () => {
  it("shows each step of the recipe with its values", async () => {
    const { exitCode, stdout } = await nearlabel([
      "explain",
      sample("cup"),
      "-l",
      "bus,coffee_cup",
      "--original",
    ]);
    expect(exitCode).toBe(0);
    const steps = stdout.match(/^\d+\. .*?(?= {2})/gm);
    expect(steps).toEqual([
      ...["1. Labels", "2. Prompts", "3. Tokens", "4. Text embeddings", "5. Unit length", "6. LanceDB table"],
      ...["7. Picture", "8. Model input", "9. Image embedding", "10. Vector search"],
      ...["1. What differs", "2. Nearest labels", "3. Accuracy"],
    ]);
    expect(stdout).toContain("a photo of a coffee cup");
    expect(stdout).toMatch(/shape +1 x 3 x 224 x 224/);
    expect(stdout).toMatch(/1 {2}coffee_cup +0\.\d{4} +0\.\d{4}/);
  });

  it("takes a picture or a row, not both", async () => {
    const { exitCode, stderr } = await nearlabel(["explain", sample("cup"), "--row", "2"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^OPTION_INVALID: .*--row/)]);
  });

  it("names a row that is not there", async () => {
    const { exitCode, stderr } = await nearlabel(["explain", "--row", "24"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("OPTION_INVALID: No row 24 in samples, which has 24 rows, 0 to 23.\n");
  });
});

describe("nearlabel demo, models and doctor", () => {
  it("classifies all samples, most of them right", async () => {
    const { exitCode, stdout } = await nearlabel(["demo"]);
    expect(exitCode).toBe(0);
    const [, right] = stdout.match(/acc@1 .* \((\d+) of 24\)/)!;
    expect(Number(right)).toBeGreaterThanOrEqual(18);
    expect(stdout).toContain("nearlabel classify photo.jpg --labels cat,dog,bird");
    expect(stdout).toMatch(/^At its best mini, .*\nAt its limits it guesses, .*$/m);
  });

  it("lists the built-in model with what it scores", async () => {
    const { stdout } = await nearlabel(["models"]);
    expect(stdout).toMatch(/^mini +80\.4 +44\.4 +9\.8 M +224 px +built in$/m);
  });

  it("finds everything in order here", async () => {
    const { exitCode, stdout } = await nearlabel(["doctor"]);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("FAIL");
    expect(stdout).toMatch(/ok {4}classification +\S+airplane\.png: airplane, by mini/);
  });

  it("fails where the model cannot be loaded", async () => {
    const { exitCode, stdout } = await nearlabel(["doctor", "--model", "no-such-model"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL {2}classification +.*no-such-model/);
  });
});

describe("the program", () => {
  it("prints its version and its help", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect((await nearlabel(["--version"])).stdout).toBe(`${version}\n`);
    const help = await nearlabel(["--help"]);
    expect(help.exitCode).toBe(0);
    for (const command of ["classify", "labels", "explain", "models", "doctor", "demo"]) {
      expect(help.stdout).toContain(`  ${command} `);
    }
  });

  it("ends cleanly on Ctrl-C with what is finished written, and when its reader goes away", async () => {
    const folder = await temporaryFolder();
    for (let at = 0; at < 3000; at++)
      await symlink(join(ROOT, "samples", "bus.png"), join(folder, `${at}.png`));
    const args = [PROGRAM, "classify", folder, "-l", LABELS, "--json"];

    const interrupted = spawn(process.execPath, args);
    let stdout = "";
    interrupted.stdout.on("data", (text) => {
      if (stdout === "") interrupted.kill("SIGINT");
      stdout += text;
    });
    expect(await exitOf(interrupted)).toBe(130);
    expect(Array.isArray(JSON.parse(stdout))).toBe(true);

    const abandoned = spawn(process.execPath, args);
    abandoned.stdout.once("data", () => abandoned.stdout.destroy());
    expect(await exitOf(abandoned)).toBe(0);
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk behind the output", () => {
  const full = openSync(existsSync("/dev/full") ? "/dev/full" : devNull, "w");
  afterAll(() => closeSync(full));

  it.each([
    ["classify", sample("bus"), "-l", LABELS],
    ["classify", sample("bus"), "-l", LABELS, "--json"],
    ["evaluate", "--help"],
    ["models", "--json"],
  ])("is one line and exit code 2: %s %s", (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^WRITE_FAILED: Standard output .*ENOSPC.*\n$/),
    ]);
  });

  it("costs the notices on stderr, and no result", () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [PROGRAM, "classify", sample("bus"), "gone.png", "-l", "bus", "--jsonl"],
      { stdio: ["ignore", "pipe", full], encoding: "utf8" },
    );
    expect([status, stdout.trim().split("\n").length]).toEqual([1, 2]);
    const unwritable = spawnSync(process.execPath, [PROGRAM, "classify", sample("bus"), "-l", "bus"], {
      stdio: ["ignore", full, full],
    });
    expect(unwritable.status).toBe(2);
  });
});

function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}
