import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { text } from "../text/en.js";
import { BAND, type GridLayout, gridLayout, steppedTo } from "./grid-layout.js";
import { StoredPicture } from "./stored-picture.js";
import { useNames } from "./use-names.js";
import "./picture-grid.css";

export interface PictureGridProps {
  /** What the pictures are, for those who do not see them. */
  readonly label: string;
  readonly table: string;
  readonly count: number;
  idOf(index: number): string;
  /** Where it is not known here, names are asked for as pictures come in sight. */
  nameOf?(index: number): string;
  /** What stands under a picture. */
  captionOf?(index: number): string | undefined;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  /** Without it, opening a picture selects it. */
  readonly onOpen?: ((id: string) => void) | undefined;
  /** Milliseconds that a picture has to stay before it is asked for. */
  readonly pause?: number | undefined;
  /** Pictures before the band, and what it says. */
  readonly band?: { readonly after: number; readonly content: ReactNode } | undefined;
  /** Called when a person comes near the last picture. */
  readonly onNearEnd?: (() => void) | undefined;
}

/** Rows beyond what is seen that are made before they are. */
const AHEAD = 2;
const LEAST_CELL = 116;
const CAPTION = 22;

/**
 * Any number of pictures, of which only those in sight are made. Arrow keys move, Enter opens, Space selects, with Shift up to
 * there; a click opens, or selects where nothing is opened or while some are selected. (A collection of React Aria holds an element for each item, which takes
 * seconds for 100,000.)
 */
export function PictureGrid(props: PictureGridProps) {
  const { label, table, count, idOf, nameOf, captionOf, selected, band, onNearEnd, pause } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(frame);
  const layout = useMemo(
    () =>
      gridLayout({
        count,
        split: band?.after,
        width,
        least: width < 480 ? 92 : LEAST_CELL,
        caption: captionOf ? CAPTION : 0,
      }),
    [count, band?.after, width, captionOf],
  );
  const [first, last] = useRowsInSight(frame, layout, height);
  const { active, ...handlers } = useKeys(props, frame, layout, height);
  useEffect(() => {
    if (last >= layout.rows - 1 - 2 * AHEAD) onNearEnd?.();
  }, [last, layout.rows, onNearEnd]);
  const rows = rowsBetween(first, last, layout.rows, count > 0 ? layout.rowOf(active) : undefined);
  const inSight = nameOf ? [] : rows.flatMap((row) => indexes(...layout.range(row)).map(idOf));
  const storedName = useNames(table, inSight);
  const shownName = (index: number) =>
    nameOf?.(index) ?? storedName(idOf(index)) ?? text.search.numbered(index + 1);
  return (
    <div className="picture-frame" ref={frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: of a table's rows those out of sight cannot be left out. */}
      <div
        role="grid"
        aria-label={label}
        aria-multiselectable
        aria-rowcount={layout.rows}
        aria-colcount={layout.columns}
        className="picture-grid"
        style={{ height: layout.height }}
        {...handlers}
      >
        {width > 0 &&
          rows.map((row) => {
            const [start, end] = layout.range(row);
            return (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as the grid; its cells take the focus.
              <div
                key={row}
                role="row"
                aria-rowindex={row + 1}
                className="picture-row"
                style={{
                  transform: `translateY(${layout.top(row)}px)`,
                  gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
                }}
              >
                {indexes(start, end).map((index) => (
                  <Cell
                    key={index}
                    table={table}
                    id={idOf(index)}
                    index={index}
                    name={shownName(index)}
                    caption={captionOf?.(index)}
                    isSelected={selected.has(idOf(index))}
                    isActive={index === active}
                    pause={pause}
                  />
                ))}
              </div>
            );
          })}
      </div>
      {band && layout.bandTop !== undefined && width > 0 && (
        <div className="picture-band" style={{ transform: `translateY(${layout.bandTop}px)`, height: BAND }}>
          {band.content}
        </div>
      )}
    </div>
  );
}

const Cell = memo(function Cell(props: {
  table: string;
  id: string;
  index: number;
  name: string;
  caption: string | undefined;
  isSelected: boolean;
  isActive: boolean;
  pause: number | undefined;
}) {
  const { table, id, index, name, caption, isSelected, isActive, pause } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid.
    <div
      role="gridcell"
      className="picture-cell"
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      data-index={index}
      title={name}
    >
      <StoredPicture table={table} id={id} name={name} pause={pause} />
      <span className="picture-mark" aria-hidden="true" />
      {caption !== undefined && <span className="picture-caption">{caption}</span>}
    </div>
  );
});

