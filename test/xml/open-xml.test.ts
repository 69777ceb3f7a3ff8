import { describe, expect, it } from 'vitest';
import { canonicalize } from './world.ts';

describe('canonical text', () => {
  it('keeps every U+FEFF of the document, wherever the pieces begin in which libxml2 hands it out', () => {
    const elements = '<a>\ufeff</a>'.repeat(5_000);
    for (let shift = 0; shift < 12; shift++) {
      const document = `<r>${'x'.repeat(shift)}${elements}</r>`;
      expect(canonicalize(document)).toBe(document);
      expect(canonicalize(document, 'exclusive')).toBe(document);
    }
  });

  it('keeps characters of several octets whole in long values', () => {
    for (let shift = 0; shift < 4; shift++) {
      const document = `<r a="${'x'.repeat(shift)}${'漢'.repeat(20_000)}">${'\u{1f600}'.repeat(16_000)}</r>`;
      expect(canonicalize(document)).toBe(document);
    }
  });
});
