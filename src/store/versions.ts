import type { Table as LanceTable } from "@lancedb/lancedb";
import { NearlabelError } from "../errors.js";
import type { TableVersion } from "./table-state.js";

/** The states that a table has been in, oldest first. */
export async function listVersions(table: LanceTable): Promise<TableVersion[]> {
  const versions = await table.listVersions();
  return versions
    .map(({ version, timestamp, metadata }) => ({
      version,
      created: timestamp.toISOString(),
      rows: Number(metadata.total_rows),
    }))
    .sort((a, b) => a.version - b.version);
}

/** @throws NearlabelError `OPTION_INVALID` where `version` is none of `versions` */
export function expectVersion(place: string, version: number, versions: readonly TableVersion[]): void {
  if (versions.some((each) => each.version === version)) return;
  const range = `${versions[0]?.version} to ${versions.at(-1)?.version}`;
  throw new NearlabelError("OPTION_INVALID", `${place}: no version ${version}; there are ${range}.`);
}

/** Makes the rows and metadata of an earlier version the newest ones. */
export async function restoreVersion(table: LanceTable, version: number): Promise<void> {
  try {
    await table.checkout(version);
    await table.restore();
  } finally {
    await table.checkoutLatest();
  }
}
