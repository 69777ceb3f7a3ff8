import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nearest } from '../../catalog/nearest.ts';
import { toMessage, VouchError } from '../../errors.ts';
import { readYaml } from '../../platform/yaml-document.ts';
import { SETTINGS } from './setting.ts';

/** A value as somebody set it, not yet checked. */
export interface SettingValue {
  readonly value: unknown;
  /** Where it was set, for sentences: `vouch.yaml, line 3` or `the environment variable VOUCH_TITLE`. */
  readonly source: string;
  /** Directory that relative paths are relative to. */
  readonly directory: string;
  /** True for the environment, where everything is text. */
  readonly isText: boolean;
}

/** What was set, by the path of the setting. */
export type SettingValues = ReadonlyMap<string, SettingValue>;

/** Nobody's settings are longer; a mistaken file name is. */
const FILE_BYTES_LIMIT = 1024 * 1024;
const PATHS: readonly string[] = SETTINGS.map(({ path }) => path);
const GROUPS: readonly string[] = [
  ...new Set(PATHS.flatMap((path) => (path.includes('.') ? [path.split('.')[0]!] : []))),
];

/** Reads a YAML file. Throws `config` for a file that cannot be read, is not YAML, or holds a key that is no setting. */
export function readSettingFile(file: string): SettingValues {
  const reading = readYaml(readText(file));
  if (!reading.ok) {
    throw new VouchError('config', `${file}, line ${reading.line}: this is not YAML: ${reading.message}`);
  }
  const { value: whole, lineOf } = reading.document;
  const at = (path: readonly string[]): string => {
    const line = lineOf(path);
    return line === undefined ? file : `${file}, line ${line}`;
  };
  const values = new Map<string, SettingValue>();
  const directory = dirname(resolve(file));
  const walk = (found: unknown, steps: readonly string[]) => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      if (steps.length === 0 && found === null) return;
      const name = steps.length === 0 ? 'The file' : `The setting ${steps.join('.')}`;
      throw new VouchError('config', `${at(steps)}: ${name} must be a list of names and values.`);
    }
    for (const [key, value] of Object.entries(found)) {
      const path = [...steps, key];
      const name = path.join('.');
      if (GROUPS.includes(name)) walk(value, path);
      else if (PATHS.includes(name)) values.set(name, { value, source: at(path), directory, isText: false });
      else throw new VouchError('config', `${at(path)}: there is no setting ${name}${suggest(name)}`);
    }
  };
  walk(whole, []);
  return values;
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new VouchError('config', `The configuration file ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  if (bytes.length > FILE_BYTES_LIMIT) {
    throw new VouchError('config', `The configuration file ${file} is larger than 1 MiB: this is some other file.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new VouchError('config', `The configuration file ${file} is not UTF-8 text.`, { cause });
  }
}

function suggest(path: string): string {
  const near = nearest(path, [...PATHS, ...GROUPS]);
  return near === undefined ? '.' : `; is ${near} meant?`;
}

/**
 * Reads the environment variables of the settings; an empty one counts as not set. Throws `config` for a variable that is one or
 * two letters away from a setting: other programs and other commands of this one use `VOUCH_` names too, typing errors do not.
 */
export function readSettingVariables(env: Readonly<Record<string, string | undefined>>): SettingValues {
  const values = new Map<string, SettingValue>();
  const variables: readonly string[] = SETTINGS.map(({ variable }) => variable);
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('VOUCH_') || value === undefined || value === '') continue;
    const setting = SETTINGS.find((one) => one.variable === variable);
    const source = `the environment variable ${variable}`;
    if (setting !== undefined) values.set(setting.path, { value, source, directory: process.cwd(), isText: true });
    else {
      const near = nearest(variable, variables, 2);
      if (near !== undefined) {
        throw new VouchError('config', `There is no environment variable ${variable}; is ${near} meant?`);
      }
    }
  }
  return values;
}
