/** What every command on a table is given. */
export const TABLE_ARGUMENT = ["<table>", "the table, or the folder of pictures whose own it is"] as const;
