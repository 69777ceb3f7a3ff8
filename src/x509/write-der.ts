import { VouchError } from '../errors.ts';
import { TAG } from './der.ts';

/** One DER value: identifier octet, minimal length, and the contents one after the other. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  const head = length < 0x80 ? [tag, length] : [tag, ...longLength(length)];
  const der = new Uint8Array(head.length + length);
  der.set(head);
  let at = head.length;
  for (const content of contents) {
    der.set(content, at);
    at += content.length;
  }
  return der;
}

/** An OBJECT IDENTIFIER from its dotted form; throws `usage` for text that is none. */
export function writeOid(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map(Number);
  const [root, second, ...rest] = arcs;
  const isValid = /^[012](\.(0|[1-9]\d{0,14}))+$/.test(dotted) && (root === 2 || second! < 40);
  if (!isValid) throw new VouchError('usage', `"${dotted}" is not an object identifier.`);
  return writeDer(TAG.oid, Uint8Array.from([root! * 40 + second!, ...rest].flatMap(base128)));
}

/** A string of the given string type from its text, encoded as UTF-8; the text MUST fit the type. */
export function writeText(tag: number, text: string): Uint8Array {
  return writeDer(tag, new TextEncoder().encode(text));
}

function longLength(length: number): number[] {
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function base128(arc: number): number[] {
  const octets = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift(0x80 | (rest % 128));
  return octets;
}
