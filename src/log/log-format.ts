import { VouchError } from '../errors.ts';

/** The version of the layout of a log. */
export const LOG_FORMAT = 'vouch-log/1';

/** That of a log which has `index` records, and the pages of its index: programs before it would not understand them. */
export const INDEXED_LOG_FORMAT = 'vouch-log/2';

/** `config` unless this program knows the format. */
export function assertLogFormat(format: Uint8Array): void {
  const version = Buffer.from(format).toString();
  if (version === LOG_FORMAT || version === INDEXED_LOG_FORMAT) return;
  const known = `"${LOG_FORMAT}" and "${INDEXED_LOG_FORMAT}"`;
  throw new VouchError('config', `The log has the format "${version}"; this program knows only ${known}.`);
}
