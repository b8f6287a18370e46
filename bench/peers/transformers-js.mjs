/**
 * transformers.js: its pipeline, which encodes all labels again for each photo, or with the argument `batches` what one would
 * write by hand for speed: labels once, photos in batches.
 */
import { basename, dirname } from "node:path";
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  pipeline,
  RawImage,
} from "@huggingface/transformers";
import { answerLines } from "./lines.mjs";

const BATCH = 16;
const TEMPLATE = "a photo of a {}";
const OPTIONS = { dtype: "fp32", device: "cpu" };
Object.assign(env, { allowRemoteModels: false, allowLocalModels: true });

await answerLines(process.argv[2] === "batches" ? batches() : onePipeline());

function onePipeline() {
  let [classifier, given] = [];
  return {
    async begin(model, labels) {
      env.localModelPath = `${dirname(model)}/`;
      classifier ??= await pipeline("zero-shot-image-classification", basename(model), OPTIONS);
      given = labels;
    },
    async classify(photos) {
      for (const photo of photos) await classifier(photo, given, { hypothesis_template: TEMPLATE });
    },
  };
}

function batches() {
  let [processor, vision, classes] = [];
  return {
    async begin(model, labels) {
      env.localModelPath = `${dirname(model)}/`;
      const id = basename(model);
      const tokenizer = await AutoTokenizer.from_pretrained(id);
      const text = await CLIPTextModelWithProjection.from_pretrained(id, OPTIONS);
      processor ??= await AutoProcessor.from_pretrained(id);
      vision ??= await CLIPVisionModelWithProjection.from_pretrained(id, OPTIONS);
      const texts = labels.map((label) => TEMPLATE.replace("{}", label));
      const { text_embeds } = await text(tokenizer(texts, { padding: true, truncation: true }));
      classes = text_embeds.normalize().tolist();
      await text.dispose();
    },
    async classify(photos) {
      for (let at = 0; at < photos.length; at += BATCH) {
        const images = await Promise.all(photos.slice(at, at + BATCH).map((photo) => RawImage.read(photo)));
        const { image_embeds } = await vision(await processor(images));
        for (const image of image_embeds.normalize().tolist()) scores(image, classes);
      }
    },
  };
}

function scores(image, classes) {
  const logits = classes.map((row) => 100 * row.reduce((sum, value, at) => sum + value * image[at], 0));
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight);
  return weights.map((weight) => weight / sum);
}
