import { resolve } from 'node:path';
import { isMailAddress } from '../../mail/mail-line.ts';
import type { EndorserBinding } from '../../verify/conditions.ts';
import type { WebhookTarget } from '../../webhook/webhook.ts';
import { type CertificateRule, isNameText } from '../../x509/certificate-rule.ts';
import { isNetwork } from '../client-address.ts';
import { isColor } from '../contrast.ts';
import { type FollowSetting, readFollows } from './read-follow.ts';
import { readWebhooks } from './read-webhook.ts';
import type { SettingKind } from './setting.ts';
import type { SettingValue } from './setting-source.ts';

/** The checked values of each kind of setting. */
export interface SettingTypes {
  text: string;
  path: string;
  file: string;
  address: string;
  secret: string;
  url: string;
  origin: string;
  flag: boolean;
  color: string;
  whole: number;
  number: number;
  choice: string;
  'text-list': readonly string[];
  'url-list': readonly string[];
  'network-list': readonly string[];
  'sha256-list': readonly string[];
  vkey: string;
  'vkey-list': readonly string[];
  'binding-list': readonly EndorserBinding[];
  'rule-list': readonly CertificateRule[];
  'webhook-list': readonly WebhookTarget[];
  'follow-list': readonly FollowSetting[];
}

/** What a value of the kind must be, to follow `must be` in a sentence. */
export function toRequirement(type: SettingKind): string {
  switch (type.kind) {
    case 'text':
      return 'text that is not empty';
    case 'path':
      return 'the path of a directory';
    case 'file':
      return 'the path of a file';
    case 'address':
      return 'an e-mail address as in registry@example.org';
    case 'secret':
      return 'given by the environment variable, never in the file';
    case 'url':
      return 'an http or https URL without query and fragment, as in https://marketplace.example.org';
    case 'origin':
      return 'a URL prefix without a scheme, without spaces and plus signs, as in marketplace.example.org/log';
    case 'flag':
      return 'true or false';
    case 'color':
      return 'a colour as in #0b5c8a';
    case 'whole':
      return `a whole number from ${type.least} to ${type.most}`;
    case 'number':
      return `a number from ${type.least} to ${type.most}`;
    case 'choice':
      return type.choices.join(' or ');
    case 'text-list':
      return 'a list of words';
    case 'url-list':
      return 'a list of http or https URLs without query and fragment';
    case 'network-list':
      return 'a list of IP addresses and networks as in 10.0.0.0/8';
    case 'sha256-list':
      return 'a list of SHA-256 values of 64 hex digits';
    case 'vkey':
      return 'a verifier key as in name+0123abcd+base64';
    case 'vkey-list':
      return 'a list of verifier keys as in name+0123abcd+base64';
    case 'binding-list':
      return 'a list of email, subject and issuer, all three text';
    case 'rule-list':
      return 'a list of rules, each with at least one of subject and issuer (names as in CN=Jane,O=Example) and key (64 hex digits)';
    case 'webhook-list':
      return 'a list of webhooks, each with a name of its own, a url, and at most identifier, email, tag (of that email) and after';
    case 'follow-list':
      return 'a list of at most 16 registries, each with a url, a logKey (name+hash+key), and if wanted intervalSeconds from 1 to 86400 and a tokenFile';
  }
}

