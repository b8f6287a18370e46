/** What a key allows: to read what is stored, to have pictures and texts embedded, to change what is stored. */
export const SCOPES = ["read", "classify", "write"] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key as the server knows it, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Requests a minute. Default: as many as any client may. */
  readonly perMinute?: number | undefined;
}

/** The keys that the server knows. */
export interface ApiKeys {
  /** The key whose secret this is. Takes as long for one that is nearly right as for any other. */
  find(secret: string): ApiKey | undefined;
}
