import type { Sharp } from "sharp";
import type { Metadata } from "./metadata.js";
import { tagsOf } from "./tiff-tags.js";

/** How to turn a stored picture upright: 1 to 8, as EXIF numbers it (tag 274); 1 is upright already. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 274;

/** The orientation that a file tells: in its EXIF, or where that says nothing in its XMP, as Pillow's `exif_transpose`. */
export function orientationOf({ exif, xmp }: Metadata): Orientation {
  const told = exif && tagsOf(exif)?.get(ORIENTATION_TAG)?.values[0];
  return asOrientation(told ?? (xmp && xmpOrientation(xmp)));
}

function xmpOrientation(xmp: Uint8Array): number | undefined {
  const found = /tiff:Orientation(?:="|>)([0-9])/.exec(Buffer.from(xmp).toString("latin1"));
  return found ? Number(found[1]) : undefined;
}

function asOrientation(value: number | undefined): Orientation {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8
    ? (value as Orientation)
    : 1;
}

/** Whether width and height change places. */
export function isOnItsSide(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** `image` turned upright. sharp mirrors first and turns then, in whatever order it is told. */
export function turned(image: Sharp, orientation: Orientation): Sharp {
  if (orientation === 2) return image.flop();
  if (orientation === 3) return image.rotate(180);
  if (orientation === 4) return image.flip();
  if (orientation === 5) return image.flop().rotate(270);
  if (orientation === 6) return image.rotate(90);
  if (orientation === 7) return image.flop().rotate(90);
  if (orientation === 8) return image.rotate(270);
  return image;
}