/** Reads a value of the kind; undefined if it is not one. Text from the environment is read as the kind needs. */
export function readSetting(type: SettingKind, given: SettingValue): SettingTypes[SettingKind['kind']] | undefined {
  const { value, isText, directory } = given;
  switch (type.kind) {
    case 'text':
      return readText(value);
    case 'path':
    case 'file':
      return readPath(value, directory);
    case 'address':
      return typeof value === 'string' && isMailAddress(value) ? value : undefined;
    case 'secret':
      return isText ? readText(value) : undefined;
    case 'url':
      return readUrl(value);
    case 'origin':
      return typeof value === 'string' && isOrigin(value) ? value : undefined;
    case 'flag':
      return readFlag(value, isText);
    case 'color':
      return typeof value === 'string' && isColor(value) ? value.toLowerCase() : undefined;
    case 'whole':
    case 'number':
      return readNumber(type, isText ? toNumber(value) : value);
    case 'choice':
      return typeof value === 'string' && type.choices.includes(value) ? value : undefined;
    case 'text-list':
      return readList(value, isText, (text) => (/^[\x21-\x7e]{1,80}$/.test(text) ? text : undefined));
    case 'url-list':
      return readList(value, isText, readUrl);
    case 'network-list':
      return readList(value, isText, (text) => (isNetwork(text) ? text : undefined));
    case 'sha256-list':
      return readList(value, isText, (text) => (/^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : undefined));
    case 'vkey':
      return typeof value === 'string' ? readVkey(value) : undefined;
    case 'vkey-list':
      return readList(value, isText, readVkey);
    case 'binding-list':
      return readBindings(isText ? readJson(value) : value);
    case 'rule-list':
      return readRules(isText ? readJson(value) : value);
    case 'webhook-list':
      return readWebhooks(isText ? readJson(value) : value);
    case 'follow-list':
      return readFollows(isText ? readJson(value) : value, readUrl, readVkey, (path) => readPath(path, directory));
  }
}

function readPath(value: unknown, directory: string): string | undefined {
  const path = readText(value);
  return path === undefined ? undefined : resolve(directory, path);
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(value) ? value : undefined;
}

function readUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || !/^https?:$/.test(url.protocol) || /[?#]/.test(value)) return undefined;
  return url.href.replace(/\/+$/, '');
}

function isOrigin(text: string): boolean {
  return /^[^\s+:/]+(?::\d+)?(?:\/[^\s+]*)?$/.test(text);
}

function readVkey(text: string): string | undefined {
  return /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,}={0,2}$/.test(text) ? text : undefined;
}

function readFlag(value: unknown, isText: boolean): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (!isText) return undefined;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,6})?$/.test(value) ? Number(value) : undefined;
}

function readNumber(type: Extract<SettingKind, { least: number }>, value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= type.least && value <= type.most)) return undefined;
  return type.kind === 'whole' && !Number.isInteger(value) ? undefined : value;
}

function readList(
  value: unknown,
  isText: boolean,
  readOne: (text: string) => string | undefined,
): readonly string[] | undefined {
  const values: unknown =
    isText && typeof value === 'string' ? value.split(/[\s,]+/).filter((text) => text !== '') : value;
  if (!Array.isArray(values)) return undefined;
  const read = values.map((one: unknown) => (typeof one === 'string' ? readOne(one) : undefined));
  return read.every((one) => one !== undefined) ? read : undefined;
}

function readJson(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

function readBindings(value: unknown): readonly EndorserBinding[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const bindings = value.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) return undefined;
    const { email, subject, issuer, ...others } = one as Record<string, unknown>;
    const [address, person, authority] = [readText(email), readText(subject), readText(issuer)];
    if (Object.keys(others).length > 0 || address === undefined || !/^[^@\s]+@[^@\s]+$/.test(address)) return undefined;
    return person === undefined || authority === undefined
      ? undefined
      : { email: address, subject: person, issuer: authority };
  });
  return bindings.every((one) => one !== undefined) ? bindings : undefined;
}

function readRules(value: unknown): readonly CertificateRule[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const rules = value.map((one: unknown): CertificateRule | undefined => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return undefined;
    const { subject, issuer, key, ...others } = one as Record<string, unknown>;
    const isName = (text: unknown): boolean => text === undefined || (typeof text === 'string' && isNameText(text));
    const isKey = key === undefined || (typeof key === 'string' && /^[0-9a-f]{64}$/i.test(key));
    const saysSomething = [subject, issuer, key].some((part) => part !== undefined);
    if (Object.keys(others).length > 0 || !isName(subject) || !isName(issuer) || !isKey || !saysSomething)
      return undefined;
    return {
      ...(subject === undefined ? {} : { subject: String(subject) }),
      ...(issuer === undefined ? {} : { issuer: String(issuer) }),
      ...(key === undefined ? {} : { key: String(key).toLowerCase() }),
    };
  });
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}
