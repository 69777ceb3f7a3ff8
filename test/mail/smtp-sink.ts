import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it came over the wire. */
export interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isTls: boolean;
  /** Header fields and body, as sent. */
  readonly raw: string;
  /** The body, its quoted-printable undone. */
  readonly text: string;
}

/** A real SMTP server on this machine that keeps what it gets. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly CaughtMail[];
  /** Resolves to the mails as soon as there are so many. */
  waitFor(count: number): Promise<readonly CaughtMail[]>;
  close(): Promise<void>;
}

const LOOK_MS = 10;
const PATIENCE_MS = 60_000;

/** Starts one; without options it asks for no login and has no TLS. `port` 0 takes a free one. */
export async function openSmtpSink(options: SMTPServerOptions = {}, port = 0): Promise<SmtpSink> {
  const mails: CaughtMail[] = [];
  const server = new SMTPServer({
    disabledCommands: options.authOptional === false || options.onAuth ? [] : ['AUTH', 'STARTTLS'],
    authOptional: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        mails.push({ from, to, isTls: session.secure, raw, text: decode(raw.slice(raw.indexOf('\r\n\r\n') + 4)) });
        done();
      });
    },
    ...options,
  });
  // A client that hangs up is no fault of the sink.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    async waitFor(count) {
      for (const end = Date.now() + PATIENCE_MS; mails.length < count; ) {
        if (Date.now() > end) throw new Error(`Only ${mails.length} of ${count} mails came.`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return mails;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function decode(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The token of the links of a mail. */
export function toToken({ text }: CaughtMail): string {
  return /\/confirm\/([A-Za-z0-9_-]{43})\r?\n/.exec(text)![1]!;
}
