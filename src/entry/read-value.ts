import type { FindingCode } from '../errors.ts';
import type { ElementKind } from './element.ts';
import { readEntryTime } from './entry-time.ts';
import { isIdentifier } from './identifier.ts';

export type ValueReading =
  /** `value` is undefined where an empty element states nothing. */
  | { readonly ok: true; readonly value: string | number | Date | undefined }
  | { readonly ok: false; readonly code: FindingCode; readonly message: string };

/** Reads the trimmed text of a body element. */
export function readBodyValue(kind: ElementKind, text: string): ValueReading {
  switch (kind) {
    case 'text':
    case 'language-text':
      return { ok: true, value: text === '' ? undefined : text };
    case 'kind':
      if (text === '') return { ok: true, value: undefined };
      if (text === 'machine' || text === 'disk') return { ok: true, value: text };
      return { ok: false, code: 'value', message: `${JSON.stringify(text)} is neither "machine" nor "disk".` };
    case 'identifier':
      if (text === '') return { ok: true, value: undefined };
      if (isIdentifier(text)) return { ok: true, value: text };
      return { ok: false, code: 'identifier', message: `${JSON.stringify(text)} is not an image identifier.` };
    case 'time': {
      const at = readEntryTime(text);
      if (at !== undefined) return { ok: true, value: at };
      return {
        ok: false,
        code: 'date',
        message: `${JSON.stringify(text)} is not a time of the form YYYY-MM-DDThh:mm:ssZ.`,
      };
    }
    case 'count':
      return readInteger(text, Number.MAX_SAFE_INTEGER);
    case 'port':
      return readInteger(text, 65_535);
    case 'icmp':
      return readInteger(text, 255);
    case 'uri':
      if (text === '') return { ok: true, value: undefined };
      if (isLocation(text)) return { ok: true, value: text };
      return { ok: false, code: 'location', message: `${JSON.stringify(text)} is not an absolute URI.` };
    case 'reason':
      if (text !== '') return { ok: true, value: text };
      return { ok: false, code: 'deprecated', message: 'the reason may not be empty.' };
  }
}

function readInteger(text: string, most: number): ValueReading {
  const value = /^\+?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return { ok: true, value };
  return { ok: false, code: 'value', message: `${JSON.stringify(text)} is not a whole number from 0 to ${most}.` };
}

/** RFC 3986: a scheme and characters that may stand in a URI (or IRI); nothing is fetched or resolved here. */
function isLocation(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\p{Cc}]+$/u.test(text) && text.length <= 4096;
}
