import { VouchError } from '../../errors.ts';

/** Who asks a host, as HTTP Basic authentication has it. */
export interface HostLogin {
  readonly user: string;
  readonly password: string;
}

/** What a netrc file says, by host name in lower case. */
export type Logins = ReadonlyMap<string, HostLogin>;

/**
 * Reads a netrc file, as curl and ftp know it: `machine HOST login USER password PASSWORD`, words in double quotes where they hold spaces.
 * Its `default` is passed over, since that would give a password to whatever host a statement names, and so are macros. Throws `config`,
 * and never with anything of the file in its message.
 */
export function readNetrc(text: string): Logins {
  const words = toWords(text.replace(/^[ \t]*macdef[^\n]*\n(?:[^\n]+\n?)*/gm, ''));
  const logins = new Map<string, HostLogin>();
  let host: string | undefined;
  let login: { user?: string; password?: string } = {};
  const close = (): void => {
    if (host === undefined) return;
    const { user, password } = login;
    if (user === undefined || password === undefined)
      throw new VouchError('config', `${WRONG}: ${host} lacks a login or password.`);
    if (user.includes(':')) throw new VouchError('config', `${WRONG}: the login of ${host} has a colon.`);
    // Of two the first counts, as curl has it.
    if (!logins.has(host)) logins.set(host, { user, password });
  };
  for (let at = 0; at < words.length; at += 2) {
    const [word, value] = [words[at], words[at + 1]];
    if (word === 'default') break;
    if (value === undefined) throw new VouchError('config', `${WRONG}: its last word has no value.`);
    if (word === 'machine') {
      close();
      [host, login] = [value.toLowerCase(), {}];
    } else if (host === undefined) throw new VouchError('config', `${WRONG}: it does not begin with a machine.`);
    else if (word === 'login') login.user = value;
    else if (word === 'password') login.password = value;
    else if (word !== 'account')
      throw new VouchError('config', `${WRONG}: what it says of ${host} has a word it does not know.`);
  }
  close();
  return logins;
}

const WRONG = 'The file of VOUCH_NETRC is no netrc file';

function toWords(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/(?:^|[ \t])#.*$/, ''));
  return [...lines.join('\n').matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1'),
  );
}

/** The header that shows a login to the host of an address: over TLS alone, where nobody on the way can read it. */
export function toLoginHeaders(address: string, logins: Logins): Readonly<Record<string, string>> | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const login = url?.protocol === 'https:' ? logins.get(url.hostname.toLowerCase()) : undefined;
  if (login === undefined) return undefined;
  return { Authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` };
}
