import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRegistry, runRegistry } from '../../src/cli/run-registry.ts';
import type { RunSettings } from '../../src/cli/run-settings.ts';
import type { RegistryOptions } from '../../src/registry/registry-options.ts';
import { issueAuthority, issueCertificate, type KeyKind } from '../../src/x509/issue.ts';

/** Files of one person: what `--cert` and `--key` take. */
export interface Person {
  readonly email: string;
  readonly cert: string;
  readonly key: string;
  /** Environment that makes the commands this person's. */
  readonly env: Readonly<Record<string, string>>;
}

/** A registry on loopback with a CA of its own, in a directory of its own. */
export interface Marketplace extends AsyncDisposable {
  readonly path: string;
  readonly url: string;
  readonly trust: string;
  readonly running: RunningRegistry;
  person(name: string, key?: KeyKind): Promise<Person>;
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function openMarketplace(
  options: Pick<RegistryOptions, 'indexRecords'> = {},
  more: RunSettings = {},
): Promise<Marketplace> {
  const path = await mkdtemp(join(tmpdir(), 'vouch-cli-'));
  const trust = join(path, 'trust');
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 900 * 86_400_000) };
  const authority = await issueAuthority({ subject: 'CN=Test CA,O=Test', ...validity });
  await mkdir(trust);
  await writeFile(join(trust, 'ca.pem'), authority.certificatePem);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await runRegistry(
    { directory: join(path, 'registry'), baseUrl: url, trust: { mode: 'anchors', directory: trust }, ...options },
    { host: '127.0.0.1', port },
    more,
  );
  return {
    path,
    url,
    trust,
    running,
    async person(name, key = 'p-256') {
      const email = `${name}@example.org`;
      const issued = await issueCertificate(authority, { subject: `CN=${name},O=Test`, email, key, ...validity });
      const files = { cert: join(path, `${name}-cert.pem`), key: join(path, `${name}-key.pem`) };
      await writeFile(files.cert, issued.certificatePem);
      await writeFile(files.key, issued.privateKeyPem, { mode: 0o600 });
      const env = {
        HOME: path,
        VOUCH_URL: url,
        VOUCH_TRUST: trust,
        VOUCH_CERT: files.cert,
        VOUCH_KEY: files.key,
      };
      return { email, ...files, env };
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}
