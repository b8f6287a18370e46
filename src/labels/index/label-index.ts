// Before the class below, which is made with these symbols.
import "../../files/disposal.js";
import { isDeepStrictEqual } from "node:util";
import type { Encoder } from "../../encoder/encoder.js";
import { listed, NearlabelError } from "../../errors.js";
import type { Matrix } from "../../math/matrix.js";
import { openTable } from "../../store/database.js";
import type { Table } from "../../store/table.js";
import { type EmbedLabelsOptions, embedLabels } from "../prompts/embed-labels.js";
import type { Label } from "../set/label.js";
import { type LabelInput, labelSet } from "../set/label-set.js";
import { changedRows, placesOf } from "./changed-rows.js";
import {
  checkRejection,
  checkTemperature,
  FITTED_KEY,
  type Fitted,
  fittedText,
  type IndexCalibration,
  type IndexExamples,
  type IndexRejection,
} from "./fitted.js";
import { type IndexVersion, indexVersions } from "./history.js";
import { asIndexErrors } from "./index-errors.js";
import { expectSameModel, infoOf, type LabelIndexInfo } from "./index-info.js";
import { expectOnce, LABEL_TABLE, type LabelRows, labelOfCells, labelRows, tableRows } from "./label-rows.js";

/** A label that was found near an image embedding. */
export interface LabelNeighbour {
  readonly label: Label;
  /** Cosine of the angle between both embeddings, -1 to 1: 1 - distance. */
  readonly similarity: number;
  /** Cosine distance as LanceDB returns it, 0 to 2. */
  readonly distance: number;
}

/** What `add` did with the labels that it was given. */
export interface AddedLabels {
  readonly added: number;
  /** Those that were there with another class name, other prompts or another parent. */
  readonly updated: number;
  /** Those that were there just so. */
  readonly unchanged: number;
}

/**
 * Opens the label index at `path`: a folder, or a place in an object store such as `s3://bucket/animals`.
 *
 * @throws NearlabelError `INDEX_NOT_FOUND`, `INDEX_INVALID`.
 */
export async function openLabelIndex(path: string): Promise<LabelIndex> {
  return asIndexErrors(async () => {
    const table = await openTable(path, LABEL_TABLE);
    try {
      return new LabelIndex(path, table, infoOf(await table.description(), path));
    } catch (error) {
      table.close();
      throw error;
    }
  });
}

/**
 * Labels and their class embeddings in a LanceDB table. Every change makes a new version of the table. Every method rejects
 * with `INDEX_CLOSED` after `close`.
 */
export class LabelIndex {
  readonly path: string;
  readonly #table: Table;
  #info: LabelIndexInfo;

  /** @internal Use {@link openLabelIndex}. */
  constructor(path: string, table: Table, info: LabelIndexInfo) {
    this.path = path;
    this.#table = table;
    this.#info = info;
  }

  /** Model, templates, size, examples and what was fitted, as they were when this index was last read or written through this object. */
  get info(): LabelIndexInfo {
    return this.#info;
  }

