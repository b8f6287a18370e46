import type { Explanation, Levels } from "nearlabel/client";
import { memo, useMemo, useState } from "react";
import { Slider } from "../../parts/field.js";
import { Picture } from "../../parts/picture.js";
import { text } from "../../text/en.js";
import { Num } from "./origin.js";
import { PixelView, type Place } from "./pixel-view.js";
import { Step } from "./step.js";
import { shown } from "./vectors.js";

const words = text.recipe;
const CHANNELS = ["red", "green", "blue"] as const;

/** From the file to what the image tower takes, each stage as its exact pixels. */
export const PixelsStep = memo(function PixelsStep({
  explanation: { picture },
  url,
  name,
}: {
  explanation: Explanation;
  url: string;
  name: string;
}) {
  const [zoom, setZoom] = useState(1);
  const { resized, crop, cropped, normalised } = picture;
  const normalisedLevels = useMemo(() => asLevels(normalised), [normalised]);
  const [place, setPlace] = useState<Place>({
    x: Math.floor(cropped.width / 2),
    y: Math.floor(cropped.height / 2),
  });
  const kept = crop
    ? { left: crop.kept.left - crop.left, top: crop.kept.top - crop.top }
    : { left: 0, top: 0 };
  const inResized = { x: place.x + kept.left, y: place.y + kept.top };
  const moveIn = ({ x, y }: Place) =>
    setPlace({ x: within(x - kept.left, cropped.width), y: within(y - kept.top, cropped.height) });
  return (
    <Step name="pixels">
      <div className="stages">
        <figure>
          <div className="stage">
            <Picture source={url} name={name} />
          </div>
          <figcaption>{words.stage.file(picture.width, picture.height)}</figcaption>
        </figure>
        <Stage
          name={words.stage.resized(resized.width, resized.height)}
          levels={resized}
          zoom={zoom}
          place={inResized}
          onPlace={moveIn}
          frame={crop?.kept}
        />
        <Stage
          name={words.stage.cropped(cropped.width, cropped.height)}
          levels={cropped}
          zoom={zoom}
          place={place}
          onPlace={setPlace}
        />
        <Stage
          name={words.stage.normalised}
          levels={normalisedLevels}
          zoom={zoom}
          place={place}
          onPlace={setPlace}
        />
      </div>
      <div className="pixel-controls">
        <Slider
          label={words.zoom}
          shown={`${zoom} ×`}
          min={1}
          max={24}
          step={1}
          value={zoom}
          onChange={(event) => setZoom(Number(event.target.value))}
        />
        <PixelValues explanation={picture} place={place} />
      </div>
      <p className="field-note">{words.pixelsNote}</p>
    </Step>
  );
});

function Stage(props: {
  name: string;
  levels: Omit<Levels, "data"> & { data?: readonly number[] };
  zoom: number;
  place: Place;
  onPlace: (place: Place) => void;
  frame?: { left: number; top: number; width: number; height: number } | undefined;
}) {
  const { name, levels, ...rest } = props;
  return (
    <figure>
      {levels.data ? (
        <PixelView name={name} levels={levels as Levels} {...rest} />
      ) : (
        <div className="stage muted">{words.stage.tooLarge}</div>
      )}
      <figcaption>{name}</figcaption>
    </figure>
  );
}

/** One pixel, from three levels to three numbers. */
function PixelValues({
  explanation,
  place: { x, y },
}: {
  explanation: Explanation["picture"];
  place: Place;
}) {
  const { cropped, normalised, rescaleFactor, normalisation } = explanation;
  const plane = normalised.width * normalised.height;
  const pixel = y * cropped.width + x;
  return (
    <table className="values">
      <caption>{words.pixel(x, y)}</caption>
      <tbody>
        {CHANNELS.map((channel, at) => {
          const level = cropped.data[pixel * 3 + at]!;
          const value = normalised.data[at * plane + pixel]!;
          const { mean: means, std } = normalisation ?? {};
          const scaled = `${level} × ${shown(rescaleFactor)} = ${shown(level * rescaleFactor)}`;
          const centred = means
            ? [
                `(${shown(level * rescaleFactor)} - ${shown(means[at]!)}) / ${shown(std![at]!)} = ${shown(value)}`,
              ]
            : [];
          return (
            <tr key={channel}>
              <th scope="row">{words.channels[channel]}</th>
              <td>{level}</td>
              <td>→</td>
              <td>
                <Num
                  origin={() => ({
                    title: words.pixelTitle(words.channels[channel], x, y),
                    lines: [words.level(level), scaled, ...centred],
                  })}
                >
                  {value.toFixed(4)}
                </Num>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Numbers of the image tower as levels that can be seen: from -2.2 to 2.2, where nearly all lie. */
function asLevels({ data, width, height }: Levels): Levels {
  const plane = width * height;
  const levels = new Array<number>(data.length);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let at = 0; at < 3; at++) levels[pixel * 3 + at] = ((data[at * plane + pixel]! + 2.2) / 4.4) * 255;
  }
  return { data: levels, width, height };
}

function within(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}
