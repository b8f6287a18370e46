import { useEffect, useMemo, useState } from "react";
import { setParameters, useRoute } from "../route.js";
import { addressOfList, listOfAddress } from "./address-list.js";
import { keepPicture, keptPicture } from "./kept-pictures.js";

/** A picture that the page is about: a sample, by its name, or one that a person gave, by its id. */
export interface ChosenPicture {
  readonly id: string;
  readonly name: string;
  /** Where it can be shown from. */
  readonly url: string;
  /** Its file. @throws Error where it cannot be had */
  readonly file: () => Promise<File>;
}

export interface ChosenPictures {
  readonly pictures: readonly ChosenPicture[];
  /** Of the address, which this browser does not have. */
  readonly missing: number;
  /** The one that is looked at closely. */
  readonly shown: ChosenPicture | undefined;
  show(id: string): void;
  addFiles(files: readonly File[]): Promise<void>;
  addSamples(names: readonly string[]): void;
  remove(id: string): void;
}

/** Addresses of pictures in memory, for as long as the page is open. */
const urls = new Map<string, string>();

/** The pictures that the address names. */
export function usePictures(): ChosenPictures {
  const { parameters } = useRoute();
  const list = parameters.get("pictures");
  const ids = useMemo(() => listOfAddress(list), [list]);
  const [found, setFound] = useState<ReadonlyMap<string, ChosenPicture | undefined>>(new Map());
  useEffect(() => {
    let wanted = true;
    Promise.all(ids.map(async (id) => [id, await pictureOf(id)] as const)).then((entries) => {
      if (wanted) setFound(new Map(entries));
    });
    return () => {
      wanted = false;
    };
  }, [ids]);
  const pictures = useMemo(() => ids.flatMap((id) => found.get(id) ?? []), [ids, found]);
  const missing = ids.filter((id) => found.has(id) && !found.get(id)).length;
  const change = (next: readonly string[], shown?: string) =>
    setParameters({ pictures: addressOfList([...new Set(next)]), shown });
  return {
    pictures,
    missing,
    shown: pictures.find(({ id }) => id === parameters.get("shown")) ?? pictures[0],
    show: (id) => setParameters({ shown: id }),
    async addFiles(files) {
      const added: string[] = [];
      for (const file of files) added.push(await keepPicture({ name: file.name, content: file }));
      change([...ids, ...added], added[0]);
    },
    addSamples: (names) => change([...ids, ...names], names[0]),
    remove: (id) => change(ids.filter((each) => each !== id)),
  };
}

async function pictureOf(id: string): Promise<ChosenPicture | undefined> {
  if (!id.startsWith("~")) return samplePicture(id);
  const kept = await keptPicture(id);
  if (!kept) return undefined;
  const { name, content } = kept;
  const url = urls.get(id) ?? URL.createObjectURL(content);
  urls.set(id, url);
  return { id, name, url, file: async () => new File([content], name) };
}

/** A picture that comes with nearlabel. */
export function samplePicture(name: string): ChosenPicture {
  const url = `/samples/${encodeURIComponent(name)}.png`;
  return {
    id: name,
    name: `${name}.png`,
    url,
    async file() {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`There is no sample "${name}".`);
      return new File([await response.blob()], `${name}.png`);
    },
  };
}
