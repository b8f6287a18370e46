import { realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { Type } from "typebox";
import { imageFile } from "../../image/image-file.js";
import type { ImageSource } from "../../image/source.js";
import { pictureOfText } from "../pictures/picture.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import type { Agent } from "./agent.js";

/** How an agent gives a picture of its own. */
export const PictureArgument = {
  image: Type.Optional(Type.String({ description: "A picture file in base64, or a data URL of it" })),
  path: Type.Optional(
    Type.String({
      description: "In place of image: a file on this machine, where the server was told to allow it",
    }),
  ),
};

interface Given {
  readonly image?: string | undefined;
  readonly path?: string | undefined;
}

/** The picture of an argument, undefined for none. @throws RequestError for both, for what is no picture, for files that it may not read */
export async function pictureArgument(
  { image, path }: Given,
  { service, folders }: Agent,
): Promise<ImageSource | undefined> {
  if (image !== undefined && path !== undefined) throw requestInvalid("Expected image or path, got both.");
  if (image !== undefined) return pictureOfText(image, "image", service.limits).bytes;
  return path === undefined ? undefined : allowedFile(path, folders);
}

/** Links are followed first, so that none leads out of the folders. */
async function allowedFile(path: string, folders: readonly string[] = []): Promise<ImageSource> {
  const real = await realpath(path).catch(() => path);
  for (const folder of folders) {
    const inside = relative(await realpath(folder).catch(() => folder), real);
    if (inside !== "" && !inside.startsWith("..") && !isAbsolute(inside)) return imageFile(real);
  }
  throw new RequestError(
    "IMAGE_NOT_FOUND",
    folders.length === 0
      ? "This server reads no files by their paths: send the picture as image."
      : `${path} is in none of the folders that may be read: ${folders.join(", ")}.`,
  );
}
