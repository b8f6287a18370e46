/** Two sources of the same name and version hold the same bytes, as far as can be told without reading them. */
export interface SourceVersion {
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
}
