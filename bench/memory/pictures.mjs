/** Pictures of 32 x 32 that need no data set: noise, drawn when it is asked for and different for each `id`. */
const SIDE = 32;

export function* drawnPictures(count, labels) {
  for (let id = 0; id < count; id++) yield { id, image: drawnPicture(id), label: labels[id % labels.length] };
}

function drawnPicture(seed) {
  const data = new Uint8Array(SIDE * SIDE * 3);
  let state = Math.imul(seed + 1, 0x9e3779b1);
  for (let at = 0; at < data.length; at++) {
    // A linear congruential generator modulo 2^32 (Numerical Recipes); its high bits are the good ones.
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[at] = state >>> 24;
  }
  return { data, width: SIDE, height: SIDE, channels: 3 };
}

/** The labels that the scripts here choose from. */
export const LABELS = Array.from({ length: 100 }, (_, at) => `thing number ${at}`);
