import type { ReactNode } from "react";
import "./empty.css";

/** Stands where nothing is yet: what would be here, and what to do for it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
