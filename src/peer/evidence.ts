import { VouchError } from '../errors.ts';
import { HASH_BYTES, isConsistent, PROOF_HASHES_LIMIT } from '../log/merkle.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { readBase64, writeBase64 } from '../proof/base64.ts';
import { readLogHead } from './log-head.ts';

/**
 * Proof that a log told two histories: two checkpoints it signed, and, where they are of different sizes, that the newer tree begins with
 * another tree than the older checkpoint says. Whoever has the log's public key can verify it, without asking anyone.
 */
export interface ForkEvidence {
  /** Signed note of the smaller tree. */
  readonly older: string;
  /** Signed note of the larger tree, or of one of the same size. */
  readonly newer: string;
  /** Root of what the newer tree begins with at the older one's size. */
  readonly prefix: Uint8Array;
  /** That `prefix` is the beginning of the newer tree: a consistency proof (RFC 6962 2.1.2). */
  readonly proof: readonly Uint8Array[];
}

const HEAD = 'vouch fork evidence v1';

/** Writes evidence as text: a head, the root and proof in base64, and the two notes, each after its number of lines. */
export function writeForkEvidence({ older, newer, prefix, proof }: ForkEvidence): string {
  const hashes = [`prefix ${writeBase64(prefix)}\n`, ...proof.map((hash) => `proof ${writeBase64(hash)}\n`)];
  return `${HEAD}\n${hashes.join('')}${writeNotes([older, newer])}`;
}

/** Writes what was seen when a log went back or stood still: its notes, in the order in which they were seen. Whoever saw must be believed. */
export function writeSighting(breach: 'rollback' | 'freeze', notes: readonly string[], at: Date): string {
  return `vouch ${breach} sighting v1\nat ${at.toISOString()}\n${writeNotes(notes)}`;
}

function writeNotes(notes: readonly string[]): string {
  return notes.map((note) => `note ${note.split('\n').length - 1}\n${note}`).join('');
}

/** Reads evidence; `malformed` if it is none. What it claims is for `isFork` to judge. */
export function readForkEvidence(text: string): ForkEvidence {
  const lines = text.split('\n');
  if (lines.shift() !== HEAD) throw malformed('its first line is another');
  const prefix = readHash(lines.shift(), 'prefix ');
  const proof: Uint8Array[] = [];
  while (lines[0]?.startsWith('proof ') === true) proof.push(readHash(lines.shift(), 'proof '));
  if (proof.length > PROOF_HASHES_LIMIT) throw malformed('its proof has too many hashes');
  const older = takeNote(lines);
  const newer = takeNote(lines);
  if (lines.length !== 1 || lines[0] !== '') throw malformed('it goes on after its two notes');
  return { older, newer, prefix, proof };
}

/** True if the evidence proves that the log with this key signed two histories that cannot both be true. */
export function isFork(evidence: ForkEvidence, log: VerifierKey): boolean {
  const older = readLogHead(Buffer.from(evidence.older), { log });
  const newer = readLogHead(Buffer.from(evidence.newer), { log });
  const { prefix, proof } = evidence;
  return isConsistent(older.size, prefix, newer.size, newer.root, proof) && !areEqualBytes(prefix, older.root);
}

function takeNote(lines: string[]): string {
  const count = /^note ([1-9][0-9]{0,3})$/.exec(lines.shift() ?? '')?.[1];
  if (count === undefined || lines.length <= Number(count)) throw malformed('a note is missing or cut off');
  return `${lines.splice(0, Number(count)).join('\n')}\n`;
}

function readHash(line: string | undefined, label: string): Uint8Array {
  const hash = line?.startsWith(label) === true ? readBase64(line.slice(label.length)) : undefined;
  if (hash?.length !== HASH_BYTES) throw malformed('a line is not the hash it should be');
  return hash;
}

function malformed(why: string): VouchError {
  return new VouchError('malformed', `This is not evidence of a fork: ${why}.`);
}
