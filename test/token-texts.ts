/** The texts of test/golden/make_tokens.py, by the same rules. */
export interface Pieces {
  words: string[];
  ranges: Record<string, [number, number][]>;
}

export function tokenTexts({ words, ranges }: Pieces, seed: number, count: number): string[] {
  const below = random(seed);
  const pools = Object.values(ranges);
  return Array.from({ length: count }, () => text(below, words, pools));
}

function text(below: (limit: number) => number, words: string[], pools: [number, number][][]): string {
  const pieces = below(50) === 0 ? 400 : below(12);
  let out = "";
  for (let piece = 0; piece < pieces; piece++) {
    if (below(3) === 0) out += words[below(words.length)];
    else out += run(below, pools[below(pools.length)]!);
    if (below(2) === 0) out += " ";
  }
  return out;
}

function run(below: (limit: number) => number, ranges: [number, number][]): string {
  const length = below(500) === 0 ? 300 : 1 + below(8);
  const points = Array.from({ length }, () => {
    const [first, last] = ranges[below(ranges.length)]!;
    return first + below(last - first + 1);
  });
  return String.fromCodePoint(...points);
}

/** Linear congruential generator modulo 2**32 (Numerical Recipes); the upper 16 bits of two steps make a number. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  const step = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  return (limit) => (step() * 65536 + step()) % limit;
}
