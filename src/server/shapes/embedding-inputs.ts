import { requestInvalid } from "../problems/request-error.js";
import type { EmbeddingInput } from "./embed-inputs.js";

/** The parts of OpenAI's, infinity's, vLLM's and Jina's requests for embeddings that say what is to be embedded. */
export interface InputFields {
  readonly input?: unknown;
  readonly messages?: unknown;
  readonly modality?: string | undefined;
}

/**
 * What a request asks to embed, in order. A string is a text, or a picture where it is a data URL of one or `modality` is `image`;
 * an object has `text`, or a picture as `image` (vLLM, Jina), `bytes` or `url` (Jina's older clients).
 * @throws RequestError REQUEST_INVALID
 */
export function embeddingInputs({ input, messages, modality }: InputFields): readonly EmbeddingInput[] {
  if (messages !== undefined && input !== undefined)
    throw requestInvalid("Expected input or messages, got both.");
  if (messages !== undefined) return [conversation(messages)];
  const items = Array.isArray(input) ? input : [input];
  if (items.length === 0) throw requestInvalid("Expected something to embed in input, got an empty list.");
  return items.map((item, position) => inputOf(item, modality, position));
}

function inputOf(item: unknown, modality: string | undefined, position: number): EmbeddingInput {
  if (typeof item === "string") return ofString(item, modality);
  if (typeof item === "number" || (Array.isArray(item) && item.every((id) => typeof id === "number"))) {
    throw requestInvalid(
      "Expected texts in input, got token ids, which are another tokenizer's. " +
        "Set check_embedding_ctx_length=False in LangChain's OpenAIEmbeddings, or send the texts themselves.",
    );
  }
  const { text, image = bytesOrUrl(item) } = Object(item) as { text?: unknown; image?: unknown };
  if (typeof text === "string" && image === undefined) return { text };
  if (typeof image === "string" && text === undefined) return { image };
  throw requestInvalid(
    `Expected input ${position} to be a text, a data URL of a picture, or an object with text or image, not both.`,
  );
}

function bytesOrUrl(item: unknown): unknown {
  const { bytes, url } = Object(item) as { bytes?: unknown; url?: unknown };
  return bytes ?? url;
}

function ofString(value: string, modality: string | undefined): EmbeddingInput {
  const isImage = modality === undefined ? /^data:image\//i.test(value) : modality === "image";
  return isImage ? { image: value } : { text: value };
}

/** The one text or picture of chat-style messages, as vLLM takes them for models of CLIP's kind, which embed one or the other. */
function conversation(messages: unknown): EmbeddingInput {
  const parts = (Array.isArray(messages) ? messages : []).flatMap((message) => contentOf(message));
  const [part, ...others] = parts;
  if (part === undefined || others.length > 0) {
    throw requestInvalid(
      `Expected messages with one text or one image_url, got ${parts.length} parts: the model embeds one thing at a time.`,
    );
  }
  return part;
}

function contentOf(message: unknown): EmbeddingInput[] {
  const { content } = Object(message) as { content?: unknown };
  if (typeof content === "string") return [{ text: content }];
  return (Array.isArray(content) ? content : []).map((part) => {
    const { text, image_url: image } = Object(part) as { text?: unknown; image_url?: unknown };
    const url = typeof image === "string" ? image : (Object(image) as { url?: unknown }).url;
    if (typeof text === "string") return { text };
    if (typeof url === "string") return { image: url };
    throw requestInvalid("Expected parts of messages to be of type text or image_url.");
  });
}
