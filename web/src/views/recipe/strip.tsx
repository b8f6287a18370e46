import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { text } from "../../text/en.js";
import { shown } from "./vectors.js";

/** Blue for numbers above 0, orange for those below; the fuller, the farther from 0. */
const ABOVE = [42, 111, 176] as const;
const BELOW = [194, 87, 26] as const;

/** A vector as a strip of colours. The number at `at` is marked, by pointer or arrow keys, on all strips alike. */
export function Strip({
  name,
  vector,
  at,
  onAt,
}: {
  name: string;
  vector: readonly number[];
  at: number;
  onAt: (at: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => draw(canvas.current!, vector), [vector]);
  const onPointer = (event: PointerEvent) => {
    if (event.type === "pointermove" && event.buttons === 0) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onAt(clamped(Math.floor(((event.clientX - left) / width) * vector.length), vector.length));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -16, PageUp: 16 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onAt(clamped(at + step, vector.length));
  };
  return (
    <div
      className="strip-of-numbers"
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={1}
      aria-valuemax={vector.length}
      aria-valuenow={at + 1}
      aria-valuetext={text.recipe.numberOf(at + 1, shown(vector[at]!))}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} height={1} width={vector.length} />
      <Mark share={(at + 0.5) / vector.length} />
    </div>
  );
}

function Mark({ share }: { share: number }) {
  return <span className="strip-mark" style={{ left: `${share * 100}%` }} />;
}

function draw(canvas: HTMLCanvasElement, vector: readonly number[]): void {
  const context = canvas.getContext("2d")!;
  const pixels = context.createImageData(vector.length, 1);
  const most = Math.max(...vector.map(Math.abs));
  for (const [at, value] of vector.entries()) {
    pixels.data.set([...(value < 0 ? BELOW : ABOVE), 255 * Math.sqrt(Math.abs(value) / most)], at * 4);
  }
  context.putImageData(pixels, 0, 0);
}

function clamped(at: number, length: number): number {
  return Math.max(0, Math.min(length - 1, at));
}
