import { describe, expect, it } from 'vitest';
import { signCheckpoint, writeCheckpoint } from '../../src/log/checkpoint.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { judgeQuorum, readWitnessedCheckpoint, tellQuorum } from '../../src/log/quorum.ts';
import { readWitnessPolicy } from '../../src/log/witness-policy.ts';
import { KEY, ORIGIN } from './statement.ts';
import { cosign, makeCosigner } from './witnesses.ts';

const NAMES = ['a.example/witness', 'b.example/witness', 'c.example/witness', 'b.example/mirror'];
const [A, B, C, B2] = NAMES.map(makeCosigner) as [Cosigner, Cosigner, Cosigner, Cosigner];
type Cosigner = ReturnType<typeof makeCosigner>;
const STRANGER = makeCosigner('stranger.example/witness');

const NOW = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
const CHECKPOINT = { origin: ORIGIN, size: 7, root: new Uint8Array(32).fill(5) };
const TEXT = writeCheckpoint(CHECKPOINT);
const NOTE = signCheckpoint(CHECKPOINT, KEY);

const HEAD = `log ${KEY.verifier.vkey}\nwitness A ${A.verifier.vkey}\nwitness B ${B.verifier.vkey}\n`;
const REST = `witness C ${C.verifier.vkey}\nwitness B2 ${B2.verifier.vkey}\n`;
const POLICIES = {
  'any two of three sites': 'group site-b any B B2\ngroup any-two 2 A site-b C\nquorum any-two\n',
  'two of four keys': 'group keys 2 A B C B2\nquorum keys\n',
  'one operator in two groups': 'group left any A B\ngroup right any C B2\ngroup both all left right\nquorum both\n',
  'A and one of B and C': 'group one any B C\ngroup both all A one\nquorum both\n',
  none: 'quorum none\n',
};

function judge(policy: keyof typeof POLICIES, lines: readonly (readonly [Cosigner, number])[], maxAgeMs?: number) {
  const read = readWitnessPolicy(Buffer.from(HEAD + REST + POLICIES[policy]));
  const note = NOTE + lines.map(([key, ms]) => cosign(key, TEXT, new Date(NOW.getTime() + ms))).join('');
  const time = { now: NOW, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) };
  const { checkpoint, quorum } = readWitnessedCheckpoint(Buffer.from(note), read, time);
  expect(checkpoint).toEqual(CHECKPOINT);
  const freshAt = 'freshAt' in quorum ? quorum.freshAt : undefined;
  return {
    outcome: quorum.outcome,
    by: quorum.by.map(({ witness }) => witness.name).join(' '),
    freshMs: freshAt === undefined ? undefined : freshAt.getTime() - NOW.getTime(),
  };
}

