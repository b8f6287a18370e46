const ZERO = "0".charCodeAt(0);
const NINE = "9".charCodeAt(0);
const SLASH = "/".charCodeAt(0);

/**
 * Orders names and `/` paths so that runs of digits count as numbers (`2.jpg` before `10.jpg`) and everything
 * else by UTF-16 code unit, whatever the machine's locale. A total order: only equal strings give 0.
 */
export function naturalOrder(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (isDigit(a, i) && isDigit(b, j)) {
      const endA = digitsEnd(a, i);
      const endB = digitsEnd(b, j);
      const difference = compareNumbers(a, i, endA, b, j, endB);
      if (difference !== 0) return difference;
      i = endA;
      j = endB;
    } else {
      const difference = rank(a, i++) - rank(b, j++);
      if (difference !== 0) return difference;
    }
  }
  // `1` and `01` are the same number and still two names.
  return a.length - i - (b.length - j) || compareText(a, b);
}

/**
 * Numbers of any length, as text: without leading zeros the longer is the larger. Digit by digit, as parts of strings made for
 * each comparison would be most of what sorting takes.
 */
function compareNumbers(
  a: string,
  startA: number,
  endA: number,
  b: string,
  startB: number,
  endB: number,
): number {
  let i = zerosEnd(a, startA, endA);
  let j = zerosEnd(b, startB, endB);
  if (endA - i !== endB - j) return endA - i - (endB - j);
  for (; i < endA; i++, j++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(j);
    if (difference !== 0) return difference;
  }
  return 0;
}

function zerosEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === ZERO) at++;
  return at;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A separator comes before every character, so that whole paths sort as a walk folder by folder would. */
function rank(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code === SLASH ? -1 : code;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isDigit(text, end)) end++;
  return end;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}
