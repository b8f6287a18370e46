/**
 * Stands, among what is to be kept in floats, for the products that give fewer numbers than they take, such as the second one of a
 * transformer's block: their sums have the most terms, and what goes in has the most outliers, so 8 bits lose most there.
 */
export const NARROWING = "narrowing";
