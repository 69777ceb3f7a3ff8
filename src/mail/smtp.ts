import { createTransport } from 'nodemailer';
import { toMessage } from '../errors.ts';
import { toMailLine } from './mail-line.ts';

/** The server that takes the registry's mail. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` required before anything is said, or `none` for a server on this machine. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login?: { readonly user: string; readonly password: string };
  /** Address in From and of the envelope. */
  readonly from: string;
  /** PEM of the authorities that may vouch for the server; those of the system where absent. */
  readonly authorities?: string;
  /** For one mail, from the connection to the server's answer; default half a minute. */
  readonly timeoutMs?: number;
}

/** A mail of plain text to one person. */
export interface Mail {
  /** An address that `isMailAddress`. */
  readonly to: string;
  readonly senderName: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt at one mail, so that a second copy can be told from a second mail. Without angle brackets. */
  readonly messageId: string;
  /** Where one POST ends further mail of its kind (RFC 8058); for mail that nobody asked for just now. */
  readonly unsubscribeUrl?: string;
}

/** What became of a mail. */
export type Delivery =
  | { readonly outcome: 'sent' }
  /** The server will never take mail to this address. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It was not taken, as far as is known; trying again may help. */
  | {
      readonly outcome: 'deferred';
      readonly reason: string;
      /** The server may have taken it all the same: it stopped answering after it was given the mail. */
      readonly isUnsure?: true;
    };

/** Sends mail. Never throws. */
export interface Mailer {
  send(mail: Mail): Promise<Delivery>;
}

const TIMEOUT_MS = 30_000;
/** A server that never says anything is given up before the mail as a whole is: it surely has not taken it. */
const EARLY = 0.8;

/** A mailer over SMTP; a connection of its own for each mail. */
export function toSmtpMailer(settings: SmtpSettings): Mailer {
  const { host, port, security, login, from, authorities, timeoutMs = TIMEOUT_MS } = settings;
  return {
    async send({ to, senderName, subject, text, messageId, unsubscribeUrl }) {
      const transport = createTransport({
        host,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
        ...(authorities === undefined ? {} : { tls: { ca: authorities } }),
        connectionTimeout: timeoutMs * EARLY,
        greetingTimeout: timeoutMs * EARLY,
        socketTimeout: timeoutMs,
        dnsTimeout: timeoutMs * EARLY,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      let timer: NodeJS.Timeout | undefined;
      // A server that says a byte now and then would keep every single time-out from running out.
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} seconds`)), timeoutMs);
      });
      const sending = transport.sendMail({
        from: { name: senderName, address: from },
        to: { name: '', address: to },
        envelope: { from, to: [to] },
        messageId: `<${messageId}>`,
        subject,
        text,
        textEncoding: 'quoted-printable',
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(unsubscribeUrl === undefined
            ? {}
            : { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
        },
      });
      try {
        await Promise.race([sending, late]);
        return { outcome: 'sent' };
      } catch (thrown) {
        sending.catch(() => undefined);
        return toFailure(thrown);
      } finally {
        clearTimeout(timer);
        transport.close();
      }
    },
  };
}

/** Only a lasting refusal of the recipient is the recipient's; a password gone wrong or a full disk is told in 5xx codes too. */
function toFailure(thrown: unknown): Delivery {
  const { responseCode, command } = thrown as SmtpFailure;
  const isLasting = typeof responseCode === 'number' && responseCode >= 550 && responseCode <= 559;
  const reason = toMailLine(toMessage(thrown), 200);
  if (isLasting && command === 'RCPT TO') return { outcome: 'refused', reason };
  return wasSurelyNotTaken(thrown as SmtpFailure)
    ? { outcome: 'deferred', reason }
    : { outcome: 'deferred', reason, isUnsure: true };
}

/** What nodemailer throws. */
interface SmtpFailure {
  readonly responseCode?: unknown;
  readonly command?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: string;
}

/** An answer, even a refusal, leaves no doubt, nor does a connection that never came about; one that broke off may have had the mail. */
function wasSurelyNotTaken({ responseCode, code, syscall, message = '' }: SmtpFailure): boolean {
  if (typeof responseCode === 'number' || syscall === 'connect') return true;
  return (
    ['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH'].includes(String(code)) ||
    /^(?:Connection timeout|Greeting never)/.test(message)
  );
}
