import { base64ToBytes, bytesToBase64 } from '../xml/base64.ts';

/** One block of a PEM file (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`, … */
  readonly label: string;
  /** The block as it stands in the file, both its boundary lines included. */
  readonly text: string;
  /** RFC 1421 header lines, as old encrypted keys have them; empty if there are none. */
  readonly headers: string;
  /** What the base64 holds, or undefined if it is damaged or the block is cut off. */
  readonly der: Uint8Array | undefined;
}

/** The blocks of a PEM file in order; text around them is passed over, and a file without any gives an empty list. */
export function readPem(bytes: Uint8Array): PemBlock[] {
  const text = new TextDecoder('latin1').decode(bytes);
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const label = match[1]!;
    const boundary = `-----END ${label}-----`;
    const end = text.indexOf(boundary, begin.lastIndex);
    if (end < 0) return [...blocks, { label, text: text.slice(match.index), headers: '', der: undefined }];
    const content = text.slice(begin.lastIndex, end);
    // Base64 has no colon; where there is one, headers come first and an empty line ends them.
    const [headers, body] = content.includes(':') ? splitHeaders(content) : ['', content];
    begin.lastIndex = end + boundary.length;
    blocks.push({ label, text: text.slice(match.index, begin.lastIndex), headers, der: base64ToBytes(body) });
  }
  return blocks;
}

function splitHeaders(content: string): [headers: string, body: string] {
  const at = content.search(/\n\r?\n/);
  return at < 0 ? [content, ''] : [content.slice(0, at).trim(), content.slice(at)];
}

/** One PEM block with lines of 64 characters. */
export function writePem(label: string, der: Uint8Array): string {
  const lines = bytesToBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
