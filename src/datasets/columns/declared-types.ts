import { isObject, type JsonObject, tryParseJson } from "../../files/json.js";

/**
 * What a data set says about its columns, beyond the types of the file format: which hold pictures, and the names
 * of the classes that a column of integers stands for.
 */
export interface Features {
  readonly images: readonly string[];
  /** Class names in the order of their integers, by column. */
  readonly classNames: ReadonlyMap<string, readonly string[]>;
}

/**
 * The features that the Hugging Face `datasets` library writes into a Parquet file's key-value metadata, as the
 * JSON of the key `huggingface`: `{"info": {"features": {"label": {"_type": "ClassLabel", "names": [...]}}}}`.
 * `undefined` where `json` holds none.
 */
export function featuresFromMetadata(json: string): Features | undefined {
  const features = fieldsOf(fieldsOf(fieldsOf(tryParseJson(json))?.info)?.features);
  if (!features) return undefined;
  return featuresOf(
    Object.entries(features).map(([name, value]) => {
      const feature = fieldsOf(value);
      if (feature?._type === "ClassLabel") return { name, classNames: namesOf(feature.names) };
      return { name, isImage: feature?._type === "Image" };
    }),
  );
}

/**
 * The features of a data set card, a list of `{ name, dtype }`, where `dtype` is `image` or
 * `{ class_label: { names: { '0': apple, ... } } }`. `undefined` where `list` is no list.
 */
export function featuresFromCard(list: unknown): Features | undefined {
  if (!Array.isArray(list)) return undefined;
  return featuresOf(
    list.map((item) => {
      const { name, dtype } = fieldsOf(item) ?? {};
      const types = typeof dtype === "string" ? { [dtype]: {} } : (fieldsOf(dtype) ?? {});
      const classNames = namesOf(fieldsOf(types.class_label)?.names);
      return { name: String(name), classNames, isImage: "image" in types };
    }),
  );
}

interface Feature {
  readonly name: string;
  readonly classNames?: readonly string[] | undefined;
  readonly isImage?: boolean;
}

function featuresOf(features: readonly Feature[]): Features {
  const images = features.filter(({ isImage }) => isImage).map(({ name }) => name);
  const classNames = new Map<string, readonly string[]>();
  for (const feature of features) {
    if (feature.classNames) classNames.set(feature.name, feature.classNames);
  }
  return { images, classNames };
}

/** Class names given as a list, or by their integers: `{ '0': apple, '1': baby }`. */
function namesOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  const byInteger = fieldsOf(value);
  if (!byInteger) return undefined;
  const integers = Object.keys(byInteger).map(Number);
  return integers.sort((a, b) => a - b).map((integer) => String(byInteger[integer]));
}

/** `value` as an object whose fields may be looked at, if it is one. */
export function fieldsOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}
