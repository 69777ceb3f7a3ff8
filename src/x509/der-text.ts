import { refuse, TAG } from './der.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a string type's content octets, or undefined if `tag` is no string type. TeletexString is read as Latin-1,
 * as every implementation does. Throws `malformed` for octets the type does not allow.
 */
export function readDerText(tag: number, content: Uint8Array, what: string): string | undefined {
  switch (tag) {
    case TAG.utf8String:
      return isAscii(content) ? toLatin1(content) : readUtf8(content, what);
    case TAG.printableString:
    case TAG.numericString:
    case TAG.visibleString:
    case TAG.ia5String:
      // PrintableString has fewer characters, but `@`, `*` and `_` in it are found in certificates in use.
      return isAscii(content)
        ? toLatin1(content)
        : refuse(`${what} holds a character that its string type does not have.`);
    case TAG.teletexString:
      return toLatin1(content);
    case TAG.bmpString:
      return readWide(content, 2, what);
    case TAG.universalString:
      return readWide(content, 4, what);
    default:
      return undefined;
  }
}

function readUtf8(content: Uint8Array, what: string): string {
  try {
    return utf8.decode(content);
  } catch {
    return refuse(`${what} is not UTF-8.`);
  }
}

function readWide(content: Uint8Array, width: 2 | 4, what: string): string {
  if (content.length % width !== 0) refuse(`${what} is cut off.`);
  let text = '';
  for (let at = 0; at < content.length; at += width) {
    let point = 0;
    for (let i = 0; i < width; i += 1) point = point * 256 + content[at + i]!;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      refuse(`${what} holds a character that does not exist.`);
    text += String.fromCodePoint(point);
  }
  return text;
}

function isAscii(content: Uint8Array): boolean {
  for (const octet of content) if (octet >= 0x80) return false;
  return true;
}

function toLatin1(content: Uint8Array): string {
  let text = '';
  for (const octet of content) text += String.fromCharCode(octet);
  return text;
}
