import { join } from 'node:path';
import type { Command } from 'commander';
import { toMessage, VouchError } from '../errors.ts';
import type { Decision } from '../policy/decision.ts';
import type { Posting, UseReporter } from '../site/use/use-reporter.ts';
import type { UseTally } from '../site/use/use-tally.ts';
import { isSiteName, type UseReceipt, writeReceipt } from '../usage/use-receipt.ts';
import { findToken } from './access-token.ts';
import type { Call } from './call.ts';
import { toStateDirectory } from './log-address.ts';
import { send, toRefusalFault } from './request.ts';

/** What is counted and told to a registry. */
export interface UseReport {
  readonly tally: UseTally;
  readonly reporter: UseReporter;
}

const LIMITS = { timeoutMs: 10_000, replyBytes: 64 * 1024, isDirect: true };
const WRITE_MS = 30_000;

/** Adds the option by which a site tells a registry of its use. */
export function addReportOption(command: Command): Command {
  return command.option(
    '--report <as>',
    'tell the registry by day how often each of its images was allowed, denied and downloaded, as the site of\n' +
      'this name; "unnamed" without a name, "off" not at all (the default; else VOUCH_REPORT)',
  );
}

/**
 * Opens what is told to the registry at an address; undefined where the operator of the site has not said that it be. Throws `usage` for a
 * name that is none, and without a token for that registry.
 */
export async function openReport(
  { settings, terminal, options }: Pick<Call<{ readonly state?: string }>, 'settings' | 'terminal' | 'options'>,
  address: string,
): Promise<UseReport | undefined> {
  const { report = 'off' } = settings;
  if (report === 'off') return undefined;
  if (!isSiteName(report)) {
    throw new VouchError('usage', '--report must be a name of at most 80 visible characters, "unnamed" or "off".');
  }
  const { token } = findToken(settings, address);
  if (token === undefined) {
    const how = 'its operator makes one with "vouch token FILE NAME --role site"';
    throw new VouchError('usage', `--report needs a token of ${address} (--token-file): ${how}.`);
  }
  const { UseTally } = await import('../site/use/use-tally.ts');
  const { UseReporter } = await import('../site/use/use-reporter.ts');
  const { io } = terminal;
  // Who ends the command hears nothing of what that broke off.
  const tell = (sentence: string): void => {
    if (!io.signal.aborted) terminal.say(sentence);
  };
  const now = (): Date => new Date();
  const tally = new UseTally(join(toStateDirectory(options.state, io, address), 'use'), now, tell);
  const post = (receipt: UseReceipt): Promise<Posting> => postReceipt(address, token, receipt, io.signal);
  const site = report === 'unnamed' ? {} : { site: report };
  return { tally, reporter: new UseReporter(tally, { ...site, post, now, tell }) };
}

/** Counts a decision, if it rests on statements of the registry: of other images it need not know that anybody asked. */
export function countDecision(tally: UseTally, { image, outcome, reasons, entry }: Decision, origin?: string): void {
  const origins = [entry, ...reasons.map((reason) => reason.entry)].flatMap((one) => (one ? [one.origin] : []));
  const isTheirs = origins.some((one) => origin === undefined || one === origin);
  if (isTheirs) tally.count(image, outcome === 'allow' ? 'allowed' : 'denied');
}

/** Counts what a command did, and tells the registry if it is time. Never throws: what was decided is not touched by it. */
export async function reportOnce(
  call: Pick<Call<{ readonly state?: string; readonly offline?: boolean }>, 'settings' | 'terminal' | 'options'>,
  address: string,
  count: (tally: UseTally) => void,
): Promise<void> {
  try {
    const report = await openReport(call, address);
    if (report === undefined) return;
    count(report.tally);
    if (call.options.offline === true) await report.tally.write();
    else await report.reporter.round();
  } catch (thrown) {
    call.terminal.say(`Use is not reported: ${toMessage(thrown)}`);
  }
}

/** Writes and tells from time to time what a daemon counts; at its end all is on disk. */
export function keepReporting(reports: readonly UseReport[]): AsyncDisposable {
  const timers = reports.map(({ reporter }) => setInterval(() => void reporter.round(), WRITE_MS));
  return {
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(reports.map(({ reporter }) => reporter.close()));
    },
  };
}

async function postReceipt(address: string, token: string, receipt: UseReceipt, signal: AbortSignal): Promise<Posting> {
  const body = new TextEncoder().encode(JSON.stringify(writeReceipt(receipt)));
  const request = { method: 'POST', accept: 'application/json', contentType: 'application/json', body, token } as const;
  try {
    const reply = await send(`${address}/usage/receipts`, { ...request, limits: LIMITS }, signal);
    if (reply.isOk) return { outcome: 'taken' };
    const { message, retryAfterSeconds } = toRefusalFault(reply);
    if (reply.status === 400 || reply.status === 413) return { outcome: 'refused', why: message };
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1_000 };
    return { outcome: 'failed', why: message, ...retry };
  } catch (thrown) {
    return { outcome: 'failed', why: toMessage(thrown) };
  }
}