describe('the quorum of a checkpoint', () => {
  const two = 'any two of three sites';
  it.each([
    ['nobody', two, [], 'not-met', '', undefined],
    ['one of two', two, [[A, 0]], 'not-met', 'A', undefined],
    [
      'two of two',
      two,
      [
        [C, -1000],
        [A, -2000],
      ],
      'met',
      'C A',
      -2000,
    ],
    [
      'three, and the two newest decide how fresh',
      two,
      [
        [A, -HOUR],
        [B, -2000],
        [C, -9 * HOUR],
      ],
      'met',
      'B A',
      -HOUR,
    ],
    [
      'the same witness twice (TL-07)',
      two,
      [
        [A, 0],
        [A, -1000],
      ],
      'not-met',
      'A',
      undefined,
    ],
    [
      'two keys of one operator, grouped (TL-07)',
      two,
      [
        [B, 0],
        [B2, 0],
      ],
      'not-met',
      'B B2',
      undefined,
    ],
    [
      'two keys of one operator, not grouped (TL-07)',
      'two of four keys',
      [
        [B, 0],
        [B2, 0],
      ],
      'not-met',
      'B B2',
      undefined,
    ],
    [
      'two keys of one operator and another',
      'two of four keys',
      [
        [B, 0],
        [B2, 0],
        [C, 0],
      ],
      'met',
      'B C',
      0,
    ],
    [
      'one operator in two groups',
      'one operator in two groups',
      [
        [B, 0],
        [B2, 0],
      ],
      'not-met',
      'B B2',
      undefined,
    ],
    [
      'two operators in two groups',
      'one operator in two groups',
      [
        [B, 0],
        [C, 0],
      ],
      'met',
      'B C',
      0,
    ],
    [
      'a stranger and one (TL-07)',
      two,
      [
        [STRANGER, 0],
        [A, 0],
      ],
      'not-met',
      'A',
      undefined,
    ],
    [
      'a needed one is missing',
      'A and one of B and C',
      [
        [B, 0],
        [C, 0],
      ],
      'not-met',
      'B C',
      undefined,
    ],
    [
      'nested',
      'A and one of B and C',
      [
        [C, 0],
        [A, -3000],
      ],
      'met',
      'C A',
      -3000,
    ],
    ['none needed', 'none', [], 'met', '', undefined],
    ['none needed, one there', 'none', [[A, 0]], 'met', 'A', undefined],
    [
      'within the skew of clocks',
      two,
      [
        [A, 299_000],
        [B, 0],
      ],
      'met',
      'A B',
      0,
    ],
    [
      'from the future (TL-06)',
      two,
      [
        [A, 301_000],
        [B, 0],
        [C, 0],
      ],
      'future',
      'A',
      undefined,
    ],
  ] as const)('%s', (_, policy, lines, outcome, by, freshMs) => {
    expect(judge(policy, lines)).toEqual({ outcome, by, freshMs });
  });

  it('is stale when its quorum-th newest cosignature is older than allowed (TL-05)', () => {
    const day = 24 * HOUR;
    expect(
      judge(
        two,
        [
          [A, -3 * day],
          [B, -3 * day],
        ],
        day,
      ),
    ).toMatchObject({ outcome: 'stale', freshMs: -3 * day });
    // One fresh witness of two cannot make an old state fresh.
    expect(
      judge(
        two,
        [
          [A, 0],
          [B, -3 * day],
        ],
        day,
      ),
    ).toMatchObject({ outcome: 'stale', by: 'A B' });
    expect(
      judge(
        two,
        [
          [A, 0],
          [B, -3 * day],
          [C, -HOUR],
        ],
        day,
      ),
    ).toMatchObject({ outcome: 'met', by: 'A C' });
    expect(
      judge(
        two,
        [
          [A, -day],
          [B, -day],
        ],
        day,
      ),
    ).toMatchObject({ outcome: 'met' });
  });

  it('is told in a sentence', () => {
    const policy = readWitnessPolicy(Buffer.from(HEAD + REST + POLICIES[two]));
    const at = NOW;
    const [a, b] = [A, B].map(({ verifier }) => ({ key: verifier, at })) as [{ key: never; at: Date }, never];
    expect(tellQuorum(judgeQuorum(policy, [a, b], { now: NOW }))).toBe('Witnessed by A, B.');
    expect(tellQuorum(judgeQuorum(policy, [a], { now: NOW }))).toContain('Only A witnessed it');
    expect(tellQuorum(judgeQuorum(policy, [], { now: NOW }))).toContain('No witness');
  });
});

describe('a witnessed checkpoint', () => {
  const policy = readWitnessPolicy(Buffer.from(HEAD + REST + POLICIES['any two of three sites']));
  const read = (note: string) => readWitnessedCheckpoint(Buffer.from(note), policy, { now: NOW });

  it('must be of a log of the policy, or of the one asked for', () => {
    const other = toLogKey('other.example/log', new Uint8Array(32).fill(9));
    const note = signCheckpoint({ ...CHECKPOINT, origin: other.name }, other);
    expect(() => read(note)).toThrow('a log nobody asked for');
    const { checkpoint } = readWitnessedCheckpoint(Buffer.from(note), policy, { now: NOW }, other.verifier);
    expect(checkpoint.origin).toBe(other.name);
  });

  it('must be signed by its log, not by a witness alone (TL-09)', () => {
    const line = cosign(A, TEXT, NOW);
    expect(() => read(`${TEXT}\n${line}`)).toThrow('not signed with the key of');
  });

  it('passes over a right name with a wrong key ID, and a right ID with a wrong name; a broken one spoils all (TL-08)', () => {
    const good = cosign(A, TEXT, NOW);
    const bytes = Buffer.from(good.split(' ')[2]!, 'base64');
    const wrongId = `\u2014 ${A.name} ${Buffer.from(bytes.with(0, bytes[0]! ^ 1)).toString('base64')}\n`;
    const wrongName = good.replace(A.name, 'a.example/Witness');
    for (const line of [wrongId, wrongName]) expect(read(NOTE + line).quorum).toEqual({ outcome: 'not-met', by: [] });
    const broken = `\u2014 ${A.name} ${Buffer.from(bytes.with(20, bytes[20]! ^ 1)).toString('base64')}\n`;
    expect(() => read(NOTE + broken)).toThrow(`The signature of ${A.name} on the note is wrong.`);
  });
});
