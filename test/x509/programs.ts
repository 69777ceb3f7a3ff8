import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isPresent = spawnSync('openssl', ['version']).status === 0;

/** False if tests that need the openssl program are to be skipped; with CI=true they run, and fail, without it. */
export const hasOpenssl = isPresent || process.env.CI === 'true';

/** A directory for the files of one test file; remove it with `dispose`. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'vouch-x509-'));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  read(name: string): Uint8Array {
    return readFileSync(join(this.directory, name));
  }

  /** Runs openssl in the directory and gives what it prints; throws if it fails. */
  openssl(...args: string[]): Buffer {
    return execFileSync('openssl', args, { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The first error of `openssl verify`, or undefined if it accepts. */
  verify(pems: { anchors: string; untrusted: string; signer: string }, at: Date): string | undefined {
    this.write('anchors.pem', pems.anchors);
    this.write('untrusted.pem', pems.untrusted);
    const untrusted = pems.untrusted === '' ? [] : ['-untrusted', 'untrusted.pem'];
    this.write('signer.pem', pems.signer);
    const seconds = String(Math.floor(at.getTime() / 1000));
    const trust = ['-no-CApath', '-no-CAstore', '-CAfile', 'anchors.pem', ...untrusted];
    const rules = ['-x509_strict', '-auth_level', '2', '-attime', seconds];
    const run = spawnSync('openssl', ['verify', ...trust, ...rules, 'signer.pem'], {
      cwd: this.directory,
      encoding: 'utf8',
    });
    if (run.status === 0) return undefined;
    return /error .*/.exec(run.stderr)?.[0] ?? `status ${run.status}: ${run.stderr}`;
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
