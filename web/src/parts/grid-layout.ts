/** Where the pictures of a grid are: equal cells in rows, in one part or two with a band between. */
export interface GridLayout {
  readonly columns: number;
  readonly rows: number;
  /** Height of all, in pixels. */
  readonly height: number;
  /** Side of a cell. */
  readonly cell: number;
  readonly rowHeight: number;
  /** Where the band is; undefined where there is none. */
  readonly bandTop: number | undefined;
  top(row: number): number;
  rowAt(y: number): number;
  rowOf(index: number): number;
  /** First picture of a row, and the one after its last. */
  range(row: number): readonly [number, number];
}

export interface GridMeasures {
  readonly count: number;
  /** Pictures before the band, where there is one. */
  readonly split: number | undefined;
  readonly width: number;
  /** Least width of a cell. */
  readonly least: number;
  /** Height of what stands under a picture. */
  readonly caption: number;
}

const GAP = 8;
export const BAND = 72;

export function gridLayout({ count, split, width, least, caption }: GridMeasures): GridLayout {
  const columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
  const cell = Math.max(1, (width - GAP * (columns - 1)) / columns);
  const rowHeight = cell + caption + GAP;
  const before = Math.min(split ?? count, count);
  const rowsBefore = Math.ceil(before / columns);
  const rows = rowsBefore + Math.ceil((count - before) / columns);
  const band = split === undefined ? 0 : BAND;
  const bandTop = rowsBefore * rowHeight;
  return {
    columns,
    rows,
    cell,
    rowHeight,
    height: rows * rowHeight + band,
    bandTop: split === undefined ? undefined : bandTop,
    top: (row) => row * rowHeight + (row >= rowsBefore ? band : 0),
    rowAt: (y) => Math.floor((y < bandTop ? y : Math.max(bandTop, y - band)) / rowHeight),
    rowOf: (index) =>
      index < before ? Math.floor(index / columns) : rowsBefore + Math.floor((index - before) / columns),
    range: (row) => {
      if (row < rowsBefore) return [row * columns, Math.min(before, (row + 1) * columns)];
      const first = before + (row - rowsBefore) * columns;
      return [first, Math.min(count, first + columns)];
    },
  };
}

/** The picture that a key leads to from another; undefined for keys that lead nowhere. */
export function steppedTo(key: string, from: number, layout: GridLayout, count: number, page: number) {
  const inRow = (row: number) => {
    const [start, end] = layout.range(Math.max(0, Math.min(layout.rows - 1, row)));
    const [here] = layout.range(layout.rowOf(from));
    return Math.min(end - 1, start + from - here);
  };
  const row = layout.rowOf(from);
  const steps: Readonly<Record<string, () => number>> = {
    ArrowLeft: () => from - 1,
    ArrowRight: () => from + 1,
    ArrowUp: () => (row === 0 ? from : inRow(row - 1)),
    ArrowDown: () => (row === layout.rows - 1 ? from : inRow(row + 1)),
    PageUp: () => inRow(row - page),
    PageDown: () => inRow(row + page),
    Home: () => 0,
    End: () => count - 1,
  };
  const to = steps[key]?.();
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}
