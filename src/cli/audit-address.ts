import { auditSource } from '../peer/audit-source.ts';
import { judgeHead } from '../peer/judge-head.ts';
import { judgeRecord } from '../peer/judge-record.ts';
import { fetchLogHead, type LogHead } from '../peer/log-head.ts';
import type { LogSource } from '../peer/log-source.ts';
import { toVisibleText } from '../server/visible-text.ts';
import { findToken } from './access-token.ts';
import type { Call } from './call.ts';
import { EXIT } from './exit-code.ts';
import { fetchLogKey, openLogAt, readLogKeyOption, readWitnessesOption } from './log-address.ts';
import { openWorld } from './world.ts';

export interface AuditOptions {
  readonly logKey?: string;
  readonly witnesses?: string;
  readonly json?: boolean;
}

/** Audits the log at an address: downloads all of it, and verifies every document again. */
export async function auditAddress(call: Call<AuditOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const source = await openLogAt(words[0]!, { signal: terminal.io.signal, ...findToken(call.settings, words[0]!) });
  const log = options.logKey === undefined ? await fetchLogKey(source) : readLogKeyOption(options.logKey);
  const policy = await readWitnessesOption(options.witnesses, terminal);
  const witnesses = policy?.witnesses.map(({ key }) => key) ?? [];
  const head = await fetchLogHead(source, { log, witnesses });
  judgeHead(head, { now: new Date(), ...(policy && { policy }) });
  const problems = await auditDocuments(call, source, head);
  const { size } = head;
  const origin = toVisibleText(head.origin);
  if (options.json === true) terminal.printJson({ origin, size, problems });
  else for (const problem of problems) terminal.print(toVisibleText(problem));
  if (options.logKey === undefined) terminal.say('The key is the one that the registry names; --log-key takes yours.');
  if (problems.length > 0) {
    terminal.say(`${origin}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`} found.`);
    return EXIT.contradiction;
  }
  terminal.say(`${origin} is sound: all of its ${size} records and their documents are what was signed.`);
  return EXIT.yes;
}

async function auditDocuments({ terminal }: Call<AuditOptions>, source: LogSource, head: LogHead): Promise<string[]> {
  using world = await openWorld();
  using progress = terminal.progress('audit', 'count');
  return await auditSource(source, head, {
    judge: (record, document) => judgeRecord(record, document, world),
    onProgress: progress.update,
  });
}
