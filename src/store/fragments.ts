import type { Table as LanceTable } from "@lancedb/lancedb";

/** Rows that lie in a file of their own, which a damaged disk may take without the others. */
export interface Fragment {
  readonly number: number;
  readonly rows: number;
}

/** A row's address holds the number of its fragment above these many. */
const FRAGMENT_ROWS = 2 ** 32;

/** Rows that are read at a time. */
const READ_ROWS = 2048;

/** The fragments that cannot be read: their files are gone or damaged. Reads all of the table, fragment by fragment. */
export async function unreadableFragments(table: LanceTable): Promise<Fragment[]> {
  const unreadable: Fragment[] = [];
  for (const [number, addresses] of await addressesByFragment(table)) {
    if (!(await isReadable(table, addresses))) unreadable.push({ number, rows: addresses.length });
  }
  return unreadable;
}

/** Takes the rows of fragments out of the table, for which their files are not read. */
export async function removeFragments(table: LanceTable, fragments: readonly Fragment[]): Promise<void> {
  await table.delete(fragments.map(rowsOfFragment).join(" OR "));
}

/** Row addresses are in no file: they are known of damaged fragments too. */
async function addressesByFragment(table: LanceTable): Promise<Map<number, number[]>> {
  const fragments = new Map<number, number[]>();
  for await (const batch of table.query().withRowId().select(["_rowid"])) {
    for (const value of batch.getChild("_rowid")!) {
      const address = Number(value);
      const number = Math.floor(address / FRAGMENT_ROWS);
      const addresses = fragments.get(number);
      if (addresses) addresses.push(address);
      else fragments.set(number, [address]);
    }
  }
  return fragments;
}

/** Rows are taken by their addresses: a query that asks for those of one fragment opens the files of all. */
async function isReadable(table: LanceTable, addresses: readonly number[]): Promise<boolean> {
  try {
    for (let start = 0; start < addresses.length; start += READ_ROWS) {
      await table.takeRowIds(addresses.slice(start, start + READ_ROWS)).toArrow();
    }
    return true;
  } catch {
    return false;
  }
}

function rowsOfFragment({ number }: Fragment): string {
  return `(_rowid >= ${number * FRAGMENT_ROWS} AND _rowid < ${(number + 1) * FRAGMENT_ROWS})`;
}
