import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isMailAddress, toMailLine } from '../../src/mail/mail-line.ts';
import { readMailTemplate } from '../../src/mail/mail-template.ts';

const NAMES = { names: ['title'], links: ['url'] } as const;
const read = (content: string) => readMailTemplate<'title' | 'url'>(content, 'confirm.txt', NAMES);

describe('a mail template', () => {
  it('is filled with values of one line, and with links as they are', () => {
    const template = read('Subject: About {{title}}\n\n{{title}}\n{{url}}\n');
    const filled = template.fill({
      title: 'a\r\nBcc: x@y.z\r\n\r\nhttps://evil.example',
      url: 'https://r.example/confirm/t',
    });
    expect(filled.subject).toBe('About a Bcc: x@y.z https[:]//evil.example');
    expect(filled.text).toBe('a Bcc: x@y.z https[:]//evil.example\nhttps://r.example/confirm/t\n');
  });

  it('does not fill what a value says', () => {
    const { text } = read('Subject: s\n\n{{title}} {{url}}').fill({ title: '{{url}} $& $1', url: 'U' });
    expect(text).toBe('{{url}} $& $1 U');
  });

  test.each([
    ['no subject', 'Hello {{url}}', 'must begin with a line "Subject: …"'],
    ['no empty line', 'Subject: x\n{{url}}', 'must begin with a line "Subject: …"'],
    ['an unknown name', 'Subject: x\n\n{{url}} {{tilte}}', 'names {{tilte}}; there are title, url'],
    ['a name every object has', 'Subject: x\n\n{{url}} {{constructor}}', 'names {{constructor}}'],
    ['no link', 'Subject: x\n\nHello', 'lacks {{url}}'],
    ['a link in the subject', 'Subject: {{url}}\n\n{{url}}', 'has a link in its subject'],
  ])('with %s is refused', (_, content, why) => {
    expect(() => read(content)).toThrow(why);
  });
});

describe('a line of a mail', () => {
  it('is one line of bounded length for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const line = toMailLine(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/u);
        expect([...line].length).toBeLessThanOrEqual(121);
      }),
    );
  });
});

describe('an address', () => {
  test.each(['jane@example.org', "o'neil+x@sub.example.org", 'a.b@localhost'])('%s takes mail', (address) => {
    expect(isMailAddress(address)).toBe(true);
  });

  test.each([
    '"jane@evil.example x"@example.org',
    'jane@evil.example,ada@example.org',
    'jane@example.org\r\nRCPT TO:<x@y>',
    'Jane <jane@example.org>',
    'jane@[127.0.0.1]',
    'jäne@example.org',
    '.jane@example.org',
    `${'a'.repeat(250)}@example.org`,
  ])('%j does not: it could be read in two ways', (address) => {
    expect(isMailAddress(address)).toBe(false);
  });
});
