import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRegistry, openRegistry, type RegistryOptions } from '../../src/registry/open-registry.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { makeAuthority, NOW } from '../endorser.ts';

/** A directory with a trust anchor, in which a registry can be opened again and again. */
export interface RegistryPlace {
  readonly directory: string;
  readonly authority: Issued;
  open(options?: Partial<RegistryOptions>): Promise<OpenRegistry>;
  remove(): void;
}

export const BASE_URL = 'http://registry.test';

/** Makes a place for a registry below the system's temporary directory. */
export async function makePlace(): Promise<RegistryPlace> {
  const root = mkdtempSync(join(tmpdir(), 'vouch-registry-'));
  const authority = await makeAuthority();
  mkdirSync(join(root, 'trust'));
  writeFileSync(join(root, 'trust', 'ca.pem'), authority.certificatePem);
  return {
    directory: root,
    authority,
    open: (options = {}) =>
      openRegistry({
        directory: join(root, 'data'),
        baseUrl: BASE_URL,
        trust: { mode: 'anchors', directory: join(root, 'trust') },
        now: () => NOW,
        ...options,
      }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