/** Rows in sight and a few around, and the one with the focus, which must not go from under it. */
function rowsBetween(first: number, last: number, rows: number, active: number | undefined): number[] {
  const found = indexes(first, last + 1);
  if (active !== undefined && active < rows && (active < first || active > last)) found.push(active);
  return found;
}

/** Whole numbers from `start` up to `end`, which is not among them. */
function indexes(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, at) => start + at);
}

function useSize(frame: React.RefObject<HTMLDivElement | null>) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [frame]);
  return size;
}

/** Follows the scrolling, and tells only when other rows come in sight. */
function useRowsInSight(
  frame: React.RefObject<HTMLDivElement | null>,
  layout: GridLayout,
  height: number,
): readonly [number, number] {
  const rowsNow = () => {
    const y = frame.current?.scrollTop ?? 0;
    const first = Math.max(0, layout.rowAt(y) - AHEAD);
    return [first, Math.min(layout.rows - 1, layout.rowAt(y + height) + AHEAD)] as const;
  };
  const [, setRows] = useState("");
  const [first, last] = rowsNow();
  useEffect(() => {
    const element = frame.current!;
    const follow = () => setRows(rowsNow().join());
    element.addEventListener("scroll", follow, { passive: true });
    return () => element.removeEventListener("scroll", follow);
  });
  return [first, last];
}

/** What keys and clicks do, and which picture has the focus. */
function useKeys(
  { count, idOf, selected, onSelect, onOpen }: PictureGridProps,
  frame: React.RefObject<HTMLDivElement | null>,
  layout: GridLayout,
  height: number,
) {
  const [wanted, setActive] = useState(0);
  const anchor = useRef(0);
  const active = Math.max(0, Math.min(wanted, count - 1));
  const goTo = useCallback(
    (index: number) => {
      setActive(index);
      const element = frame.current!;
      const top = layout.top(layout.rowOf(index));
      if (top < element.scrollTop) element.scrollTop = top;
      const bottom = top + layout.rowHeight - height;
      if (bottom > element.scrollTop) element.scrollTop = bottom;
      requestAnimationFrame(() => {
        element.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
      });
    },
    [frame, layout, height],
  );
  const toggle = (index: number) => {
    const next = new Set(selected);
    if (!next.delete(idOf(index))) next.add(idOf(index));
    anchor.current = index;
    onSelect(next);
  };
  const extend = (index: number) => {
    const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
    onSelect(new Set([...selected, ...indexes(from, to + 1).map(idOf)]));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = steppedTo(event.key, active, layout, count, Math.floor(height / layout.rowHeight));
    if (to !== undefined) {
      goTo(to);
      if (event.shiftKey) extend(to);
      else anchor.current = to;
    } else if (event.key === "Enter") onOpen ? onOpen(idOf(active)) : toggle(active);
    else if (event.key === " ") event.shiftKey ? extend(active) : toggle(active);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey))
      onSelect(new Set(indexes(0, count).map(idOf)));
    else if (event.key === "Escape" && selected.size > 0) onSelect(new Set());
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("[data-index]");
    if (!cell) return;
    const index = Number(cell.dataset.index);
    setActive(index);
    cell.focus({ preventScroll: true });
    const marks =
      !onOpen || selected.size > 0 || target.closest(".picture-mark") || event.ctrlKey || event.metaKey;
    if (event.shiftKey) extend(index);
    else if (marks) toggle(index);
    else onOpen?.(idOf(index));
  };
  return { active, onKeyDown, onClick };
}
