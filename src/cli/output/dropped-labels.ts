import type { LabelIndexInfo } from "../../labels/index/index-info.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import type { Terminal } from "../terminal/terminal.js";

/** Tells on stderr what was fitted for the labels of an index before they changed, and is not in it any more. */
export function tellDropped(before: LabelIndexInfo, { info }: LabelIndex, { stderr }: Terminal): void {
  const dropped = [
    ...(before.calibration && !info.calibration ? ["temperature"] : []),
    ...(before.rejection && !info.rejection ? ["threshold"] : []),
  ].join(" and ");
  if (dropped !== "") stderr.write(`The ${dropped} belonged to the labels before, and went; fit again.\n`);
}
