import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from "react";
import "./field.css";

interface Labelled {
  readonly label: string;
  /** What it does, in a few words. */
  readonly note?: ReactNode;
  /** What is wrong with the value. */
  readonly problem?: string | undefined;
}

type Own<T> = Omit<T, "id" | "aria-describedby" | "aria-invalid" | "className">;

/** A line of text or a number, with its name above and a note below. */
export function Field({
  label,
  note,
  problem,
  ...input
}: Labelled & Own<InputHTMLAttributes<HTMLInputElement>>) {
  const id = useId();
  return (
    <Frame id={id} label={label} note={note} problem={problem}>
      <input
        {...input}
        id={id}
        className="input"
        aria-describedby={`${id}-note`}
        aria-invalid={problem !== undefined}
      />
    </Frame>
  );
}

/** One of a few; `children` are options. */
export function Choice({
  label,
  note,
  problem,
  ...select
}: Labelled & Own<SelectHTMLAttributes<HTMLSelectElement>>) {
  const id = useId();
  return (
    <Frame id={id} label={label} note={note} problem={problem}>
      <select
        {...select}
        id={id}
        className="input"
        aria-describedby={`${id}-note`}
        aria-invalid={problem !== undefined}
      />
    </Frame>
  );
}

/** A number on a line. `shown` is the value as a person reads it. */
export function Slider({
  label,
  note,
  shown,
  ...input
}: Labelled & Own<InputHTMLAttributes<HTMLInputElement>> & { readonly shown: string }) {
  const id = useId();
  return (
    <div className="field slider">
      <div className="slider-head">
        <label className="field-label" htmlFor={id}>
          {label}
        </label>
        <output htmlFor={id}>{shown}</output>
      </div>
      <input {...input} id={id} type="range" aria-describedby={`${id}-note`} aria-valuetext={shown} />
      <p id={`${id}-note`} className="field-note">
        {note}
      </p>
    </div>
  );
}

/** On or off. */
export function Tick({ label, note, ...input }: Labelled & Own<InputHTMLAttributes<HTMLInputElement>>) {
  const id = useId();
  return (
    <div className="field">
      <label className="tick">
        <input {...input} type="checkbox" aria-describedby={`${id}-note`} />
        {label}
      </label>
      <p id={`${id}-note`} className="field-note">
        {note}
      </p>
    </div>
  );
}

function Frame({ id, label, note, problem, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children}
      <p
        id={`${id}-note`}
        className={problem === undefined ? "field-note" : "field-problem"}
        role={problem && "alert"}
      >
        {problem ?? note}
      </p>
    </div>
  );
}
