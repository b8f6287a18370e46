/**
 * 500 test pictures of CIFAR-10 as the real CLIP ViT-B/32 embeds them, and ten of the LVIS class names as its text tower
 * does (`a {name}`), brought to unit length: figures of a strong model where no hub is in reach.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readNpy, readNpyMatrix } from "../../dist/datasets/arrays/npy.js";
import { labelSet } from "../../dist/labels/set/label-set.js";
import { matrixOf, normaliseRows, row } from "../../dist/math/matrix.js";

/** Beside the checkout; the embeddings are no part of it. */
const FOLDER = fileURLToPath(new URL("../../../shared/data/clip-vit-b32", import.meta.url));

/** In the order of CIFAR-10, by the names that LVIS has for them. */
const NAMES = [
  "airplane",
  "car_(automobile)",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "boat",
  "truck",
];

/** As `cifar100()` gives it. */
export async function cifar10Clip(folder = FOLDER) {
  const names = JSON.parse(readFileSync(`${folder}/lvis-names.json`, "utf8"));
  const texts = await readNpyMatrix(`${folder}/lvis-text-embeddings.npy`);
  const { data: targets } = await readNpy(`${folder}/cifar10-labels.npy`);
  return {
    labels: NAMES,
    targets: Array.from(targets, Number),
    images: await readNpyMatrix(`${folder}/cifar10-image-embeddings.npy`),
    classes: {
      labels: labelSet(NAMES),
      embeddings: normaliseRows(matrixOf(NAMES.map((name) => row(texts, names.indexOf(name))))),
      scoring: { logitScale: 100, logitBias: 0, scoreFunction: "softmax" },
    },
  };
}
