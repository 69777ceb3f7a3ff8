import { toMessage, VouchError } from '../errors.ts';
import { findMet } from './find-met.ts';
import { readVerifierKey, type VerifierKey } from './note-key.ts';

/** A witness as a policy names it. */
export interface Witness {
  /** Used in the policy file alone; the key is what identifies a witness. */
  readonly name: string;
  readonly key: VerifierKey;
  /** Who runs it: the host in the name of its key. However many keys an operator has, he counts once. */
  readonly operator: string;
  /** Submission prefix: `<url>/add-checkpoint`. */
  readonly url?: string;
}

/** Met where at least `threshold` of the members are. */
export interface WitnessGroup {
  readonly threshold: number;
  readonly members: readonly Quorum[];
}

export type Quorum = Witness | WitnessGroup;

/** Whose checkpoints are believed, and which witnesses must have seen them (C2SP tlog-policy). */
export interface WitnessPolicy {
  readonly logs: readonly { readonly key: VerifierKey; readonly url?: string }[];
  readonly witnesses: readonly Witness[];
  /** Undefined for `quorum none`: the log's signature is enough. */
  readonly quorum: Quorum | undefined;
}

const BYTES_LIMIT = 256 * 1024;
/** Logs, witnesses and groups, each. */
const COUNT_LIMIT = 100;
const URL_SHAPE = /^https?:\/\/[^\s?#]+$/;

/** The operator behind a key: the name of the key up to its first slash. */
export function toOperator(keyName: string): string {
  return keyName.split('/', 1)[0]!;
}

/** Reads a policy file strictly; `malformed` names the line and what is wrong with it. */
export function readWitnessPolicy(bytes: Uint8Array): WitnessPolicy {
  if (bytes.length > BYTES_LIMIT) throw new VouchError('malformed', 'The policy is longer than 256 KiB.');
  // One character an octet: names are compared as octets, whatever they spell.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (text !== '' && !text.endsWith('\n')) throw new VouchError('malformed', 'The policy does not end with a newline.');
  const reader = new PolicyReader();
  for (const [at, line] of text.split('\n').entries()) {
    try {
      reader.take(line);
    } catch (cause) {
      throw new VouchError('malformed', `Line ${at + 1} of the policy: ${toMessage(cause)}`, { cause });
    }
  }
  return reader.finish();
}

class PolicyReader {
  readonly #logs: { key: VerifierKey; url?: string }[] = [];
  readonly #witnesses: Witness[] = [];
  /** Witnesses and groups by name, as octets; one name space. */
  readonly #named = new Map<string, Quorum>();
  /** What stands in a group already: each name can contribute in one way only. */
  readonly #members = new Set<string>();
  #quorum: { readonly of: Quorum | undefined } | undefined;

  take(line: string): void {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(line)) throw malformed('it has a control character.');
    const [keyword, ...fields] = line.split(/[ \t]+/).filter((field) => field !== '');
    if (keyword === undefined || keyword.startsWith('#')) return;
    if (keyword === 'log') this.#takeLog(fields);
    else if (keyword === 'witness') this.#takeWitness(fields);
    else if (keyword === 'group') this.#takeGroup(fields);
    else if (keyword === 'quorum') this.#takeQuorum(fields);
    else throw malformed(`it begins with "${toShown(keyword)}" instead of log, witness, group, quorum or #.`);
  }

  finish(): WitnessPolicy {
    if (this.#quorum === undefined) throw malformed('The policy has no quorum line.');
    const quorum = this.#quorum.of;
    if (quorum !== undefined && findMet(quorum, new Set(this.#witnesses)) === undefined) {
      throw malformed('The quorum of the policy can never be met: an operator counts once, however many keys he has.');
    }
    return { logs: this.#logs, witnesses: this.#witnesses, quorum };
  }

  #takeLog([vkey, url, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw malformed('it must be "log <vkey> [<url>]".');
    const key = readKey(vkey, 'log');
    assertNew(key, this.#logs);
    assertRoom(this.#logs.length);
    this.#logs.push({ key, ...readUrl(url) });
  }

  #takeWitness([name, vkey, url, ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) {
      throw malformed('it must be "witness <name> <vkey> [<url>]".');
    }
    const key = readKey(vkey, 'cosigner');
    assertNew(key, this.#witnesses);
    assertRoom(this.#witnesses.length);
    const witness = { name: toShown(name), key, operator: toOperator(key.name), ...readUrl(url) };
    this.#define(name, witness);
    this.#witnesses.push(witness);
  }

  #takeGroup([name, count, ...names]: readonly string[]): void {
    if (name === undefined || count === undefined || names.length === 0) {
      throw malformed('it must be "group <name> all|any|<k> <member>…".');
    }
    const members = names.map((member) => this.#find(member));
    const threshold = count === 'all' ? members.length : count === 'any' ? 1 : readCount(count);
    if (threshold === undefined || threshold > members.length) {
      throw malformed(`"${toShown(count)}" must be all, any, or a number from 1 to ${members.length}.`);
    }
    for (const member of names) {
      if (this.#members.has(member)) throw malformed(`${toShown(member)} is in a group already.`);
      this.#members.add(member);
    }
    assertRoom(this.#named.size - this.#witnesses.length);
    this.#define(name, { threshold, members });
  }

  #takeQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw malformed('it must be "quorum <name>".');
    if (this.#quorum !== undefined) throw malformed('there is a quorum line already.');
    this.#quorum = { of: name === 'none' ? undefined : this.#find(name) };
  }

  #define(name: string, meaning: Quorum): void {
    if (name === 'none') throw malformed('"none" cannot name a witness or group.');
    if (this.#named.has(name)) throw malformed(`the name ${toShown(name)} is taken already.`);
    this.#named.set(name, meaning);
  }

  #find(name: string): Quorum {
    const found = this.#named.get(name);
    if (found === undefined) throw malformed(`no line before it defines ${toShown(name)}.`);
    return found;
  }
}

function readKey(octets: string, kind: 'log' | 'cosigner'): VerifierKey {
  const key = readVerifierKey(toShown(octets));
  if (key.kind === kind) return key;
  throw malformed(`the key of ${key.name} is that of a ${key.kind}, not of a ${kind === 'log' ? 'log' : 'witness'}.`);
}

function assertNew(key: VerifierKey, others: readonly { readonly key: VerifierKey }[]): void {
  if (others.some((other) => other.key.publicKey === key.publicKey)) {
    throw malformed(`the key of ${key.name} is in the policy already.`);
  }
}

function assertRoom(count: number): void {
  if (count >= COUNT_LIMIT) throw malformed(`there are more than ${COUNT_LIMIT} lines of its kind.`);
}

function readUrl(octets: string | undefined): { url?: string } {
  if (octets === undefined) return {};
  const url = toShown(octets);
  if (!URL_SHAPE.test(url) || !URL.canParse(url) || new URL(url).username !== '') {
    throw malformed(`"${url}" is not an http or https URL without query and user name.`);
  }
  return { url: url.replace(/\/+$/, '') };
}

function readCount(text: string): number | undefined {
  return /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : undefined;
}

/** Octets as the text they most likely are. */
function toShown(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

function malformed(message: string): VouchError {
  return new VouchError('malformed', message);
}
