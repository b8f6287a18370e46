import { lazy, Suspense, useState } from "react";
import { Button } from "../parts/button.js";
import { Picture } from "../parts/picture.js";
import { useAnswer } from "../server/use-answer.js";
import { text } from "../text/en.js";
import { useDroppedFiles } from "./dropped-files.js";
import { readList } from "./labels.js";
import { type ChosenPictures, samplePicture } from "./pictures.js";
import "./inputs.css";

const Camera = lazy(() => import("./camera.js"));
const words = text.pictures;

/** Every way to give the page pictures: choose, drop, paste, take, or click a sample. */
export function PictureInput({ pictures, many = true }: { pictures: ChosenPictures; many?: boolean }) {
  const [isTaking, setTaking] = useState(false);
  const [note, setNote] = useState("");
  const add = (files: readonly File[]) => {
    setNote("");
    if (files.length > 0) void pictures.addFiles(files);
  };
  const isOver = useDroppedFiles(add, () => setNote(words.onlyAddress));
  return (
    <section className={isOver ? "picture-input over" : "picture-input"} aria-label={words.title}>
      <div className="picture-buttons">
        <label className="button main">
          {many ? words.choose : words.chooseOne}
          <input
            type="file"
            className="unseen"
            accept="image/*,.heic,.heif,.avif,.tif,.tiff"
            multiple={many}
            onChange={(event) => {
              add([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
        </label>
        {"mediaDevices" in navigator && (
          <Button onPress={() => setTaking(true)} isDisabled={isTaking}>
            {words.camera}
          </Button>
        )}
      </div>
      <p className="field-note">{words.orDrop}</p>
      {note && (
        <p className="field-problem" role="alert">
          {note}
        </p>
      )}
      {pictures.missing > 0 && <p className="field-problem">{words.missing(pictures.missing)}</p>}
      {isTaking && (
        <Suspense>
          <Camera onPicture={(file) => add([file])} onEnd={() => setTaking(false)} />
        </Suspense>
      )}
      <Samples pictures={pictures} />
    </section>
  );
}

function Samples({ pictures }: { pictures: ChosenPictures }) {
  const { value: names = [] } = useAnswer("samples", (_client, { signal }) => readList("labels", signal));
  const chosen = new Set(pictures.pictures.map(({ id }) => id));
  return (
    <section className="samples" aria-label={words.samples}>
      <p className="field-note">{words.samples}</p>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <button
              type="button"
              className="sample"
              aria-pressed={chosen.has(name)}
              onClick={() => (chosen.has(name) ? pictures.remove(name) : pictures.addSamples([name]))}
            >
              <Picture source={samplePicture(name).url} name={name} lazy />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
