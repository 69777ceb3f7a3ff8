import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../../platform/durable-file.ts';
import { type Issued, issueAuthority, issueCertificate } from '../../x509/issue.ts';
import type { DemoDirectory } from './demo-directory.ts';

/** An endorser of the demo: address, and where certificate and key lie. */
export interface DemoEndorser {
  readonly email: string;
  readonly cert: string;
  readonly key: string;
}

/** The two endorsers; their files are made by `issueDemoPeople`. */
export function toDemoEndorsers({ path }: DemoDirectory): { readonly jane: DemoEndorser; readonly tom: DemoEndorser } {
  const person = (name: string): DemoEndorser => ({
    email: `${name}@example.org`,
    cert: join(path, name, 'usercert.pem'),
    key: join(path, name, 'userkey.pem'),
  });
  return { jane: person('jane'), tom: person('tom') };
}

/** Makes a private CA, trusted by this demo alone, and the endorsers' certificates and keys (one RSA, one ECDSA). */
export async function issueDemoPeople(directory: DemoDirectory, at: Date, until: Date): Promise<void> {
  // Yesterday, so that a clock a little behind finds the certificates valid.
  const validity = { notBefore: new Date(at.getTime() - 86_400_000), notAfter: until };
  const authority = await issueAuthority({ subject: 'CN=Vouch Demo CA,O=Vouch Demo', key: 'rsa-2048', ...validity });
  await mkdir(directory.trust, { recursive: true });
  await writeText(join(directory.trust, 'vouch-demo-ca.pem'), authority.certificatePem);
  const { jane, tom } = toDemoEndorsers(directory);
  const people = [
    { person: jane, subject: 'CN=Jane Tester,OU=Images,O=Vouch Demo', key: 'rsa-2048' },
    { person: tom, subject: 'CN=Tom Checker,OU=Security,O=Vouch Demo', key: 'p-256' },
  ] as const;
  for (const { person, subject, key } of people) {
    const issued: Issued = await issueCertificate(authority, { subject, key, email: person.email, ...validity });
    await mkdir(join(person.cert, '..'), { recursive: true });
    await writeText(person.cert, issued.certificatePem);
    await writeText(person.key, issued.privateKeyPem);
    await chmod(person.key, 0o600);
  }
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileDurably(path, new TextEncoder().encode(text));
}
