import { describe, expect, it } from 'vitest';
import { convertOriginalPolicy } from '../../src/policy/convert-original.ts';
import { readText } from './judged.ts';

const TEXT = `# a comment
[endorsers]
whitelistendorsers=
 jane@example.org
 Joe@example.org
blacklistendorsers = eve@example.org, mallory@example.org
[images]
whitelistimages=
blacklistimages=
 GOaxJFdoEXvqAm9ArJgnZ0_ky6F
 TOO-SHORT
[checksums]
whitelistchecksums=
blacklistchecksums: 639AC4915da045efa809bd02b2609d9d3f932e85
`;

describe('an original policy.cfg', () => {
  it('becomes a policy that says the same', () => {
    const conversion = convertOriginalPolicy(TEXT);
    expect(conversion).toMatchObject({
      ok: true,
      document: {
        rules: [
          {
            endorsers: {
              allow: [
                { email: 'jane@example.org', emailAlone: true },
                { email: 'Joe@example.org', emailAlone: true },
              ],
              deny: [{ email: 'eve@example.org' }, { email: 'mallory@example.org' }],
            },
          },
          { images: { deny: ['GOaxJFdoEXvqAm9ArJgnZ0_ky6F'] } },
          { checksums: { deny: ['639AC4915da045efa809bd02b2609d9d3f932e85'] } },
          { certificate: { imported: 'accept' } },
        ],
      },
    });
    if (!conversion.ok) throw new Error();
    expect(conversion.notes).toContain(
      'TOO-SHORT in images.blacklistimages fits nothing, here as there, and is left out.',
    );
    expect(readText(JSON.stringify(conversion.document)).ok).toBe(true);
  });

  it('with empty lists takes anyone, and with a list of nonsense nothing', () => {
    const anyone = convertOriginalPolicy('[endorsers]\nwhitelistendorsers=\n');
    expect(anyone).toMatchObject({ ok: true, document: { rules: [{ endorsers: { allow: 'anyone' } }, {}] } });
    const nothing = convertOriginalPolicy('[images]\nwhitelistimages=\n NONSENSE\n');
    expect(nothing).toMatchObject({ ok: true, document: { rules: [{}, { images: { allow: [] } }, {}] } });
  });

  it.each([
    ['[endorsers]\nwhitelist=\n', 2, 'the original has no list endorsers.whitelist'],
    [' jane@example.org\n', 1, '"jane@example.org" is neither a section, an option nor a value'],
    [
      '[endorsers]\nwhitelistendorsers=\njane@example.org',
      3,
      '"jane@example.org" is neither a section, an option nor a value',
    ],
  ])('says what it does not understand: %j', (text, line, message) => {
    expect(convertOriginalPolicy(text)).toEqual({ ok: false, line, message });
  });

  it('never throws, and what it converts is a policy', () => {
    const parts = [...TEXT.split('\n'), ' x', '=', '[', 'images.x=1', '\u0000', '[constructor]', '__proto__=1'];
    for (let seed = 1; seed < 400; seed += 1) {
      const text = Array.from({ length: 6 }, (_, at) => parts[(seed * (at + 7) * 31 + at * at) % parts.length]).join(
        '\n',
      );
      const conversion = convertOriginalPolicy(text);
      if (conversion.ok) expect(readText(JSON.stringify(conversion.document)).ok).toBe(true);
    }
  });
});
