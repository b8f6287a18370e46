import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "rolldown";
import { preProcessFile } from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "./folders.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const execute = promisify(execFile);

/** An empty project with the packed tarball installed, as a user's would be. */
async function installedProject(tarball: string): Promise<string> {
  const project = await temporaryFolder();
  await writeFile(join(project, "package.json"), "{}");
  const options = ["--no-audit", "--no-fund", "--prefer-offline"];
  await execute("npm", ["install", ...options, tarball], { cwd: project });
  await cp(join(ROOT, "samples"), join(project, "samples"), { recursive: true });
  return project;
}

async function readmeBlock(language: string): Promise<string> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [, block] = readme.match(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms"))!;
  return block!;
}

/** The declarations that a user's compiler reads, by what they import. */
async function publicDeclarations(): Promise<Map<string, string[]>> {
  const { exports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap((entry) => (entry as { types?: string }).types ?? []);
  const read = new Map<string, string[]>();
  const visit = async (file: string): Promise<void> => {
    if (read.has(file)) return;
    const { importedFiles, typeReferenceDirectives } = preProcessFile(await readFile(file, "utf8"));
    const names = [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
    read.set(file, names);
    for (const name of names) {
      if (name.startsWith(".")) await visit(join(dirname(file), name.replace(/\.js$/, ".d.ts")));
    }
  };
  for (const entry of entries) await visit(join(ROOT, entry));
  return read;
}

describe("the types", () => {
  it("lead to no other package, whose types need a newer compiler or the DOM", async () => {
    const declarations = await publicDeclarations();
    const packages = [...declarations].flatMap(([file, names]) =>
      names.filter((name) => !name.startsWith(".")).map((name) => `${relative(ROOT, file)}: ${name}`),
    );
    expect(packages).toEqual([]);
    for (const file of declarations.keys()) {
      // TypeScript knows these with a parameter from 5.7 on.
      expect(await readFile(file, "utf8"), file).not.toMatch(/\b(?:\w+Array|Buffer)<Array/);
    }
    expect(declarations.size).toBeGreaterThan(20);
  });

  it("need no types of Node.js where those of the DOM are there", async () => {
    const files = [...(await publicDeclarations()).keys()];
    const project = await temporaryFolder();
    const options = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      target: "es2022",
      module: "nodenext",
      lib: ["es2022", "dom", "esnext.disposable"],
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
    await execute(process.execPath, [TSC, "-p", project]);
  });
});

describe("a program that was bundled", () => {
  /** A program of one file, with the library in it, and what it says. */
  async function outputOf(folder: string): Promise<string> {
    await writeFile(
      join(folder, "program.js"),
      `import { loadModel } from ${JSON.stringify(join(ROOT, "dist/index.js"))};
      const model = await loadModel().catch((error) => ({ dimension: \`\${error.code}: \${error.message}\`, close() {} }));
      console.log(model.dimension);
      await model.close();`,
    );
    const file = join(folder, "out/deeper/program.mjs");
    const external = /^[^./]/;
    const output = { file, codeSplitting: false };
    await build({
      input: join(folder, "program.js"),
      platform: "node",
      external,
      output,
      logLevel: "silent",
    });
    return (await execute(process.execPath, [file], { cwd: folder })).stdout;
  }

  it("finds the built-in model where the package is installed", async () => {
    const folder = await temporaryFolder();
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
    await mkdir(join(folder, "out/node_modules"), { recursive: true });
    await symlink(ROOT, join(folder, "out/node_modules/nearlabel"), "junction");
    expect(Number(await outputOf(folder))).toBeGreaterThan(0);
  });

  it("is told that the package is missing where it is not", async () => {
    const folder = await temporaryFolder();
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
    expect(await outputOf(folder)).toMatch(
      /^MODEL_FILE_MISSING: The package nearlabel.*install nearlabel beside/,
    );
  });
});

const REALM_TEST = `
  import { expect, test } from "vitest";
  import { buildLabelIndex, createClassifier, imageFile, loadModel } from ${JSON.stringify(join(ROOT, "dist/bundle/index.js"))};
  test("classifies in a context with classes of its own", async () => {
    const model = await loadModel("mini");
    const index = await buildLabelIndex("index", { labels: ["bus", "cup"], model });
    for (const given of [{ labels: ["bus", "cup"] }, { index }]) {
      const classifier = await createClassifier({ ...given, model });
      const results = await classifier.classify([imageFile("cup.png"), new Uint8Array(3)]);
      expect(results[0].predictions[0].label).toBe("cup");
      expect(results[1].error.code).toBe("IMAGE_UNSUPPORTED");
    }
    expect(typeof index[Symbol.asyncDispose]).toBe("function");
    await index.close();
    await model.close();
  });`;

it("works where Float32Array and Error are not those of Node.js, as in Jest and in Vitest's vm pools", async () => {
  const project = await temporaryFolder();
  await symlink(join(ROOT, "node_modules"), join(project, "node_modules"), "junction");
  await cp(join(ROOT, "samples/cup.png"), join(project, "cup.png"));
  await writeFile(join(project, "realm.test.js"), REALM_TEST);
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const { stdout, stderr } = await execute(
    process.execPath,
    [vitest, "run", "--pool=vmForks", "--testTimeout=60000", "--no-color"],
    {
      cwd: project,
    },
  ).catch((error) => error);
  expect(stderr + stdout).toMatch(/Tests +1 passed/);
});

it("leaves no address relative to a file of its own to bundlers, which take it for a file to copy", async () => {
  const folder = join(ROOT, "dist/bundle");
  for (const name of await readdir(folder)) {
    expect(await readFile(join(folder, name), "utf8"), name).not.toMatch(/new URL\([^;]*import\.meta/);
  }
});

/** What stands in for Yarn's Plug'n'Play and Electron's asar: an archive whose files only Node.js' own `fs` sees. */
const ARCHIVE = `
  import fs from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const [, root, library] = process.argv;
  const inside = (path) => (String(path).startsWith("/a.zip/") ? root + String(path).slice(6) : path);
  for (const api of [fs, fs.promises]) {
    for (const name of ["existsSync", "lstat", "open", "readdir", "readFile", "readFileSync", "stat"]) {
      const original = api[name];
      if (original) api[name] = (path, ...rest) => original.call(api, inside(path), ...rest);
    }
  }
  syncBuiltinESMExports();
  const { loadModel } = await import(library);
  const model = await loadModel("/a.zip/models/mini");
  const { embeddings } = await model.embedTexts(["a cat"]);
  console.log(embeddings.columns === model.dimension);
  await model.close();`;

it("opens networks in an archive that Node.js reads as a folder", async () => {
  const library = pathToFileURL(join(ROOT, "dist/bundle/index.js")).href;
  const node = ["--input-type=module", "-e", ARCHIVE, ROOT, library];
  expect((await execute(process.execPath, node)).stdout).toBe("true\n");
});

describe("the packed tarball", () => {
  let folder: string;
  let tarball: { filename: string; files: { path: string }[] };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nearlabel-packed-"));
    const { stdout } = await execute("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
    [tarball] = JSON.parse(stdout);
    return () => rm(folder, { recursive: true });
  });

  it("holds what is needed to run and no more", async () => {
    const { files } = tarball;
    const tops = new Set(files.map(({ path }) => path.split("/")[0]));
    expect([...tops].sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "NOTICE",
      "README.md",
      "deploy",
      "dist",
      "docs",
      "engines",
      "models",
      "native",
      "package.json",
      "samples",
    ]);
    expect(files.map(({ path }) => path)).toContain("models/mini/onnx/vision_model.onnx");
    expect(files.map(({ path }) => path)).toContain("docs/models.md");
  });

  it("works from an empty folder: README's program, its TypeScript, and the command", async () => {
    const project = await installedProject(join(folder, tarball.filename));
    const lock = JSON.parse(await readFile(join(project, "package-lock.json"), "utf8"));
    for (const large of ["onnxruntime-node", "@lancedb/lancedb", "@huggingface/transformers"])
      expect(lock.packages).not.toHaveProperty(`node_modules/${large}`);

    const printed = { js: await readmeBlock("text"), ts: "bus\nguitar\n" };
    const programs = Object.keys(printed).map((language) => `${language}.mts`);
    for (const language of Object.keys(printed)) {
      const block = await readmeBlock(language);
      await writeFile(join(project, `${language}.mjs`), block);
      await writeFile(join(project, `${language}.mts`), block);
    }
    const flags = ["--module", "nodenext", "--target", "es2022", "--strict", "--outDir", "built"];
    const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
    await execute(process.execPath, [TSC, ...flags, ...types, ...programs], { cwd: project });
    for (const [language, expected] of Object.entries(printed)) {
      for (const program of [`${language}.mjs`, `built/${language}.mjs`]) {
        const { stdout } = await execute(process.execPath, [program], { cwd: project });
        expect(stdout).toBe(expected);
      }
    }

    const command = join(project, "node_modules/.bin/nearlabel");
    const { stdout } = await execute(command, ["classify", "samples/cup.png", "-l", "bus,cup", "--jsonl"], {
      cwd: project,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      id: "samples/cup.png",
      predictions: [{ label: "cup" }, { label: "bus" }],
    });
  });
});
