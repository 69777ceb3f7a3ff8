import { homedir } from 'node:os';
import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import { readVerifierKey, type VerifierKey } from '../log/note-key.ts';
import { sha256Hex } from '../log/sha256.ts';
import { readWitnessPolicy, type WitnessPolicy } from '../log/witness-policy.ts';
import { HttpLogSource, type HttpLogSourceOptions } from '../peer/http-log-source.ts';
import type { Io } from './io.ts';
import type { Terminal } from './terminal.ts';

/** The log at an address: that of a registry, or the prefix of any log that keeps to C2SP tlog-tiles. Throws `usage`, `unreachable`. */
export async function openLogAt(address: string, options: HttpLogSourceOptions): Promise<HttpLogSource> {
  const base = new HttpLogSource(address, options);
  const ofRegistry = new HttpLogSource(`${base.name}/log`, options);
  try {
    await ofRegistry.checkpoint();
    return ofRegistry;
  } catch (fault) {
    if (fault instanceof VouchError && fault.code === 'not-found') return base;
    throw fault;
  }
}

/** Reads the public key of a log; throws `usage` for that of somebody else. */
export function readLogKeyOption(vkey: string): VerifierKey {
  const key = readVerifierKey(vkey);
  if (key.kind === 'log') return key;
  throw new VouchError('usage', `${vkey} is the key of a witness, not of a log.`);
}

/** The public key that the log itself names: good for who believes whoever answers there. */
export async function fetchLogKey(source: HttpLogSource): Promise<VerifierKey> {
  return readLogKeyOption(
    Buffer.from(await source.key())
      .toString()
      .trimEnd(),
  );
}

/** The policy that says which witnesses must have seen a checkpoint, from a file; undefined where none is given. */
export async function readWitnessesOption(
  file: string | undefined,
  terminal: Terminal,
): Promise<WitnessPolicy | undefined> {
  return file === undefined ? undefined : readWitnessPolicy(await terminal.read(file));
}

/** Where what this machine remembers lies: `--state`, or below that of the XDG base directories. */
export function toStateRoot(state: string | undefined, { env }: Pick<Io, 'env'>): string {
  return state ?? join(env.XDG_STATE_HOME || join(env.HOME ?? homedir(), '.local', 'state'), 'vouch');
}

/** Where what is remembered of a log lies: a directory for each. */
export function toStateDirectory(state: string | undefined, io: Pick<Io, 'env'>, address: string): string {
  const root = toStateRoot(state, io);
  const { host } = new URL(address);
  return join(root, 'logs', `${host.replace(/[^a-z0-9.-]/g, '_')}-${sha256Hex(Buffer.from(address)).slice(0, 16)}`);
}
