/**
 * Lists the pictures in a folder as `classify` does and says, as JSON on stdout, when the first name was there, and what
 * memory it took.
 *
 *   node bench/memory/listing.mjs <folder>
 */
import { listPictures } from "../../dist/datasets/folders/picture-files.js";
import { memory, peak } from "./usage.mjs";

const before = memory();
const started = performance.now();
let firstName;
let names = 0;
for await (const _ of listPictures([process.argv[2]])) {
  firstName ??= (performance.now() - started) / 1000;
  names++;
}
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ names, firstName, seconds, before, after: memory(), peak: peak() }));
