import { randomGenerator } from "../../dist/math/random.js";

/** Pictures of 32 x 32 that need no data set: noise, drawn when it is asked for and different for each `id`. */
const SIDE = 32;

export function* drawnPictures(count, labels) {
  for (let id = 0; id < count; id++) yield { id, image: drawnPicture(id), label: labels[id % labels.length] };
}

function drawnPicture(seed) {
  const generator = randomGenerator(seed);
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => generator.next());
  return { data, width: SIDE, height: SIDE, channels: 3 };
}

/** The labels that the scripts here choose from. */
export const LABELS = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);
