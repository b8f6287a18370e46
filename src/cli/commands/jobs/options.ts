import { Option } from "commander";

export interface PlanFlag {
  plan: string;
}

export const planOption = () =>
  new Option(
    "-p, --plan <place>",
    "where the plan lies: a folder, or an address such as s3://bucket/run",
  ).makeOptionMandatory();
