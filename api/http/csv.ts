import { stringify } from 'csv-stringify/sync';

/**
 * Rows as RFC 4180 has them. A cell that a spreadsheet would take for a formula gets a leading apostrophe: names come
 * from the incumbent, and whoever may name a group there must not run anything here.
 */
export const csvRows = (rows: readonly (readonly (string | null)[])[]): string =>
  stringify([...rows], { record_delimiter: 'windows', escape_formulas: true });
