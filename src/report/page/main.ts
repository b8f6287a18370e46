import type { ReportData } from "../data.js";
import { element } from "./parts/element.js";
import { showReport } from "./report.js";

const data = JSON.parse(document.querySelector("#data")!.textContent) as ReportData;
showReport(document.body, data, { main: element("main", { class: "parts" }) });
