import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** True where Debian's `virtuoso-opensource` is installed. */
export const HAS_VIRTUOSO = existsSync('/usr/bin/virtuoso-t') && existsSync('/usr/bin/isql-vt');

const START_MS = 120_000;

/** A Virtuoso of its own in a directory of its own, which takes graphs from anybody: only this machine can reach it. */
export class VirtuosoServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'vouch-virtuoso-'));
  #child: ChildProcess | undefined;
  #ports: { readonly http: number; readonly sql: number } | undefined;

  /** Starts it, or starts it again over what it holds; resolves to its URL. */
  async open(): Promise<string> {
    this.#ports ??= { http: await freePort(), sql: await freePort() };
    const { http, sql } = this.#ports;
    const file = (name: string) => join(this.#directory, name);
    writeFileSync(
      file('virtuoso.ini'),
      `[Database]
DatabaseFile = ${file('virtuoso.db')}
ErrorLogFile = ${file('virtuoso.log')}
LockFile = ${file('virtuoso.lck')}
TransactionFile = ${file('virtuoso.trx')}
xa_persistent_file = ${file('virtuoso.pxa')}
[TempDatabase]
DatabaseFile = ${file('temp.db')}
TransactionFile = ${file('temp.trx')}
[Parameters]
ServerPort = 127.0.0.1:${sql}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:${http}
ServerRoot = ${this.#directory}
[SPARQL]
ResultSetMaxRows = 100000
`,
    );
    const words = ['-f', '-c', file('virtuoso.ini')];
    this.#child = spawn('/usr/bin/virtuoso-t', words, { stdio: 'ignore', cwd: this.#directory });
    await this.#patiently('status();');
    // what docs/operating.md tells operators to do
    this.#sql(`GRANT SPARQL_UPDATE TO "SPARQL";`);
    this.#sql(`DB.DBA.RDF_DEFAULT_USER_PERMS_SET('nobody', 7);`);
    return `http://127.0.0.1:${http}`;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    rmSync(join(this.#directory, 'virtuoso.lck'), { force: true });
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #sql(text: string): string {
    const words = [`127.0.0.1:${this.#ports!.sql}`, 'dba', 'dba', 'ERRORS=STDOUT', `EXEC=${text}`];
    return execFileSync('/usr/bin/isql-vt', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  }

  async #patiently(text: string): Promise<void> {
    for (const end = Date.now() + START_MS; ; ) {
      try {
        this.#sql(text);
        return;
      } catch (failure) {
        if (Date.now() > end) throw failure;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
