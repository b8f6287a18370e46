import {
  CLIP_DEFAULTS,
  type PreprocessingDefaults,
  SIGLIP_DEFAULTS,
} from "../../image/preprocess/preprocessing.js";
import { asWritten, canonicalise, lowerCase, type TextCleaning } from "../../tokens/text-cleaning.js";

/** How logits become scores: over all labels (CLIP) or each label on its own (SigLIP). */
export type ScoreFunction = "softmax" | "sigmoid";

/** How a cosine becomes a logit, and logits become scores. */
export interface LogitScoring {
  /** What a cosine is multiplied by to give a logit: 100 for OpenAI's CLIP. */
  readonly logitScale: number;
  /** What is added to a scaled cosine; 0 but for SigLIP. */
  readonly logitBias: number;
  readonly scoreFunction: ScoreFunction;
}

/** How texts become token ids. */
export interface TextPreparation {
  /** Longest text in tokens, start and end tokens included. */
  readonly contextLength: number;
  /** Texts are padded to the longest of their batch, or all to the context length. */
  readonly padding: "longest" | "full";
  readonly clean: TextCleaning;
}

/** What the models of one family share, and their configuration files leave out. */
export interface Family {
  readonly name: string;
  /** Values of `model_type` in `config.json`. */
  readonly modelTypes: readonly string[];
  /** Values of `tokenizer_class`, without `Fast`, where that tells families with the same `model_type` apart. */
  readonly tokenizers?: readonly string[];
  /** How pictures get their size, among other things. */
  readonly preprocessing: PreprocessingDefaults;
  readonly text: TextPreparation;
  /** Whether the text tower has more positions than training used, so that `config.json` does not bound texts. */
  readonly trainedShorter?: boolean;
  readonly scoreFunction: ScoreFunction;
  readonly logitScale: number;
  readonly logitBias: number;
  /** Whether `pooler_output` is the embedding, with no projection behind it. */
  readonly pooled?: boolean;
}

/**
 * CLIP (Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision"): training
 * stops the logit scale at 100 (section 2.5), where OpenAI's released models stand; texts have 77 tokens.
 */
export const CLIP: Family = {
  name: "CLIP",
  modelTypes: ["clip"],
  preprocessing: CLIP_DEFAULTS,
  text: { contextLength: 77, padding: "longest", clean: asWritten },
  scoreFunction: "softmax",
  logitScale: 100,
  logitBias: 0,
};

/** MetaCLIP 2 (Chuang et al. 2025): CLIP with the vocabulary of XLM-R. */
const METACLIP_2: Family = { ...CLIP, name: "MetaCLIP 2", modelTypes: ["metaclip_2"] };

/**
 * MobileCLIP (Vasu et al. 2024) and MobileCLIP 2: the text tower takes 77 tokens and no fewer; the published examples
 * multiply cosines by 100 (github.com/apple/ml-mobileclip). Most exports call themselves `clip`.
 */
const MOBILECLIP: Family = {
  ...CLIP,
  name: "MobileCLIP",
  modelTypes: ["mobileclip", "mobileclip2"],
  text: { ...CLIP.text, padding: "full" },
};

/** Chinese-CLIP (Yang et al. 2022): texts of 52 tokens, for a BERT with 512 positions; scale as CLIP's. */
const CHINESE_CLIP: Family = {
  ...CLIP,
  name: "Chinese-CLIP",
  modelTypes: ["chinese_clip"],
  text: { ...CLIP.text, contextLength: 52 },
  trainedShorter: true,
};

/** AltCLIP (Chen et al. 2022): texts of 77 tokens, for an XLM-R with 514 positions; scale as CLIP's. */
const ALTCLIP: Family = { ...CLIP, name: "AltCLIP", modelTypes: ["altclip"], trainedShorter: true };

/**
 * jina-clip v1 and v2 (Koukounas et al. 2024): texts of 8,192 tokens. Jina publishes no logit scale; CLIP's stands here,
 * which changes scores, never their order.
 */
const JINA_CLIP: Family = {
  ...CLIP,
  name: "jina-clip",
  modelTypes: ["jina_clip"],
  text: { ...CLIP.text, contextLength: 8192 },
};

/**
 * SigLIP (Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training"): a score for each label on its own, texts
 * padded to 64 tokens. Scale and bias were learnt, by each size of model its own; these are of
 * google/siglip-base-patch16-224.
 */
export const SIGLIP: Family = {
  name: "SigLIP",
  modelTypes: ["siglip"],
  preprocessing: SIGLIP_DEFAULTS,
  text: { contextLength: 64, padding: "full", clean: canonicalise },
  scoreFunction: "sigmoid",
  logitScale: 117.330765,
  logitBias: -12.932437,
  pooled: true,
};

/** SigLIP 2 (Tschannen et al. 2025) at a fixed resolution: Gemma's tokenizer on lower case, punctuation kept. */
const SIGLIP_2: Family = {
  ...SIGLIP,
  name: "SigLIP 2",
  tokenizers: ["GemmaTokenizer", "Siglip2Tokenizer"],
  text: { ...SIGLIP.text, clean: lowerCase },
};

/** A family that `tokenizers` tells from another comes before that one. */
export const families: readonly Family[] = [
  CLIP,
  METACLIP_2,
  MOBILECLIP,
  CHINESE_CLIP,
  ALTCLIP,
  JINA_CLIP,
  SIGLIP_2,
  SIGLIP,
];
