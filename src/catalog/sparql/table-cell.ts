/** A text as a cell of CSV (RFC 4180): in quotes where it needs them. */
export function quoteCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A text as a literal of Turtle, which is a cell of SPARQL's TSV: on one line, in quotes. */
export function quoteTsv(text: string): string {
  return `"${text.replace(/[\t\n\r"\\]/g, (character) => JSON.stringify(character).slice(1, -1))}"`;
}
