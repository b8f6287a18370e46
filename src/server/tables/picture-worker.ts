/** The entry of the thread that reads pictures of tables and draws them small. */
import { packError } from "../../encoder/packed-error.js";
import { codedError } from "../../errors.js";
import { lazy } from "../../files/lazy.js";
import { pictureFile } from "../../image/draw/picture-file.js";
import { thumbnail } from "../../image/draw/thumbnail.js";
import type { ImageSource } from "../../image/source.js";
import { openImageTable } from "../../images/table/open.js";
import { tablePictures } from "../../images/table/table-pictures.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type { PictureQuestion, ReadPictures, WantedForm } from "./shown-pictures.js";

const tables = new Map<string, ReturnType<typeof picturesAt>>();

function picturesAt(place: string) {
  return lazy(async () => tablePictures(await openImageTable(place)));
}

answerQuestions(async ({ place, wanted, form }: PictureQuestion): Promise<ReadPictures> => {
  const opened = tables.get(place) ?? picturesAt(place);
  tables.set(place, opened);
  const pictures = await opened();
  const read: ReadPictures[number][] = [];
  for await (const { path, image, error } of pictures.read(wanted)) {
    read.push(
      error
        ? { path, error: packError(error) }
        : await bytesOf(image, form).then(
            (bytes) => ({ path, bytes }),
            (cause: unknown) => ({ path, error: packError(codedError(cause)) }),
          ),
    );
  }
  return read;
});

async function bytesOf(image: ImageSource, form: WantedForm): Promise<Uint8Array> {
  if (form !== "contents") return thumbnail(image, form);
  return (await pictureFile(image)).bytes;
}
