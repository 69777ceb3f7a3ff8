/** What an `.info` file says of an authority, as far as it decides whether the authority is trusted. */
export interface AuthorityNote {
  /** As written, such as `accredited:classic`, `discontinued` or `unaccredited:…`. */
  readonly status: string | undefined;
  /** SHA-1 fingerprints of the certificate, lower-case hex without colons. */
  readonly fingerprints: readonly string[];
  /** Slash name. */
  readonly subject: string | undefined;
  readonly crlUrls: readonly string[];
}

const LENGTH_LIMIT = 64 * 1024;

/** Reads an `.info` file (IGTF distribution format): lines `name = value`, `#` comments, `\` continues a line. Unknown names are passed over. */
export function readAuthorityNote(text: string): AuthorityNote {
  const values = new Map<string, string>();
  const lines = text
    .slice(0, LENGTH_LIMIT)
    .replace(/\\\r?\n/g, ' ')
    .split(/\r\n|[\r\n]/);
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at < 0 || /^\s*#/.test(line)) continue;
    const value = line.slice(at + 1).trim();
    values.set(line.slice(0, at).trim().toLowerCase(), /^"(.*)"$/.exec(value)?.[1] ?? value);
  }
  const named = (pattern: RegExp): string[] =>
    [...values].flatMap(([name, value]) => (pattern.test(name) && value !== '' ? [value] : []));
  return {
    status: named(/^status$/)[0],
    fingerprints: named(/^sha1fp(?:\.\d+)?$/).map((value) => value.replace(/[:\s]/g, '').toLowerCase()),
    subject: named(/^subjectdn$/)[0],
    crlUrls: named(/^crl_?url(?:\.\d+)?$/).flatMap(readUrls),
  };
}

/** The addresses of a `.crl_url` file: one or more a line, `#` comments. */
export function readCrlUrls(text: string): string[] {
  return text
    .slice(0, LENGTH_LIMIT)
    .split(/[\r\n]+/)
    .flatMap((line) => readUrls(line.replace(/^\s*#.*$/, '')));
}

function readUrls(text: string): string[] {
  return text.split(/[\s;]+/).filter((word) => word !== '');
}
