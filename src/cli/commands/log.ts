import type { Command } from 'commander';
import type { Bind } from '../call.ts';
import { addLogAudit } from './log-audit.ts';
import { addLogBundle } from './log-bundle.ts';
import { addLogCheck } from './log-check.ts';
import { addLogCheckpoint } from './log-checkpoint.ts';
import { addLogEvidence } from './log-evidence.ts';
import { addLogMonitor } from './log-monitor.ts';
import { addLogProof } from './log-proof.ts';

/** `vouch log …`: what keeps an eye on the history. */
export function addLog(program: Command, bind: Bind): void {
  const log = program
    .command('log')
    .summary('look at the transparency log')
    .description('Looks at the transparency log: the list of all that was ever accepted, which only grows.');
  addLogCheckpoint(log, bind);
  addLogProof(log, bind);
  addLogCheck(log, bind);
  addLogBundle(log, bind);
  addLogAudit(log, bind);
  addLogMonitor(log, bind);
  addLogEvidence(log, bind);
}
