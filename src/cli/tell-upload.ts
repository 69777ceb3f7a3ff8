import { writeEntryTime } from '../entry/entry-time.ts';
import { toVisibleText } from '../server/visible-text.ts';
import type { Uploading } from './client.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { countFindings, toFindingJson, writeFinding } from './write-finding.ts';

/**
 * Tells what became of an upload: its location as the result, the rest as talk; `canWait` where the command has `--wait`. Gives the exit
 * code.
 */
export function tellUpload(
  terminal: Terminal,
  upload: Uploading,
  options: { json: boolean; file?: string; canWait?: boolean },
): number {
  const file = options.file === undefined ? {} : { file: options.file };
  if (options.json) {
    const { ok: accepted, findings, ...rest } = upload;
    terminal.printJson({ accepted, ...file, ...rest, findings: findings.map(toFindingJson) });
    return accepted ? EXIT.yes : EXIT.no;
  }
  const name = options.file === undefined ? '' : `${options.file}: `;
  if (!upload.ok) {
    terminal.say(`${name}refused: ${upload.findings.length === 0 ? upload.detail : countFindings(upload.findings)}`);
  } else if (upload.outcome === 'unconfirmed') {
    terminal.print(toVisibleText(upload.status));
    const hint = options.canWait === true ? '; --wait waits for that' : '';
    terminal.say(`${name}valid, and ${toWaiting(upload.expiresAt)}${hint}`);
  } else {
    terminal.print(toVisibleText(upload.location));
    const became = upload.outcome === 'known' ? 'known already, as' : 'accepted as';
    const state =
      upload.outcome === 'pending'
        ? `which its witnesses have not seen yet; it is shown when they have${options.canWait === true ? ' (--wait waits for that)' : ''}`
        : `(its signed size is ${upload.size})`;
    terminal.say(`${name}${became} number ${upload.index} of the log ${state}`);
  }
  for (const finding of upload.findings) terminal.say(writeFinding(finding, terminal));
  return upload.ok ? EXIT.yes : EXIT.no;
}

/** What an entry that its endorser is asked about waits for. */
export function toWaiting(expiresAt: Date): string {
  const until = writeEntryTime(expiresAt);
  return `waiting for its endorser: a mail with a link goes to the address it names, and the entry is dropped unless he follows it by ${until}`;
}
