import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { ANY_POLICY } from '../../src/x509/certificate-policy.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { writePem } from '../../src/x509/pem.ts';
import { AT, ChainMaker, type Chains, type Quirk } from './chains.ts';
import { hasOpenssl, Workshop } from './programs.ts';

/** Signers below one set of authorities, which one run of openssl judges together. */
const SIGNERS = 5;

/** The promise is 2,000; another number of chains for a shorter or a longer run. */
const CHAINS = Number(process.env.VOUCH_CHAINS ?? '2000');

/** Where the two disagree, and why. */
const KNOWN: Readonly<
  Record<Quirk, { readonly ours?: FindingCode; readonly theirs?: RegExp; readonly reason: string }>
> = {
  'client purpose': {
    theirs: /unsuitable certificate purpose/,
    reason:
      'no purpose of openssl is that of an endorser: smimesign wants emailProtection, and clientAuth is enough for us',
  },
  'any purpose': {
    theirs: /unsuitable certificate purpose/,
    reason: 'anyExtendedKeyUsage allows every purpose (RFC 5280 section 4.2.1.12), but not to smimesign of openssl',
  },
  'anchor purposes': {
    theirs: /unsuitable certificate purpose/,
    reason: 'the purposes of an anchor do not limit what the operator trusts it for',
  },
  'anchor demands policy': {
    ours: 'policy',
    reason:
      "RFC 5280 reads nothing of an anchor, and neither does openssl's policy check; we let its demands bind (RFC 5937)",
  },
  minimum: {
    ours: 'nc',
    reason:
      'a minimum other than 0 makes the constraints unreadable at once; openssl looks only when a name is of that form',
  },
  'gap in mask': {
    ours: 'nc',
    reason: 'RFC 5280 wants address ranges in the style of CIDR, whose masks have no gaps; openssl takes any mask',
  },
  'query without path': {
    ours: 'nc',
    theirs: /permitted subtree violation/,
    reason: 'openssl takes all up to a slash for the host of a URI, a query included',
  },
  userinfo: {
    ours: 'nc',
    theirs: /permitted subtree violation/,
    reason: 'openssl takes what stands before the @ of a URI for a part of its host',
  },
  'uri without domain': {
    ours: 'nc',
    reason:
      'RFC 5280 wants a URI refused whose host is an address, where URIs are constrained; openssl compares it as text',
  },
  'mailbox in otherName': {
    ours: 'nc',
    reason:
      'where other names are constrained, a SmtpUTF8Mailbox is one of them; openssl holds it against e-mail constraints only',
  },
};

const toPem = (certificates: readonly Certificate[]): string =>
  certificates.map(({ der }) => writePem('CERTIFICATE', der)).join('');

interface Disagreement {
  readonly seed: number;
  readonly story: string;
  readonly quirks: ReadonlySet<Quirk>;
  readonly ours: readonly FindingCode[];
  readonly theirs: string | undefined;
}

describe.skipIf(!hasOpenssl)('openssl verify -x509_strict -policy_check agrees (apt install openssl)', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop();
  });
  afterAll(() => workshop.dispose());

  /** What openssl says against each signer; undefined where it accepts. */
  async function openssl(id: string, made: Omit<Chains, 'signers' | 'story'>, signers: readonly Certificate[]) {
    workshop.write(`${id}.anchors`, toPem(made.anchors));
    workshop.write(`${id}.untrusted`, toPem(made.untrusted));
    const names = signers.map((signer, index) => {
      workshop.write(`${id}.${index}`, toPem([signer]));
      return `${id}.${index}`;
    });
    const args = ['verify', '-no-CApath', '-no-CAstore', '-CAfile', `${id}.anchors`];
    if (made.untrusted.length > 0) args.push('-untrusted', `${id}.untrusted`);
    args.push('-x509_strict', '-policy_check', '-policy', ANY_POLICY, '-purpose', 'smimesign', '-auth_level', '2');
    args.push('-attime', String(AT.getTime() / 1000), ...names);
    const { stdout, stderr } = await run(args, workshop.directory);
    return names.map((name) => {
      if (stdout.includes(`${name}: OK\n`)) return undefined;
      const end = stderr.indexOf(`error ${name}: verification failed`);
      const errors = stderr.slice(0, end).match(/^error \d+ at .*$/gm);
      return errors?.at(-1) ?? `refused: ${stderr}`;
    });
  }

  test(`on ${CHAINS} chains`, { timeout: 600_000 }, async () => {
    const maker = new ChainMaker();
    await maker.prepare();
    const disagreements: Disagreement[] = [];
    let accepted = 0;
    const judge = async (seed: number): Promise<void> => {
      const made = await maker.make(seed, SIGNERS);
      const certificates = made.signers.map(({ certificate }) => certificate);
      const theirs = await openssl(String(seed), made, certificates);
      for (const [index, { certificate: signer, quirks }] of made.signers.entries()) {
        const request = { signer, intermediates: made.untrusted, anchors: made.anchors, at: AT, crypto: nodeCrypto };
        const { findings, chain } = await verifyPath(request);
        let their = theirs[index];
        if (findings.length === 0 && their !== undefined) {
          // openssl follows one path only, so it is asked about ours.
          const ours = { anchors: chain.slice(-1), untrusted: chain.slice(1, -1) };
          [their] = await openssl(`${seed}-again`, ours, [signer]);
        }
        if (their === undefined) accepted += 1;
        if ((findings.length === 0) === (their === undefined)) continue;
        disagreements.push({
          seed,
          story: made.story,
          quirks,
          ours: findings.map(({ code }) => code),
          theirs: their,
        });
      }
    };
    const seeds = Array.from({ length: CHAINS / SIGNERS }, (_, index) => index + 1);
    const next = async (): Promise<void> => {
      for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) await judge(seed);
    };
    await Promise.all([next(), next(), next()]);
    const seen = new Set<Quirk>();
    for (const { seed, story, quirks, ours, theirs } of disagreements) {
      const explaining = [...quirks].filter((quirk) => explains(quirk, ours, theirs));
      for (const quirk of explaining) seen.add(quirk);
      const said = `seed ${seed} (${story}): ours ${ours.join(', ')}, openssl ${theirs}`;
      expect.soft(explaining.length > 0, said).toBe(true);
    }
    // Both answers must occur often, or agreeing means little, and so must agreement.
    expect(accepted).toBeGreaterThan(CHAINS / 4);
    expect(accepted).toBeLessThan((CHAINS * 3) / 4);
    expect(disagreements.length).toBeLessThan(CHAINS / 8);
    // The reasons are of use: all but the rarest are met in every long run.
    if (CHAINS >= 2000) expect(seen.size).toBeGreaterThanOrEqual(Object.keys(KNOWN).length - 2);
  });
});

/** True if the quirk accounts for one program refusing what the other accepts. */
function explains(quirk: Quirk, ours: readonly FindingCode[], theirs: string | undefined): boolean {
  const known = KNOWN[quirk];
  if (theirs !== undefined) return known.theirs?.test(theirs) === true;
  return known.ours !== undefined && ours.includes(known.ours);
}

function run(args: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile('openssl', args, { cwd }, (_, stdout, stderr) => resolve({ stdout, stderr }));
  });
}
