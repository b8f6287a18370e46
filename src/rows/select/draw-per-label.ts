import { randomGenerator, uniformInt } from "../../math/random.js";

/**
 * Positions of up to `shots` items of each label, drawn with `seed`: the same at every run. Items without a label are not
 * drawn. In ascending order.
 */
export function drawShots(
  labels: readonly (string | undefined)[],
  shots: number,
  seed: number,
): ReadonlySet<number> {
  const generator = randomGenerator(seed);
  const positions = new Map<string, number[]>();
  for (const [position, label] of labels.entries()) {
    if (label === undefined) continue;
    const others = positions.get(label);
    if (others) others.push(position);
    else positions.set(label, [position]);
  }
  const drawn = [...positions.values()].flatMap((those) => {
    const count = Math.min(shots, those.length);
    // The first steps of a Fisher-Yates shuffle.
    for (let at = 0; at < count; at++) {
      const other = uniformInt(generator, at, those.length - 1);
      [those[at], those[other]] = [those[other]!, those[at]!];
    }
    return those.slice(0, count);
  });
  return new Set(drawn.sort((a, b) => a - b));
}
