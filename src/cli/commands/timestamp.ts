import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { nodeCrypto } from '../../platform/node-crypto.ts';
import { proveExistence, readSignatureValue } from '../../verify/prove-existence.ts';
import { checkAnswer, writeTimestampQuery } from '../../x509/timestamp-query.ts';
import { readTimestampToken, TIMESTAMP_BYTES_LIMIT } from '../../x509/timestamp-token.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { send } from '../request.ts';
import { addTsaTrustOption, openTsaTrust } from '../tsa-trust.ts';
import { openWorld } from '../world.ts';
import { countFindings, writeFinding } from '../write-finding.ts';

interface TimestampOptions {
  readonly output?: string;
}

const TIMEOUT_MS = 30_000;
const NONCE_BYTES = 16;

/** `vouch timestamp ENTRY`: has a time-stamping authority sign that the entry's signature exists now. */
export function addTimestamp(program: Command, bind: Bind): void {
  const command = program
    .command('timestamp')
    .summary('prove that an entry exists now')
    .description(
      'Asks a time-stamping authority (RFC 3161) to sign that the signature of an entry exists now, and keeps its reply beside the entry.\n' +
        'With it the entry stays good when the certificate of its signer expires. Only a digest is sent, never the entry.',
    )
    .argument('<entry>', 'signed entry, or - for standard input')
    .option('--tsa <url>', 'address of the authority (else VOUCH_TSA)')
    .option('-o, --output <file>', 'where to write the reply (default: the name of the entry and .tsr)');
  addTsaTrustOption(command).addHelpText(
    'after',
    '\nExample:\n  vouch timestamp entry.xml --tsa https://tsa.example.org --tsa-trust tsa-certificates\n  vouch verify entry.xml --trust certificates --timestamp entry.xml.tsr --tsa-trust tsa-certificates',
  );
  bind<TimestampOptions>(command, timestamp);
}

async function timestamp({ terminal, settings, options, words }: Call<TimestampOptions>): Promise<number> {
  const url = toTsaUrl(settings.tsa);
  const file = words[0] ?? '-';
  const output = options.output ?? toOutput(file);
  const entry = await terminal.read(file);
  using world = await openWorld();
  const trust = await openTsaTrust(settings['tsa-trust'], terminal);
  const imprint = readSignatureValue(entry, { profile: 'current' }, world);
  if (imprint === undefined) {
    throw new VouchError('malformed', `${file} is not an entry with a signature; vouch verify tells what is wrong.`);
  }
  const query = {
    sha256: await nodeCrypto.digest('SHA-256', imprint),
    nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
  };
  const reply = await ask(url, writeTimestampQuery(query), terminal.io.signal);
  const reading = readTimestampToken(reply);
  if (!reading.ok) throw new VouchError('remote', reading.message);
  const fault = checkAnswer(query, reading.token);
  if (fault !== undefined) throw new VouchError('remote', fault);
  if (trust === undefined) {
    terminal.say('Whether its authority is to be believed was not checked: give --tsa-trust.');
  } else {
    const { findings } = await proveExistence(entry, reply, { profile: 'current', at: new Date(), ...trust }, world);
    if (findings.length > 0) {
      terminal.say(`Not kept: ${countFindings(findings)}`);
      for (const finding of findings) terminal.say(writeFinding(finding, terminal));
      return EXIT.no;
    }
  }
  await terminal.write(output, reply);
  terminal.say(`Time-stamped: ${reading.token.genTime.toISOString()}`);
  return EXIT.yes;
}

function toTsaUrl(setting: string | undefined): string {
  if (setting === undefined) {
    throw new VouchError('usage', 'No time-stamping authority is named: give --tsa URL, or set VOUCH_TSA.');
  }
  if (!URL.canParse(setting) || !/^https?:$/.test(new URL(setting).protocol)) {
    const what = `${JSON.stringify(setting)} is not the address of a time-stamping authority`;
    throw new VouchError('usage', `${what}: it must begin with http:// or https://.`);
  }
  return setting;
}

function toOutput(file: string): string {
  if (file !== '-') return `${file}.tsr`;
  throw new VouchError('usage', 'Where to write the reply is not said: give -o FILE.');
}

/** One question over HTTP (RFC 3161 section 3.4). A redirect is not followed: what comes after it would be another question. */
async function ask(url: string, query: Uint8Array, stop: AbortSignal): Promise<Uint8Array> {
  const limits = { timeoutMs: TIMEOUT_MS, replyBytes: TIMESTAMP_BYTES_LIMIT, isDirect: true };
  const request = {
    method: 'POST',
    accept: REPLY_TYPE,
    contentType: 'application/timestamp-query',
    body: query,
  } as const;
  const reply = await send(url, { ...request, limits }, stop);
  const { origin } = new URL(url);
  if (!reply.isOk)
    throw new VouchError('remote', `${origin} answered with status ${reply.status}, not with a time-stamp.`);
  if (reply.mediaType !== REPLY_TYPE) {
    throw new VouchError('remote', `${origin} answered with ${reply.mediaType || 'no media type'}, not ${REPLY_TYPE}.`);
  }
  return reply.bytes;
}

const REPLY_TYPE = 'application/timestamp-reply';
