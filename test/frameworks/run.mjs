/**
 * Installs the packed package beside each framework and runs a small program with it, after `npm run build`:
 *
 *   node test/frameworks/run.mjs [--package FILE] [NAME ...]
 *
 * --package takes a packed package instead of packing this one. Ends with 1 where a program failed.
 */
import { exec, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const programs = fileURLToPath(new URL("programs", import.meta.url));

const vitest = (pool) => ({ packages: ["vitest@4"], command: `vitest run --pool=${pool} vitest.test.mjs` });
const esbuild = (options) => ({
  packages: ["esbuild@0.28"],
  command: `esbuild index.mjs --bundle --platform=node --format=esm ${options} --outfile=out/i.mjs && node out/i.mjs`,
});
const next = ["next@16", "react@19", "react-dom@19"];

/** By name: the packages beside ours, and the command, which answers "bus cup". */
const frameworks = {
  require: { packages: [], command: "node require.cjs" },
  "worker-threads": { packages: [], command: "node worker-threads.mjs" },
  express: { packages: ["express@5"], command: "node express.mjs" },
  fastify: { packages: ["fastify@5"], command: "node fastify.mjs" },
  esbuild: esbuild(""),
  "esbuild-external": esbuild("--packages=external"),
  vite: { packages: ["vite@8"], command: "vite build --ssr classify.mjs && node dist/classify.js" },
  "vite-no-external": {
    packages: ["vite@8"],
    command: "vite build -c vite.no-external.mjs --ssr classify.mjs && node dist/classify.js",
  },
  rollup: {
    packages: ["rollup@4"],
    command: "rollup classify.mjs -f es -o out/r.mjs --external nearlabel && node out/r.mjs",
  },
  jest: {
    packages: ["jest@30"],
    command: "jest -c jest.config.json",
    env: { NODE_OPTIONS: "--experimental-vm-modules" },
  },
  "vitest-forks": vitest("forks"),
  "vitest-threads": vitest("threads"),
  "vitest-vmForks": vitest("vmForks"),
  "vitest-vmThreads": vitest("vmThreads"),
  next: { packages: next, command: "next build && node serve.mjs node_modules/next/dist/bin/next start" },
  // moved away from the node_modules above it, which would hide a file that is missing
  "next-standalone": {
    packages: next,
    command: "next build && mv .next/standalone .. && node serve.mjs ../standalone/server.js",
    env: { STANDALONE: "1" },
  },
};

function pack(folder) {
  const args = ["pack", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  return join(folder, filename);
}

/** The project that holds these packages, installed once. */
function project(folder, packages, tarball) {
  const path = join(folder, packages[0]?.replace("@", "-") ?? "node");
  if (installed.has(path)) return path;
  mkdirSync(path);
  cpSync(programs, path, { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  execFileSync("npm", ["install", ...options, tarball, ...packages], { cwd: path, stdio: "pipe" });
  installed.add(path);
  return path;
}

/** What went wrong, or nothing. */
async function failureOf({ packages, command, env }, folder, tarball) {
  try {
    const cwd = project(folder, packages, tarball);
    const PATH = [join(cwd, "node_modules/.bin"), process.env.PATH].join(delimiter);
    const options = { cwd, timeout: 300_000, env: { ...process.env, NO_COLOR: "1", ...env, PATH } };
    const { stdout, stderr } = await promisify(exec)(command, options);
    return /\bbus cup\b/.test(stdout + stderr) ? undefined : `no "bus cup" in:\n${stdout}${stderr}`;
  } catch (error) {
    return [error.message, error.stdout, error.stderr].join("\n");
  }
}

const { values, positionals } = parseArgs({
  options: { package: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(frameworks, name));
if (unknown.length > 0) {
  throw new Error(`no framework ${unknown.join(", ")}; there are ${Object.keys(frameworks).join(", ")}`);
}
const installed = new Set();
const folder = mkdtempSync(join(tmpdir(), "nearlabel-frameworks-"));
try {
  const tarball = values.package ? resolve(values.package) : pack(folder);
  for (const name of positionals.length > 0 ? positionals : Object.keys(frameworks)) {
    const start = performance.now();
    const failure = await failureOf(frameworks[name], folder, tarball);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name.padEnd(18)}${failure === undefined ? "ok    " : "failed"}${seconds.padStart(8)} s`);
    if (failure === undefined) continue;
    console.error(failure);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
