import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillEndorsement, writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { checkSignature } from '../../src/verify/check-signature.ts';
import { readDocument } from '../../src/verify/read-document.ts';
import { readSigner } from '../../src/verify/signer.ts';
import { writeName } from '../../src/x509/name.ts';
import { describeImage, makeAuthority, makeEndorser, NOW, sealOnly, type TestEndorser } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { xml } from '../xml/world.ts';
import { toTemplate } from './signature-template.ts';

/** Documents compared; each program judges every one of them. */
const DOCUMENTS = 1_000;
const AT_ONCE = 4;

/** What a verifier says: was the document changed, is the signature genuine, and over which octets (SHA-256) it judged. */
interface Judgement {
  readonly isDigested: boolean;
  readonly isSigned: boolean;
  readonly octets?: string;
}

/** A small generator with a seed, so that a failure comes again. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const TEXTS = [
  'plain',
  'a &amp; b &lt; c &gt; d',
  '"quoted" and \'so\'',
  'ünïcødé 映像 🖼 &#x1F5BC;',
  'tab&#9;line&#10;feed',
  '<![CDATA[<raw> & ]]>',
  ' \t white \n space ',
  '&#xD;return',
  'caf\u00e9 e\u0301',
  '\u0085\u2028\u2029',
];
const PREFIXES = ['', 'ex', 'a', 'z', 'dcterms2', 'É'];

/** Foreign content with namespaces declared early, late, again, and by default; languages; attributes out of order. */
function makeForeign(random: (below: number) => number, depth = 0): string {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
  const prefix = pick(PREFIXES);
  const name = prefix === '' ? `e${random(9)}` : `${prefix}:e${random(9)}`;
  const declaration = ` xmlns${prefix === '' ? '' : `:${prefix}`}="http://example.org/${pick(['one#', 'two#', 'a%20b#'])}"`;
  const unused = random(4) === 0 ? ` xmlns:unused${random(3)}="http://example.org/unused#"` : '';
  const language = random(4) === 0 ? ` xml:lang="${pick(['en', 'de-AT'])}"` : '';
  const space = pick([' ', '\n   ', '  ']);
  if (depth < 3 && random(3) === 0) {
    const inner = Array.from({ length: 1 + random(2) }, () => makeForeign(random, depth + 1)).join(
      pick(['', '\n', '  ']),
    );
    return `<${name}${language}${space}rdf:parseType="Resource"${unused}${declaration}>${inner}</${name}>`;
  }
  return `<${name}${declaration}${language}${unused}>${pick(TEXTS)}</${name}>`;
}

type SignElsewhere = (text: string, endorser: TestEndorser, random: (below: number) => number) => string;

/** A signed document of the profile, in half of the cases changed after signing: often so that nobody may notice, often not. */
async function makeDocument(number: number, endorser: TestEndorser, signElsewhere: SignElsewhere): Promise<string> {
  const random = makeRandom(number + 1);
  const draft = fillEndorsement(xml, writeDraft(describeImage(`differential ${number}`)), {
    createdAt: NOW,
    email: endorser.email,
    subject: writeName(endorser.issued.certificate.subject),
    issuers: [writeName(endorser.issued.certificate.issuer)],
  });
  const foreign = Array.from({ length: random(4) }, () => makeForeign(random)).join('\n    ');
  const text = Buffer.from(draft).toString().replace('</rdf:Description>', `${foreign}</rdf:Description>`);
  const signed =
    number % 4 === 3
      ? signElsewhere(text, endorser, random)
      : Buffer.from(await sealOnly(Buffer.from(text), endorser)).toString();
  const changes: ((content: string) => string)[] = [
    (content) => content,
    (content) => content,
    (content) => content.replace('debian', 'debiam'),
    (content) => content.replace('<slterms:os>', '<slterms:os >'),
    (content) => content.replace('<slterms:os>debian</slterms:os>', '<slterms:os><![CDATA[deb]]>ian</slterms:os>'),
    (content) => content.replace('\n    <slreq:bytes>', '\n     <slreq:bytes>'),
    (content) => content.replace('debian', '&#x64;ebian'),
    (content) => content.replace('xmlns:slreq=', 'xmlns:more="http://example.org/more" xmlns:slreq='),
    (content) => content.replace(/(<ds:SignatureValue>\s*)(.)/, (_, head, first) => head + (first === 'A' ? 'B' : 'A')),
    (content) => content.replace(/(<ds:DigestValue>)(.)/, (_, head, first) => head + (first === 'A' ? 'B' : 'A')),
  ];
  return changes[random(changes.length)]!(signed);
}

