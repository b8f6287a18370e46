import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useEffect, useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { keepPicture, keptPicture } from "../../chosen/kept-pictures.js";
import { Button } from "../../parts/button.js";
import { Field } from "../../parts/field.js";
import { Picture } from "../../parts/picture.js";
import { StoredPicture } from "../../parts/stored-picture.js";
import { text } from "../../text/en.js";
import { Chip } from "./chip.js";
import { changeQuery, draftTerm, type Query, type Term } from "./query.js";

/** Words while they are typed, and terms: words, pictures of the table, a person's own; each can be turned to minus. */
export function QueryInput({ table, query }: { table: string; query: Query }) {
  const { draft, terms } = query;
  const change = (next: readonly Term[]) => changeQuery({ terms: next, draft });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const typed = draftTerm(draft);
    if (event.key === "Enter" && typed) changeQuery({ terms: [...terms, typed], draft: "" });
    else if (event.key === "Backspace" && draft === "" && terms.length > 0) change(terms.slice(0, -1));
    else return;
    event.preventDefault();
  };
  const addFiles = async (files: Iterable<File>) => {
    const added: Term[] = [];
    for (const file of files) {
      if (!file.type.startsWith("image/")) continue;
      added.push({ minus: false, kind: "own", value: await keepPicture({ name: file.name, content: file }) });
    }
    if (added.length > 0) change([...terms, ...added]);
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    void addFiles(event.clipboardData.files);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    void addFiles(event.dataTransfer.files);
  };
  return (
    <search
      className="query"
      aria-label={text.search.query}
      onPaste={onPaste}
      onDrop={onDrop}
      onDragOver={(event) => event.preventDefault()}
    >
      {terms.length > 0 && (
        <ul className="term-list">
          {terms.map((term, at) => (
            <TermChip
              key={`${term.kind} ${term.value}`}
              table={table}
              term={term}
              onRemove={() => change(terms.filter((_, place) => place !== at))}
              onTurn={() =>
                change(terms.map((each, place) => (place === at ? { ...each, minus: !each.minus } : each)))
              }
            />
          ))}
        </ul>
      )}
      <div className="query-line">
        <Field
          label={text.search.words}
          note={text.search.wordsNote}
          type="search"
          placeholder={text.search.placeholder}
          value={draft}
          autoComplete="off"
          autoCapitalize="off"
          enterKeyHint="search"
          onChange={(event) => changeQuery({ draft: event.target.value }, { replace: true })}
          onKeyDown={onKeyDown}
        />
        <FileTrigger
          acceptedFileTypes={["image/*"]}
          allowsMultiple
          onSelect={(files) => files && void addFiles(files)}
        >
          <Button>{text.search.byPicture}</Button>
        </FileTrigger>
      </div>
    </search>
  );
}

function TermChip(props: { table: string; term: Term; onRemove: () => void; onTurn: () => void }) {
  const { table, term, onRemove, onTurn } = props;
  const { kind, value, minus } = term;
  const name = kind === "words" ? value : text.search.thisPicture(value.slice(0, 6));
  return (
    <Chip name={name} onRemove={onRemove} sign={{ minus, onTurn }}>
      {kind === "words" && value}
      {kind === "stored" && <StoredPicture table={table} id={value} name={name} side={128} />}
      {kind === "own" && <OwnPicture id={value} name={name} />}
    </Chip>
  );
}

function OwnPicture({ id, name }: { id: string; name: string }) {
  const [source, setSource] = useState<string>();
  useEffect(() => {
    let made: string | undefined;
    let isGone = false;
    void keptPicture(id).then((picture) => {
      if (isGone) return;
      // Without it, what is shown in place of a picture that cannot be.
      made = picture && URL.createObjectURL(picture.content);
      setSource(made ?? "about:blank");
    });
    return () => {
      isGone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [id]);
  return source === undefined ? null : <Picture source={source} name={name} />;
}
