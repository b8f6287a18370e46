import type { Levels } from "nearlabel/client";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { text } from "../../text/en.js";

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Pixels of the square that is seen at once, in the page's. */
const SIDE = 224;
const MOVES: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Exact pixels around `place`, `zoom` times as large, without smoothing. A click or an arrow key moves the place. */
export function PixelView({
  name,
  levels,
  zoom,
  place,
  onPlace,
  frame,
}: {
  name: string;
  levels: Levels;
  zoom: number;
  place: Place;
  onPlace: (place: Place) => void;
  /** Drawn around what is kept. */
  frame?: { left: number; top: number; width: number; height: number } | undefined;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = levels;
  // The whole picture where it fits at this zoom.
  const scale = zoom * Math.min(1, SIDE / Math.max(width, height));
  const corner = { x: startOf(place.x, width, scale), y: startOf(place.y, height, scale) };
  useEffect(() => {
    draw(canvas.current!, levels, { corner, scale, place, frame });
  });
  const onPointerDown = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    onPlace({
      x: inside(corner.x + ((event.clientX - box.left) / box.width) * (SIDE / scale), width),
      y: inside(corner.y + ((event.clientY - box.top) / box.height) * (SIDE / scale), height),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    onPlace({ x: inside(place.x + move.x, width), y: inside(place.y + move.y, height) });
  };
  return (
    <div
      className="stage"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the place.
      tabIndex={0}
      aria-label={text.recipe.pixelView(name)}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} width={SIDE * 2} height={SIDE * 2} />
    </div>
  );
}

interface View {
  readonly corner: Place;
  readonly scale: number;
  readonly place: Place;
  readonly frame: { left: number; top: number; width: number; height: number } | undefined;
}

function draw(canvas: HTMLCanvasElement, levels: Levels, { corner, scale, place, frame }: View): void {
  const context = canvas.getContext("2d")!;
  const size = scale * 2;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = size < 2;
  context.setTransform(size, 0, 0, size, -corner.x * size, -corner.y * size);
  context.drawImage(pixelsOf(levels), 0, 0);
  context.lineWidth = 2 / size;
  context.strokeStyle = "#fff";
  if (frame) context.strokeRect(frame.left, frame.top, frame.width, frame.height);
  const mark = Math.max(1, 8 / size);
  const centre = { x: place.x + 0.5 - mark / 2, y: place.y + 0.5 - mark / 2 };
  context.strokeRect(centre.x, centre.y, mark, mark);
  context.strokeStyle = "#000";
  const outer = mark + 4 / size;
  context.strokeRect(centre.x - 2 / size, centre.y - 2 / size, outer, outer);
}

const painted = new WeakMap<object, HTMLCanvasElement>();

/** A canvas of the picture's own size; made once. */
function pixelsOf(levels: Levels): HTMLCanvasElement {
  const known = painted.get(levels.data);
  if (known) return known;
  const { width, height, data } = levels;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let at = 0; at < 3; at++) image.data[pixel * 4 + at] = data[pixel * 3 + at]!;
    image.data[pixel * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  painted.set(levels.data, canvas);
  return canvas;
}

/** Where the part that is seen starts, so that `at` is in its middle where the picture is larger. */
function startOf(at: number, size: number, scale: number): number {
  const seen = SIDE / scale;
  if (size <= seen) return (size - seen) / 2;
  return Math.max(0, Math.min(size - seen, at + 0.5 - seen / 2));
}

function inside(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, Math.floor(value)));
}
