/**
 * Makes the folders that a release publishes, after `npm run build`: a package for each platform with ONNX Runtime's binary,
 * and nearlabel, which names them instead of holding the binary of one platform.
 *
 *   node scripts/stage-release.mjs FOLDER
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { copyRuntime, platforms, runtimeVersion } from "./onnx-runtime.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2]);
const write = (file, manifest) => writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);

const packages = {};
for (const platform of platforms) {
  const [os, cpu] = platform.split("-");
  const name = `@nearlabel/onnxruntime-${platform}`;
  const target = join(folder, `onnxruntime-${platform}`);
  copyRuntime(platform, target);
  write(join(target, "package.json"), {
    name,
    version: runtimeVersion,
    description: `ONNX Runtime ${runtimeVersion} for ${os} ${cpu}, as onnxruntime-node has it`,
    license: "MIT",
    os: [os],
    cpu: [cpu],
    ...(os === "linux" && { libc: ["glibc"] }),
    preferUnplugged: true,
  });
  packages[name] = runtimeVersion;
}

const main = join(folder, "nearlabel");
mkdirSync(main, { recursive: true });
const [{ filename }] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" }),
);
execFileSync("tar", ["xzf", join(folder, filename), "-C", main, "--strip-components=1"]);
rmSync(join(folder, filename));
rmSync(join(main, "native"), { recursive: true });
const manifest = JSON.parse(readFileSync(join(main, "package.json"), "utf8"));
manifest.optionalDependencies = { ...manifest.optionalDependencies, ...packages };
write(join(main, "package.json"), manifest);
