import type { ReportData } from "../../data.js";
import { thumbnailKey } from "../../data.js";
import { element } from "./element.js";

export type Thumbnails = ReportData["thumbnails"];

/** Pictures with fewer pixels than this are enlarged with hard edges, so that one sees what the model saw. */
const SMALL = 64;

/** The thumbnail of a picture, or its id where there is none. */
export function picture(id: string | number, label: string, thumbnails: Thumbnails): HTMLElement {
  const uri = thumbnails[thumbnailKey(id)];
  const name = `Picture ${id}, labelled ${label}`;
  if (uri === undefined) return element("span", { class: "picture missing", title: name }, String(id));
  const image = element("img", { class: "picture", alt: name, title: name, decoding: "async" });
  image.addEventListener("load", () => {
    image.classList.toggle("pixels", Math.max(image.naturalWidth, image.naturalHeight) < SMALL);
  });
  image.src = uri;
  return image;
}
