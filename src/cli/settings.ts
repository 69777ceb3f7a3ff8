import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nearest } from '../catalog/nearest.ts';
import { toMessage, VouchError } from '../errors.ts';

/** One setting of the endorser's commands: where it may be set, and what it means. */
interface Setting {
  /** Flag without the dashes, and key in the file. */
  readonly name: string;
  readonly variable: string;
  readonly meaning: string;
  /** True for a path, where a leading `~/` in the file means the home directory. */
  readonly isPath?: boolean;
}

/** Every setting, in the order of the documentation. `vouch serve` has its own configuration. */
export const SETTINGS = [
  { name: 'url', variable: 'VOUCH_URL', meaning: 'base URL of the registry to speak to' },
  { name: 'token', variable: 'VOUCH_TOKEN', meaning: 'token of a private registry' },
  {
    name: 'token-file',
    variable: 'VOUCH_TOKEN_FILE',
    meaning: 'file whose first line is that token',
    isPath: true,
  },
  {
    name: 'trust',
    variable: 'VOUCH_TRUST',
    meaning: 'directory of trusted CA certificates, or "any"',
    isPath: true,
  },
  { name: 'policy', variable: 'VOUCH_POLICY', meaning: 'policy that decides what may run', isPath: true },
  {
    name: 'report',
    variable: 'VOUCH_REPORT',
    meaning: 'name of the site that tells the registry of its use; "unnamed" without one, "off" for not at all',
  },
  { name: 'cert', variable: 'VOUCH_CERT', meaning: "endorser's certificate (PEM, own first)", isPath: true },
  { name: 'key', variable: 'VOUCH_KEY', meaning: "endorser's private key (PEM)", isPath: true },
  {
    name: 'p12',
    variable: 'VOUCH_P12',
    meaning: "endorser's certificate and private key in one PKCS #12 file",
    isPath: true,
  },
  { name: 'alias', variable: 'VOUCH_ALIAS', meaning: 'name or number of the key in a PKCS #12 file with several' },
  { name: 'signer', variable: 'VOUCH_SIGNER', meaning: 'command that signs with the key, in place of a key file' },
  { name: 'signer-input', variable: 'VOUCH_SIGNER_INPUT', meaning: 'what that command is given: bytes or digest' },
  { name: 'email', variable: 'VOUCH_EMAIL', meaning: 'address to endorse with' },
  { name: 'tsa', variable: 'VOUCH_TSA', meaning: 'address of the time-stamping authority to ask' },
  {
    name: 'tsa-trust',
    variable: 'VOUCH_TSA_TRUST',
    meaning: 'directory of certificates of time-stamping authorities',
    isPath: true,
  },
  {
    name: 'passphrase-file',
    variable: 'VOUCH_PASSPHRASE_FILE',
    meaning: 'file whose first line is the passphrase of the key',
    isPath: true,
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

export type Settings = Readonly<Partial<Record<SettingName, string>>>;

/**
 * Settings from flags, then environment, then `~/.config/vouch/config.yaml` (or under `XDG_CONFIG_HOME`). Throws `config` for a
 * file that cannot be read or holds what is no setting.
 */
export async function readSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const home = env.HOME ?? homedir();
  const filed = await readSettingsFile(
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'vouch', 'config.yaml'),
    home,
  );
  const sources = [
    (name: SettingName) => flags[toCamelCase(name)],
    (name: SettingName) => env[variableOf(name)] || undefined,
    (name: SettingName) => filed[name],
  ];
  const settings: Partial<Record<SettingName, string>> = {};
  const displaced = new Set<SettingName>();
  for (const source of sources) {
    const named = SETTINGS.map(({ name }) => name).filter(
      (name) => typeof source(name) === 'string' && !displaced.has(name),
    );
    for (const name of named) settings[name] ??= String(source(name));
    // Only now, so that one source that names two ways keeps both, which is told of when somebody is to sign.
    for (const name of named) for (const other of DISPLACES[name] ?? []) displaced.add(other);
  }
  return settings;
}

/** Ways to say who signs: one that is chosen on the command line puts aside another that the environment or file names. */
const DISPLACES: Readonly<Partial<Record<SettingName, readonly SettingName[]>>> = {
  cert: ['p12', 'alias'],
  key: ['p12', 'alias', 'signer', 'signer-input'],
  token: ['token-file'],
  'token-file': ['token'],
  p12: ['cert', 'key', 'signer', 'signer-input'],
  signer: ['p12', 'alias', 'key'],
};

function variableOf(name: SettingName): string {
  return SETTINGS.find((setting) => setting.name === name)!.variable;
}

/** The flag's name as commander spells it in its options. */
export function toCamelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

async function readSettingsFile(path: string, home: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    throw new VouchError('config', `The settings file ${path} cannot be read: ${toMessage(cause)}`, { cause });
  }
  return readSettingsText(text, path, home);
}

const LINE = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+(.*))?$/;

/**
 * Reads the file's text: of YAML the part that a flat list of texts needs (names, plain or quoted values, comments), so that
 * the commands an endorser runs every day start without a YAML library. Anything else is refused with its line.
 */
export function readSettingsText(text: string, path: string, home: string): Settings {
  const settings: Partial<Record<SettingName, string>> = {};
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#.*)?$|^---\s*$/.test(line)) continue;
    const where = `${path}, line ${at + 1}`;
    const [, name = '', written = ''] = LINE.exec(line) ?? [];
    const value = readValue(written);
    if (name === '' || value === undefined) {
      throw new VouchError(
        'config',
        `${where}: each line must be a name, a colon and one value, as in "url: https://…".`,
      );
    }
    const setting = SETTINGS.find((one) => one.name === name);
    if (setting === undefined) {
      const near = nearest(
        name,
        SETTINGS.map((one) => one.name),
      );
      const hint = near === undefined ? '' : `; is ${near} meant?`;
      throw new VouchError('config', `${where}: there is no setting ${name}${hint}`);
    }
    const isPath = 'isPath' in setting && setting.isPath;
    settings[setting.name] = isPath ? value.replace(/^~(?=\/)/, home) : value;
  }
  return settings;
}

function readValue(written: string): string | undefined {
  const text = written.trim();
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')(?:\s+#.*)?$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2];
  const plain = text.replace(/\s+#.*$/, '');
  // What YAML would not read as a plain text is refused rather than guessed at.
  return plain === '' || /^[&*!|>%@`"'#,{}[\]?-](?:\s|$)|^[&*!|>%@`"'[{]|: /.test(plain) ? undefined : plain;
}
