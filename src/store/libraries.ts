import type * as Arrow from "apache-arrow";
import { packageRequire } from "../files/package-files.js";

// Both by `require`, as LanceDB is CommonJS: `import` would load Arrow a second time, as ES modules, and LanceDB does not take
// the tables of that copy: it rebuilds them and loses the numbers of fixed-size lists, which is what vectors are.
export const lancedb = packageRequire()("@lancedb/lancedb") as typeof import("@lancedb/lancedb");
export const arrow = packageRequire()("apache-arrow") as typeof Arrow;
