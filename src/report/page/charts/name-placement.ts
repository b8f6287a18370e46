/** A point in pixels, which a name is to be put beside. */
export interface NamedPoint {
  readonly x: number;
  readonly y: number;
  /** Of the name, in pixels. */
  readonly width: number;
}

export type Side = "right" | "left";

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Height of a line of letters of 12 pixels. */
const LINE = 14;
/** A point reaches this far; less than the gap to its name. */
const DOT = 4;
/** From a point to its name. */
export const GAP = 8;

/**
 * On which side of its point each name fits without covering a name or a point, or leaving the width; undefined where it fits on
 * none. Earlier points go first.
 */
export function placeNames(points: readonly NamedPoint[], width: number): (Side | undefined)[] {
  const taken = points.map(dotBox);
  return points.map((point) => {
    for (const side of ["right", "left"] as const) {
      const box = boxOf(point, side);
      if (box.left < 0 || box.right > width || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return side;
    }
    return undefined;
  });
}

function dotBox({ x, y }: NamedPoint): Box {
  return { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT };
}

function boxOf({ x, y, width }: NamedPoint, side: Side): Box {
  const left = side === "right" ? x + GAP : x - GAP - width;
  return { left, right: left + width, top: y - LINE / 2, bottom: y + LINE / 2 };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
