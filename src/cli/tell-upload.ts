import { writeEntryTime } from '../entry/entry-time.ts';
import { toVisibleText } from '../server/visible-text.ts';
import type { Uploading } from './client.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { countFindings, toFindingJson, writeFinding } from './write-finding.ts';

/** Tells what became of an upload: its location as the result, the rest as talk. Gives the exit code. */
export function tellUpload(terminal: Terminal, upload: Uploading, options: { json: boolean; file?: string }): number {
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
    const until = writeEntryTime(upload.expiresAt);
    terminal.say(
      `${name}valid, and waiting until its endorser follows the link in the mail (until ${until}; see --wait)`,
    );
  } else {
    terminal.print(toVisibleText(upload.location));
    const became = upload.outcome === 'known' ? 'known already, as' : 'accepted as';
    const state =
      upload.outcome === 'pending'
        ? 'which its witnesses have not seen yet; it is shown when they have (--wait waits for that)'
        : `(its signed size is ${upload.size})`;
    terminal.say(`${name}${became} number ${upload.index} of the log ${state}`);
  }
  for (const finding of upload.findings) terminal.say(writeFinding(finding, terminal));
  return upload.ok ? EXIT.yes : EXIT.no;
}
