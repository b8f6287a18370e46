/**
 * Compares nearlabel's embeddings with Python's (onnxruntime, tokenizers, Pillow), on a model of any size.
 *
 *   python test/golden/make_embeddings.py MODEL 100 reference.json pictures
 *   npm run build && node bench/parity/embeddings.mjs MODEL reference.json pictures
 *
 * Prints the shapes of each step and the least cosine of a text and of a picture with its reference; ends with 1
 * where one is under 0.999999.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadModel } from "../../dist/encoder/load.js";
import { allEmbeddings, imageFile } from "../../dist/index.js";
import { row } from "../../dist/math/matrix.js";
import { dot } from "../../dist/math/vector.js";

const bar = 0.999999;
const [folder, referenceFile, pictures] = process.argv.slice(2);
const reference = JSON.parse(readFileSync(referenceFile, "utf8"));

function matrix({ shape: [rows, columns], base64 }) {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return { data: new Float32Array(bytes.buffer), rows, columns };
}

/** Smallest cosine of a row with the reference's; all are of unit length. */
function leastCosine(rows, expected) {
  return Math.min(...rows.map((values, index) => dot(values, row(expected, index))));
}

function timed(name, start) {
  console.log(`${name.padEnd(28)}${(performance.now() - start).toFixed(0).padStart(8)} ms`);
}

const loading = performance.now();
const model = await loadModel(folder);
timed("load", loading);

const texts = performance.now();
const labels = allEmbeddings(await model.embedTexts(reference.texts));
timed(`${labels.rows} texts`, texts);

const seeing = performance.now();
const files = reference.imageSizes.map((_, index) => imageFile(join(pictures, `${index}.png`)));
const embedded = allEmbeddings(await model.embedImages(files));
const images = files.map((_, index) => row(embedded, index));
timed(`${images.length} pictures`, seeing);

const tokens = model.tokenize(reference.texts);
const { data: pixels } = await model.preprocess([files[0]]);
const { height, width } = model.imageSize;
if (pixels.length !== 3 * height * width)
  throw new Error(`${pixels.length} values in place of 3 x ${height} x ${width}`);
console.log(`tokens                      ${tokens.texts} x ${tokens.length}`);
console.log(`label embeddings            ${labels.rows} x ${labels.columns}`);
console.log(`pixels                      1 x 3 x ${height} x ${width}`);
console.log(`image embedding             1 x ${images[0].length}`);

const textCosine = leastCosine(
  Array.from({ length: labels.rows }, (_, index) => row(labels, index)),
  matrix(reference.textEmbeddings),
);
const imageCosine = leastCosine(images, matrix(reference.imageEmbeddings));
console.log(`least cosine, texts         ${textCosine.toFixed(9)}`);
console.log(`least cosine, pictures      ${imageCosine.toFixed(9)}`);
if (Math.min(textCosine, imageCosine) < bar) process.exitCode = 1;
await model.close();
