/** How alike two pictures are: the same content; hardly told apart; the same scene. */
export type Band = "same" | "near" | "similar";

export interface NamedPicture {
  readonly id: string;
  readonly name: string;
}

/** Pictures whose given label the model doubts, most doubtful first. */
export interface Suspects {
  /** How many there are in all. */
  readonly total: number;
  /** Pictures that were looked at, and those without a given label. */
  readonly pictures: number;
  readonly leftOut: number;
  readonly suspects: readonly (NamedPicture & {
    /**
     * Two pictures that are alike were labelled, or split, otherwise; the model prefers another label; it prefers another and finds the
     * given one as well.
     */
    readonly kind: "duplicates-differ" | "train-test" | "wrong-label" | "two-labels";
    readonly given: string;
    /** How much speaks against it, 0 to 1. */
    readonly doubt: number;
    readonly suggested?: string;
    /** The other picture of two that are alike. */
    readonly other?: NamedPicture;
  })[];
}

export interface MeasuredPicture extends NamedPicture {
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number | null;
}

/** Groups of pictures that are alike, most alike first. */
export interface Duplicates {
  /** How many groups there are in all. */
  readonly total: number;
  /** Pictures in them beside those that are kept. */
  readonly duplicates: number;
  readonly groups: readonly {
    readonly kept: MeasuredPicture;
    /** Pictures beside that, of which 99 at most are in `duplicates`. */
    readonly count: number;
    readonly duplicates: readonly (MeasuredPicture & { readonly similarity: number; readonly band: Band })[];
  }[];
}

/** What became of a table that was labelled. */
export interface TableLabelling {
  /** As pictures are marked with it, such as `animals@2`. */
  readonly labelSet: string;
  readonly labelled: number;
  readonly unchanged: number;
}
