export { type Client, createClient, type LabelSetClient, type Model, type WriteOptions } from "./client.js";
export type { Label, LabelInput, LabelSet, LabelSetContent, LabelSetEntry } from "./labels.js";
export type { PictureContent, PictureInput } from "./pictures.js";
export type { ClassifyOptions, PictureResult, Prediction, Reject } from "./results.js";
export { ServerError } from "./server-error.js";
export type { CallOptions, TransportOptions } from "./transport.js";
