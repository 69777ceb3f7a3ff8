import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FINDING_CHECKS } from '../src/errors.ts';

const documented = [...readFileSync('docs/findings.md', 'utf8').matchAll(/^### (.+)$/gm)].map((match) => match[1]!);
const codes = Object.keys(FINDING_CHECKS);

it('documents every finding code, under the check it belongs to, and none that does not exist', () => {
  expect(documented).toEqual(codes);
});

it('reports every finding code somewhere', () => {
  const text = ['xml', 'x509', 'rdf', 'entry', 'verify', 'registry']
    .flatMap((room) => readdirSync(join('src', room)).map((file) => readFileSync(join('src', room, file), 'utf8')))
    .join('\n');
  expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});
