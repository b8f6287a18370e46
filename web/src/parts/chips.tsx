import { type ClipboardEvent, type KeyboardEvent, memo, useCallback, useId, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";
import { Label, Tag, TagGroup, TagList } from "react-aria-components/TagGroup";
import { text } from "../text/en.js";
import { Button as PageButton } from "./button.js";
import "./chips.css";

/** A list of short texts that a person types, pastes and takes away. Each stands in it once. */
export function Chips(props: {
  readonly label: string;
  /** Beside the label, such as how many there are. */
  readonly note?: string | undefined;
  readonly items: readonly string[];
  readonly onChange: (items: readonly string[]) => void;
  readonly placeholder?: string;
  /** Called with what is typed and not yet entered. */
  readonly onDraft?: (draft: string) => void;
}) {
  const { label, note: beside, items, onChange, placeholder, onDraft } = props;
  const [draft, setDraft] = useState("");
  const [note, setNote] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const type = (value: string) => {
    setDraft(value);
    onDraft?.(value);
  };
  const add = (value: string) => {
    const { added, twice } = news(items, value);
    if (added.length > 0) onChange([...items, ...added]);
    setNote(twice.length === 0 ? "" : text.chips.twice(twice));
    type("");
  };
  const remove = (gone: ReadonlySet<unknown>) => onChange(items.filter((item) => !gone.has(item)));
  const latest = useRef(remove);
  latest.current = remove;
  // The same function for good, so that typing does not draw hundreds of chips anew.
  const stableRemove = useCallback((gone: ReadonlySet<unknown>) => latest.current(gone), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      add(draft);
    } else if (event.key === "Backspace" && draft === "" && items.length > 0) {
      type(items.at(-1)!);
      remove(new Set([items.at(-1)]));
      event.preventDefault();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    if (!/[\n,;\t]/.test(pasted)) return;
    event.preventDefault();
    add(draft + pasted);
  };
  return (
    <div className="chips">
      <List label={label} beside={beside} items={items} onRemove={stableRemove} />
      <input
        ref={input}
        className="input"
        aria-label={text.chips.add(label)}
        aria-describedby={`${id}-note`}
        value={draft}
        placeholder={placeholder}
        enterKeyHint="done"
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => draft.trim() && add(draft)}
      />
      <p id={`${id}-note`} className="field-note" role="status">
        {note}
      </p>
    </div>
  );
}

/** Chips that are drawn before somebody asks for all. */
const FEW = 150;

const List = memo(function List({
  label,
  beside,
  items,
  onRemove,
}: {
  label: string;
  beside: string | undefined;
  items: readonly string[];
  onRemove: (gone: ReadonlySet<unknown>) => void;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? items : items.slice(-FEW);
  return (
    <>
      <TagGroup onRemove={onRemove}>
        <div className="chips-head">
          <Label className="field-label">{label}</Label>
          <span className="muted">{beside}</span>
        </div>
        <TagList className="chip-list" items={shown.map((item) => ({ id: item }))}>
          {({ id: item }) => (
            <Tag className="chip" id={item} textValue={item}>
              <span className="chip-text">{item}</span>
              <Button slot="remove" className="chip-remove" aria-label={text.chips.remove(item)}>
                <Cross />
              </Button>
            </Tag>
          )}
        </TagList>
      </TagGroup>
      {shown.length < items.length && (
        <PageButton kind="quiet" onPress={() => setShowsAll(true)}>
          {text.chips.all(items.length - shown.length)}
        </PageButton>
      )}
    </>
  );
});

function Cross() {
  return (
    <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      <path d="M1.5 1.5l7 7m0-7l-7 7" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}

/** What of a typed or pasted list is new, and what is there already. */
function news(items: readonly string[], list: string): { added: string[]; twice: string[] } {
  const known = new Set(items);
  const added: string[] = [];
  const twice: string[] = [];
  for (const item of list.split(/[\n\r,;\t]+/).map((each) => each.trim())) {
    if (item === "") continue;
    if (known.has(item)) twice.push(item);
    else added.push(item);
    known.add(item);
  }
  return { added, twice };
}
