import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { toMessage, VouchError } from '../../errors.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import { writeName } from '../../x509/name.ts';
import { writePem } from '../../x509/pem.ts';
import { readCertificate } from '../../x509/read-certificate.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { readPassphrase } from '../passphrase.ts';

interface TrustImportOptions {
  readonly json?: boolean;
}

/** More than any truststore has. */
const BYTE_LIMIT = 16 * 1024 * 1024;

/** `vouch trust import STORE DIR`: a Java truststore becomes a trust directory. */
export function addTrustImport(trust: Command, bind: Bind): void {
  const command = trust
    .command('import')
    .summary('turn a Java truststore into a trust directory')
    .description(
      'Writes each certificate that a Java truststore (JKS or PKCS #12) trusts into a directory, as a PEM file named after its alias.\n' +
        'A file that is there already stays, and must hold the same. Exit code 0 if all certificates are there afterwards, else 1.',
    )
    .argument('<store>', 'truststore, as the original marketplace or keytool made it')
    .argument('<dir>', 'trust directory (made where it is not there)')
    .option('--passphrase-file <file>', 'read the passphrase of the truststore from here (else VOUCH_PASSPHRASE)');
  addJsonOption(command).addHelpText('after', '\nExample:\n  vouch trust import old.jks /etc/vouch/trust');
  bind<TrustImportOptions>(command, importTruststore);
}

async function importTruststore({ terminal, settings, options, words }: Call<TrustImportOptions>): Promise<number> {
  const { readTruststore } = await import('../../endorse/read-truststore.ts');
  const { isPkcs12, needsPkcs12Passphrase } = await import('../../endorse/pkcs12.ts');
  const [store, directory] = words as [string, string];
  const bytes = await terminal.read(store, BYTE_LIMIT);
  const isLocked = !isPkcs12(bytes) || (await needsPkcs12Passphrase(bytes));
  const found = await readTruststore(bytes, isLocked ? await readPassphrase(terminal.io, settings, store) : '');
  await makeDirectory(directory);
  const taken = new Set<string>();
  let isWhole = true;
  for (const { alias, der } of found) {
    const reading = readCertificate(der);
    if (!reading.ok) {
      isWhole = false;
      const why = reading.findings.map(({ message }) => message).join(' ');
      terminal.say(toVisibleText(`${alias}: ${why} It was passed over.`));
      continue;
    }
    const file = toFileName(alias, taken);
    const outcome = await write(join(directory, file), writePem('CERTIFICATE', der));
    const subject = writeName(reading.certificate.subject);
    if (options.json === true) terminal.printJson({ alias, subject, file, outcome });
    else terminal.print(toVisibleText(`${file}: ${outcome}, ${subject}`));
  }
  if (found.length === 0) terminal.say(`${store} trusts no certificate; keys and their chains are not taken.`);
  return isWhole && found.length > 0 ? EXIT.yes : EXIT.no;

  async function write(path: string, pem: string): Promise<'written' | 'there already'> {
    const before = await readFile(path, 'utf8').catch(() => undefined);
    if (before === pem) return 'there already';
    if (before !== undefined) {
      throw new VouchError('input-output', `${path} is there and holds something else; import into another directory.`);
    }
    await terminal.write(path, new TextEncoder().encode(pem));
    return 'written';
  }
}

/** An alias may hold anything; a file name holds letters, digits and a few signs, and is given once. */
function toFileName(alias: string, taken: Set<string>): string {
  const plain =
    alias
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 100) || 'authority';
  let name = `${plain}.pem`;
  for (let count = 2; taken.has(name); count += 1) name = `${plain}-${count}.pem`;
  taken.add(name);
  return name;
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new VouchError('input-output', `The directory ${path} cannot be made: ${toMessage(cause)}`, { cause });
  }
}
