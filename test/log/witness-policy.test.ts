import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWitnessPolicy } from '../../src/log/witness-policy.ts';
import { KEY, ORIGIN } from './statement.ts';
import { makeCosigner } from './witnesses.ts';

const [A, B, C, B2] = ['a.example/witness', 'b.example/witness', 'c.example/witness', 'b.example/mirror'].map(
  (name) => makeCosigner(name).verifier.vkey,
) as [string, string, string, string];
const LOG = KEY.verifier.vkey;

const read = (text: string) => readWitnessPolicy(Buffer.from(text));

function refusal(text: string | Uint8Array): string {
  try {
    readWitnessPolicy(Buffer.from(text));
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'malformed' });
    return (thrown as Error).message;
  }
  return 'accepted';
}

describe('a policy', () => {
  it('is read with logs, witnesses, nested groups, comments and odd white space', () => {
    const policy = read(`# Three sites
log ${LOG} https://log.example.org/test/

witness A\t${A}   http://10.0.0.1:8080/witness
  witness B ${B} https://b.example/witness
witness B2 ${B2}
witness C ${C}
group site-b any B B2
group any-two 2 A site-b C
quorum any-two\t
`);
    expect(policy.logs).toMatchObject([{ key: { name: ORIGIN, kind: 'log' }, url: 'https://log.example.org/test' }]);
    expect(policy.witnesses.map(({ name, operator, url }) => [name, operator, url])).toEqual([
      ['A', 'a.example', 'http://10.0.0.1:8080/witness'],
      ['B', 'b.example', 'https://b.example/witness'],
      ['B2', 'b.example', undefined],
      ['C', 'c.example', undefined],
    ]);
    const [a, b, b2, c] = policy.witnesses;
    expect(policy.quorum).toEqual({ threshold: 2, members: [a, { threshold: 1, members: [b, b2] }, c] });
  });

  it('can ask for one witness, for all of a group, or for none', () => {
    const policy = read(`witness A ${A}\nquorum A\n`);
    expect(policy.quorum).toBe(policy.witnesses[0]);
    expect(read(`witness A ${A}\nwitness B ${B}\ngroup g all A B\nquorum g\n`).quorum).toMatchObject({ threshold: 2 });
    expect(read('quorum none\n')).toEqual({ logs: [], witnesses: [], quorum: undefined });
  });

  it('compares names as octets', () => {
    const kelvin = read(`witness K ${A}\nwitness \u212a ${B}\ngroup g all K \u212a\nquorum g\n`);
    expect(kelvin.witnesses.map(({ name }) => name)).toEqual(['K', '\u212a']);
    const latin1 = Buffer.concat([Buffer.from('# caf'), Buffer.of(0xe9), Buffer.from('\nquorum none\n')]);
    expect(readWitnessPolicy(latin1).quorum).toBeUndefined();
  });

  it('takes as many logs, witnesses and groups as the specification recommends', () => {
    const names = Array.from({ length: 32 }, (_, at) => `w${at}`);
    const witnesses = names.map((name) => `witness ${name} ${makeCosigner(`${name}.example/witness`).verifier.vkey}`);
    const groups = names.map((name) => `group g-${name} any ${name}`);
    const text = [...witnesses, ...groups, `group top 17 ${names.map((name) => `g-${name}`).join(' ')}`, 'quorum top'];
    expect(read(`${text.join('\n')}\n`).witnesses).toHaveLength(32);
  });
});

describe('a policy with a mistake is refused, with the line and the reason', () => {
  it.each([
    ['', 'The policy has no quorum line.'],
    ['quorum none', 'The policy does not end with a newline.'],
    [`witness A ${A}\n`, 'The policy has no quorum line.'],
    ['quorum none\nquorum none\n', 'Line 2 of the policy: there is a quorum line already.'],
    ['quorum A\n', 'Line 1 of the policy: no line before it defines A.'],
    ['Quorum none\n', 'Line 1 of the policy: it begins with "Quorum" instead of log, witness, group, quorum or #.'],
    ['quorum none\r\n', 'Line 1 of the policy: it has a control character.'],
    ['quorum\u00a0none\n', 'begins with'],
    [`witness none ${A}\n`, '"none" cannot name a witness or group.'],
    [`witness A ${A}\nwitness A ${B}\n`, 'Line 2 of the policy: the name A is taken already.'],
    [`witness A ${A}\nwitness B ${A}\n`, 'the key of a.example/witness is in the policy already.'],
    [`log ${LOG}\nlog ${LOG}\n`, `the key of ${ORIGIN} is in the policy already.`],
    [`witness A ${LOG}\n`, `the key of ${ORIGIN} is that of a log, not of a witness.`],
    [`log ${A}\n`, 'the key of a.example/witness is that of a cosigner, not of a log.'],
    [`witness A ${A.replace('+', '+0')}\n`, 'is not a note key'],
    [`witness A ${A} ftp://a.example/\n`, 'is not an http or https URL'],
    [`witness A ${A} http://me:secret@a.example/\n`, 'is not an http or https URL'],
    [`witness A ${A} http://a.example http://b.example\n`, 'it must be "witness <name> <vkey> [<url>]".'],
    [`witness A ${A}\ngroup g 2 A\n`, '"2" must be all, any, or a number from 1 to 1.'],
    [`witness A ${A}\ngroup g 0 A\n`, '"0" must be all, any, or a number from 1 to 1.'],
    [`witness A ${A}\ngroup g 01 A\n`, '"01" must be all, any, or a number from 1 to 1.'],
    [`witness A ${A}\ngroup g any\n`, 'it must be "group <name> all|any|<k> <member>…".'],
    [`witness A ${A}\ngroup g any A A\n`, 'A is in a group already.'],
    [`witness A ${A}\ngroup g any A\ngroup h any A\n`, 'Line 3 of the policy: A is in a group already.'],
    [`witness A ${A}\ngroup g any g\n`, 'no line before it defines g.'],
    [`witness A ${A}\ngroup g any none\n`, 'no line before it defines none.'],
    [`witness B ${B}\nwitness B2 ${B2}\ngroup g all B B2\nquorum g\n`, 'The quorum of the policy can never be met'],
    [`${'# '.repeat(140_000)}\n`, 'The policy is longer than 256 KiB.'],
  ])('%j', (text, reason) => {
    expect(refusal(text)).toContain(reason);
  });

  it('whatever the bytes are', () => {
    const whole = Buffer.from(`witness A ${A}\nwitness B ${B}\ngroup g 1 A B\nquorum g\n`);
    const change = fc.tuple(fc.nat({ max: whole.length }), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 6 }));
    fc.assert(
      fc.property(change, ([at, cut, insert]) => {
        expect(typeof refusal(Buffer.concat([whole.subarray(0, at), insert, whole.subarray(at + cut)]))).toBe('string');
      }),
    );
  });
});
