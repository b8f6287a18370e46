import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import type { ServedRepo } from "../hub-server.js";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const execute = promisify(execFile);
const GOLDEN = join(ROOT, "test/golden/datasets");
const MINI = join(ROOT, "models/mini");

const sample = (name: string) => join(ROOT, `samples/${name}.png`);

/** A folder with what the blocks of the pages name: pictures, data sets in each layout, a model, and the package. */
export async function writeFiles(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await symlink(ROOT, join(folder, "node_modules/nearlabel"), "junction");
  await symlink(join(ROOT, "node_modules/@types"), join(folder, "node_modules/@types"), "junction");
  await writeFile(
    join(folder, "node_modules/.bin/nearlabel"),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "dist/bundle/nearlabel.js")}" "$@"\n`,
    { mode: 0o755 },
  );
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  await cp(join(ROOT, "samples"), join(folder, "samples"), { recursive: true });
  await symlink(MINI, join(folder, "clip"), "junction");
  await sharp(sample("bus")).flatten().jpeg().toFile(join(folder, "photo.jpg"));
  await Promise.all([writePhotos(folder), writeCifar(folder), writeShards(folder), writeArray(folder)]);
}

async function put(folder: string, picture: string, path: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await cp(sample(picture), join(folder, path));
}

/** Folders of classes, and manifests. */
async function writePhotos(folder: string): Promise<void> {
  const pictures = ["bus", "cup", "guitar", "snail"];
  for (const [i, picture] of pictures.entries()) {
    await put(folder, picture, `photos/cat/${i}.png`);
    await put(folder, ["chair", "clock", "lamp", "house"][i]!, `photos/dog/${i}.png`);
  }
  await put(folder, "pizza", "photos/1.jpg");
  await put(folder, "orange", "photos/2.jpg");
  await writeFile(join(folder, "pictures.csv"), "path,label\nphotos/1.jpg,cat\nphotos/2.jpg,polar bear\n");
  await put(folder, "penguin", "birds/train/1.jpg");
  await put(folder, "penguin", "birds/test/2.jpg");
  await writeFile(join(folder, "a.csv"), "label\ncat\ndog\n");
  await writeFile(join(folder, "b.csv"), "label,class_name\ncat,kitten\ndog,puppy\n");
  await writeFile(join(folder, "birds/metadata.csv"), "file_name,label\ntrain/1.jpg,owl\ntest/2.jpg,hen\n");
}

/** CIFAR-100's binary version: ten pictures, of two labels and one superclass. */
async function writeCifar(folder: string): Promise<void> {
  const records: Buffer[] = [];
  for (let i = 0; i < 10; i++) {
    const pixels = await sharp(sample(i % 2 ? "apple" : "bottle"))
      .flatten()
      .resize(32, 32)
      .raw()
      .toBuffer();
    const planes = Buffer.from(
      Array.from({ length: 3072 }, (_, at) => pixels[(at % 1024) * 3 + (at >> 10)]!),
    );
    records.push(Buffer.from([0, i % 2 ? 0 : 1]), planes);
  }
  for (const name of ["cifar100", "cifar-100-binary"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "test.bin"), Buffer.concat(records));
    await writeFile(join(folder, name, "fine_label_names.txt"), "apple\nbottle\n");
    await writeFile(join(folder, name, "coarse_label_names.txt"), "things\n");
  }
  await writeFile(join(folder, "superclasses.txt"), "things\npeople\n");
}

/** Webdataset shards: `imagenet/` as CLIP_benchmark writes it, and ten of two pictures. */
async function writeShards(folder: string): Promise<void> {
  const sources = join(folder, "sources");
  const names = ["0.webp", "0.cls", "1.webp", "1.cls"].map((end) => `s000000${end}`);
  await mkdir(sources);
  for (const [i, picture] of ["bus", "cup"].entries()) {
    await sharp(sample(picture)).toFile(join(sources, `s000000${i}.webp`));
    await writeFile(join(sources, `s000000${i}.cls`), `${i}`);
  }
  await mkdir(join(folder, "imagenet/test"), { recursive: true });
  await mkdir(join(folder, "shards"));
  const shards = Array.from({ length: 10 }, (_, i) => `shards/shard-00000${i}.tar`);
  for (const shard of ["imagenet/test/0.tar", "imagenet/test/1.tar", ...shards]) {
    await execute("tar", ["--format=ustar", "-cf", join(folder, shard), "-C", sources, ...names]);
  }
  await writeFile(join(folder, "imagenet/classnames.txt"), "bus\ncup\n");
  await writeFile(join(folder, "imagenet/test/nshards.txt"), "2");
}

/** Two pictures of 8 × 8 grey levels in one array. */
async function writeArray(folder: string): Promise<void> {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8), }".padEnd(117);
  const magic = Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1");
  await writeFile(
    join(folder, "x.npy"),
    Buffer.concat([magic, Buffer.from(`${header}\n`), Buffer.alloc(128)]),
  );
  await writeFile(join(folder, "names.txt"), "cat\ndog\n");
}

/** The repositories that the pages name; the model has the files of the built-in one. */
export async function servedRepos(): Promise<ServedRepo[]> {
  const read = async (folder: string, names: readonly string[]) =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
    );
  const networks = ["onnx/vision_model.onnx", "onnx/text_model.onnx"];
  const configs = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"];
  const model = await read(MINI, [...configs, ...networks]);
  const parts = ["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet"];
  const dataset = await read(join(GOLDEN, "carded"), [
    "README.md",
    ...parts,
    "data/train-00000-of-00001.parquet",
  ]);
  return [
    { type: "model", name: "Xenova/clip-vit-base-patch32", revisions: { main: model } },
    { type: "dataset", name: "uoft-cs/cifar100", revisions: { main: dataset } },
  ];
}