async function judgeHere(bytes: Uint8Array): Promise<Judgement> {
  const { content, findings } = readDocument(bytes, 'current', xml, { signature: 'required' });
  if (content?.signature === undefined)
    throw new Error(`The profile refuses a generated document: ${JSON.stringify(findings)}`);
  const signer = await readSigner(content.signature.claim.certificates[0]!, nodeCrypto);
  if (!signer.ok) throw new Error('The certificate cannot be read.');
  const octets = Buffer.from(content.signedText);
  const sha256 = createHash('sha256').update(octets).digest();
  const checked = await checkSignature(content.signature, { octets, sha256 }, signer.signer.certificate, nodeCrypto);
  const codes = checked.map(({ code }) => code);
  return { isDigested: !codes.includes('digest'), isSigned: !codes.includes('sig'), octets: sha256.toString('hex') };
}

describe.skipIf(isMissing('xmlsec1'))('the same verdict and the same octets as other verifiers (needs xmlsec1)', () => {
  let directory: string;
  const path = (name: string): string => join(directory, name);
  const ours = new Map<string, Judgement>();

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vouch-differential-'));
    mkdirSync(path('documents'));
    const authority = await makeAuthority();
    writeFileSync(path('ca.pem'), authority.certificatePem);
    const endorsers = [await makeEndorser(authority, 'ec'), await makeEndorser(authority, 'rsa', { key: 'rsa-2048' })];
    const signElsewhere: SignElsewhere = (text, endorser, random) => {
      const forms = ['exclusive', 'inclusive', 'inclusive 1.1'] as const;
      const method = `http://www.w3.org/2001/04/xmldsig-more#${endorser.issued.kind === 'p-256' ? 'ecdsa' : 'rsa'}-sha256`;
      const template = toTemplate(method, forms[random(3)]!, [...forms, 'none' as const][random(4)]!);
      writeFileSync(path('key.pem'), endorser.issued.privateKeyPem);
      writeFileSync(path('cert.pem'), endorser.issued.certificatePem);
      writeFileSync(path('template.xml'), text.replace('</rdf:RDF>', `${template}</rdf:RDF>`));
      const keys = `${path('key.pem')},${path('cert.pem')}`;
      return execFileSync('xmlsec1', ['--sign', '--privkey-pem', keys, path('template.xml')], { encoding: 'utf8' });
    };
    for (let number = 0; number < DOCUMENTS; number++) {
      const bytes = Buffer.from(await makeDocument(number, endorsers[(number >> 2) % 2]!, signElsewhere));
      const name = `${number}.xml`;
      writeFileSync(path(join('documents', name)), bytes);
      ours.set(name, await judgeHere(bytes));
    }
  }, 600_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has documents of every kind to judge', () => {
    const counts = (test: (judgement: Judgement) => boolean): number => [...ours.values()].filter(test).length;
    expect(ours.size).toBe(DOCUMENTS);
    expect(counts(({ isDigested, isSigned }) => isDigested && isSigned)).toBeGreaterThan(300);
    expect(counts(({ isDigested }) => !isDigested)).toBeGreaterThan(200);
    expect(counts(({ isSigned }) => !isSigned)).toBeGreaterThan(100);
  });

  it.skipIf(isMissing('java'))(
    'as the JDK (needs java: apt-get install default-jdk-headless)',
    () => {
      const output = execFileSync('java', ['test/verify/Judge.java', path('documents')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const theirs = new Map(
        output
          .trim()
          .split('\n')
          .map((line) => {
            const [name, isDigested, isSigned, octets] = line.split(' ');
            return [name, { isDigested: isDigested === 'true', isSigned: isSigned === 'true', octets }];
          }),
      );
      expect(Object.fromEntries(theirs)).toEqual(Object.fromEntries(ours));
    },
    600_000,
  );

  it('as xmlsec1', async () => {
    const judge = (name: string): Promise<{ isValid: boolean; octets: string }> =>
      new Promise((resolve) => {
        const words = [
          '--verify',
          '--trusted-pem',
          path('ca.pem'),
          '--verification-time',
          '2026-11-21 12:00:00',
          '--store-references',
          '--print-debug',
          path(join('documents', name)),
        ];
        execFile('xmlsec1', words, { encoding: 'buffer', maxBuffer: 10_000_000 }, (error, stdout) => {
          const [, octets = ''] =
            /== PreDigest data - start buffer:\n([\s\S]*)\n== PreDigest data - end buffer/.exec(
              stdout.toString('latin1'),
            ) ?? [];
          const sha256 = createHash('sha256').update(Buffer.from(octets, 'latin1')).digest('hex');
          resolve({ isValid: error === null, octets: sha256 });
        });
      });
    const waiting = [...ours.keys()];
    const theirs = new Map<string, { isValid: boolean; octets: string }>();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) theirs.set(name, await judge(name));
      }),
    );
    for (const [name, { isDigested, isSigned, octets }] of ours) {
      expect([name, theirs.get(name)]).toEqual([name, { isValid: isDigested && isSigned, octets }]);
    }
  }, 600_000);
});
