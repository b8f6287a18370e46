/** The content of a picture file. */
export type PictureContent = Blob | Uint8Array | ArrayBuffer;

/** A picture to send: its content, with a name that its result has as `id`. The name of a `File` is its own. */
export type PictureInput = PictureContent | { readonly name: string; readonly data: PictureContent };

/** A form of pictures and other fields; a field that is undefined is left out. */
export function formOf(pictures: readonly PictureInput[], fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  for (const [position, picture] of pictures.entries()) {
    const { name, data } = named(picture, position);
    form.append("image", data instanceof Blob ? data : new Blob([data as Uint8Array<ArrayBuffer>]), name);
  }
  return form;
}

function named(picture: PictureInput, position: number): { name: string; data: PictureContent } {
  if ("data" in picture) return picture;
  const name = "name" in picture && typeof picture.name === "string" ? picture.name : String(position);
  return { name, data: picture };
}
