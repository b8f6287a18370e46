/**
 * Pictures a second of a stream of photos with the built-in model, once all threads run, as JSON on stdout.
 *
 *   node bench/growth/photos.mjs <pictures>
 */

import { drawPhotos } from "../../dist/image/draw/drawn-photos.js";
import { createClassifier } from "../../dist/index.js";

const DRAWN = 16;
const FIRST = 200;

const count = Number(process.argv[2]);
const photos = await drawPhotos(DRAWN, { width: 500, height: 375 });
const labels = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);
const classifier = await createClassifier({ labels });
let [done, started] = [0, 0];
for await (const { error } of classifier.stream(repeated())) {
  if (error) throw error;
  if (++done === FIRST) started = performance.now();
}
const picturesPerSecond = (1000 * (done - FIRST)) / (performance.now() - started);
await classifier.close();
console.log(JSON.stringify({ picturesPerSecond }));

function* repeated() {
  for (let at = 0; at < FIRST + count; at++) yield photos[at % DRAWN];
}