  /**
   * Checks that `model` is the one that made this index.
   *
   * @throws NearlabelError `INDEX_MODEL_MISMATCH`, which names both.
   */
  async checkModel({ identity }: Pick<Encoder, "identity">): Promise<void> {
    expectSameModel(this.path, this.#info, { model: identity.id, fingerprint: await identity.fingerprint() });
  }

  /**
   * The number of the newest version of its table of labels, also where another program wrote it.
   *
   * @internal
   */
  async version(): Promise<number> {
    return asIndexErrors(() => this.#table.version());
  }

  /** All labels in the order in which they were first added, and their class embeddings: unit-length rows. */
  async labels(): Promise<{ labels: Label[]; embeddings: Matrix }> {
    const { labels, embeddings } = await asIndexErrors(() => this.#read());
    return { labels, embeddings };
  }

  /**
   * Adds labels, with prompts of the index's templates. Only what is new is encoded: a label that is there with
   * the same class name and prompts is left alone; with others it is encoded again and keeps its place. A change drops
   * what {@link calibrate} and {@link rejectBelow} stored, which belongs to the labels before.
   *
   * @throws NearlabelError `INDEX_MODEL_MISMATCH`, `TEMPLATE_INVALID`, `WRITE_FAILED`, and as `labelSet` does.
   */
  async add(
    labels: readonly LabelInput[],
    model: Encoder,
    options: EmbedLabelsOptions = {},
  ): Promise<AddedLabels> {
    const wanted = labelSet(labels);
    await this.checkModel(model);
    return asIndexErrors(async () => {
      const current = await this.#read();
      const places = placesOf(current);
      const indexed = (label: Label) => current.labels[places.get(label.label) ?? -1];
      const changed = wanted.filter((label) => !isDeepStrictEqual(label, indexed(label)));
      const updated = changed.filter(indexed).length;
      if (changed.length > 0) {
        const rows = await changedRows(changed, current, (fresh) =>
          embedLabels(model, fresh, this.#info.templates, options),
        );
        await this.#dropFitted();
        await this.#table.upsert(tableRows(rows));
        await this.#refresh();
      }
      return { added: changed.length - updated, updated, unchanged: wanted.length - changed.length };
    });
  }

  /**
   * Removes labels, all or none, and with them what {@link calibrate} and {@link rejectBelow} stored.
   *
   * @throws NearlabelError `LABELS_INVALID`, which lists those that are not in the index.
   */
  async remove(labels: readonly string[]): Promise<void> {
    if (!Array.isArray(labels)) {
      throw new NearlabelError("LABELS_INVALID", `Expected an array of labels, got ${typeof labels}.`);
    }
    return asIndexErrors(async () => {
      await this.#refresh();
      const known = new Set(await this.#table.keys());
      const unknown = labels.filter((label) => !known.has(label));
      if (unknown.length > 0) {
        throw new NearlabelError(
          "LABELS_INVALID",
          `${this.path}: labels that are not in the index (${unknown.length}): ${listed(unknown.map((label) => JSON.stringify(label)))}. Nothing was removed.`,
        );
      }
      if (labels.length === 0) return;
      await this.#dropFitted();
      await this.#table.remove(labels);
      await this.#refresh();
    });
  }

  /**
   * The `k` labels nearest to each unit-length image embedding, nearest first: LanceDB's exact search by cosine,
   * for label sets that are not to be held in memory. Equal distances are in the order of `labels()`.
   *
   * @throws NearlabelError `VECTOR_INVALID`, `OPTION_INVALID`.
   */
  async search(images: readonly Float32Array[], k: number): Promise<LabelNeighbour[][]> {
    if (!Number.isInteger(k) || k < 1) {
      throw new NearlabelError("OPTION_INVALID", `Expected k to be a whole number from 1, got ${k}.`);
    }
    if (!Array.isArray(images)) {
      throw new NearlabelError(
        "OPTION_INVALID",
        "Expected an array of image embeddings; one alone is [embedding].",
      );
    }
    return asIndexErrors(async () => {
      await this.#refresh();
      const found = await this.#table.search(images, { k, exact: true });
      return found.map((neighbours) => {
        const near = neighbours
          .sort((a, b) => a.distance - b.distance || Number(a.cells.position) - Number(b.cells.position))
          .map(({ cells, ...nearness }) => ({ label: labelOfCells(cells), ...nearness }));
        expectOnce(
          near.map(({ label }) => label),
          this.path,
        );
        return near;
      });
    });
  }

  /**
   * Stores a temperature, as `fitTemperature` finds it, as a new version. Classifiers with this index then divide logits by
   * it and call their scores calibrated.
   *
   * @throws NearlabelError `OPTION_INVALID`, `WRITE_FAILED`.
   */
  async calibrate(calibration: Omit<IndexCalibration, "created">): Promise<void> {
    checkTemperature(calibration.temperature);
    await this.#keepFitted({ calibration: { ...calibration, created: new Date().toISOString() } });
  }

  /**
   * Stores where the line to unknown pictures is, as a new version. Classifiers with this index draw it where `reject` is
   * true.
   *
   * @throws NearlabelError `OPTION_INVALID`, `WRITE_FAILED`.
   */
  async rejectBelow(rejection: Omit<IndexRejection, "created">): Promise<void> {
    checkRejection(rejection);
    await this.#keepFitted({ rejection: { ...rejection, created: new Date().toISOString() } });
  }

  /**
   * Makes pictures in a version of the table of examples those of this index, or none, in one commit: what was fitted goes
   * with it, as it was for other class embeddings.
   *
   * @internal
   */
  async keepExamples(examples: IndexExamples | undefined): Promise<void> {
    await asIndexErrors(async () => {
      await this.#table.annotate(FITTED_KEY, fittedText(examples ? { examples } : {}));
      await this.#refresh();
    });
  }

  /** The states that the index has been in, oldest first, each with what changed. */
  async versions(): Promise<IndexVersion[]> {
    return asIndexErrors(async () => indexVersions(this.path, await this.#table.versions()));
  }

  /**
   * Makes an earlier state the current one: labels, model and templates, examples and their weight, temperature and
   * threshold. Later states stay.
   *
   * @throws NearlabelError `OPTION_INVALID` where there is no such version.
   */
  async restore(version: number): Promise<void> {
    await asIndexErrors(async () => {
      await this.#table.restore(version);
      this.#info = infoOf(await this.#table.description(), this.path);
    });
  }

  /** Frees native memory. The index cannot be used afterwards. */
  async close(): Promise<void> {
    this.#table.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(): Promise<LabelRows> {
    await this.#refresh();
    return labelRows(await this.#table.read(), this.#info.dimension, this.path);
  }

  /** Reads the info again. Another program may have built the index anew, with a model that callers do not have. */
  async #refresh(): Promise<void> {
    const info = infoOf(await this.#table.description(), this.path);
    expectSameModel(this.path, info, this.#info);
    this.#info = info;
  }

  async #keepFitted(fitted: Fitted): Promise<void> {
    await asIndexErrors(async () => {
      await this.#refresh();
      await this.#table.annotate(FITTED_KEY, fittedText({ ...this.#info, ...fitted }));
      await this.#refresh();
    });
  }

  /**
   * Takes away temperature and threshold before labels change: a program that ends between the two has dropped too much, not
   * too little.
   */
  async #dropFitted(): Promise<void> {
    const { calibration, rejection, examples } = this.#info;
    if (!calibration && !rejection) return;
    await this.#table.annotate(FITTED_KEY, fittedText(examples ? { examples } : {}));
    await this.#refresh();
  }
}
