import { VouchError } from '../errors.ts';
import { findMet } from '../log/find-met.ts';
import type { VerifierKey } from '../log/note-key.ts';
import type { Witness } from '../log/witness-policy.ts';
import type { Witnessing } from '../log/witnessing.ts';
import { fetchKept, HttpWitness } from '../peer/http-witness.ts';
import type { Keeper } from '../peer/rollback-guard.ts';
import type { WitnessedBy } from './registry-options.ts';

const PATIENCE_MS = 5_000;
const REFRESH_MS = 3_600_000;

/** How the log is witnessed under the operator's policy. `config` if the policy can do nothing for this log. */
export function openWitnessing(
  { policy, patienceMs, refreshMs }: WitnessedBy,
  log: VerifierKey,
  now: () => Date,
  told: Required<Pick<Witnessing, 'onNews' | 'onPublished'>>,
): Witnessing {
  if (policy.logs.length > 0 && !policy.logs.some(({ key }) => key.vkey === log.vkey)) {
    throw new VouchError('config', `The witness policy lists logs, but not this one: add "log ${log.vkey}".`);
  }
  const asked = policy.witnesses.filter(hasUrl);
  if (policy.quorum !== undefined && findMet(policy.quorum, new Set(asked)) === undefined) {
    throw new VouchError('config', 'The quorum of the witness policy cannot be met by the witnesses that have a URL.');
  }
  return {
    policy,
    peers: asked.map((witness) => new HttpWitness(witness)),
    now,
    patienceMs: patienceMs ?? PATIENCE_MS,
    refreshMs: refreshMs ?? REFRESH_MS,
    ...told,
  };
}

/** All who keep checkpoints of the log, as far as the operator named them. */
export function toKeepers(witnessing: Witnessing | undefined, mirrors: readonly string[] = []): Keeper[] {
  const witnesses = (witnessing?.peers ?? []).map((peer): Keeper => {
    return { name: `The witness ${peer.witness.name}`, latest: (origin, signal) => peer.latest(origin, signal) };
  });
  const mirrored = mirrors.map((url): Keeper => {
    return { name: `The mirror ${url}`, latest: (origin, signal) => fetchKept(url, origin, signal) };
  });
  return [...witnesses, ...mirrored];
}

function hasUrl(witness: Witness): witness is Witness & { readonly url: string } {
  return witness.url !== undefined;
}
