import { isIdentifier } from '../../entry/identifier.ts';
import type { WebhookTarget } from '../../webhook/webhook.ts';
import { isEmail } from '../selector.ts';

/** Reads the webhooks of a configuration; undefined if one is not what it must be, or two have one name. */
export function readWebhooks(value: unknown): readonly WebhookTarget[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const targets = value.map(readWebhook);
  if (!targets.every((target) => target !== undefined)) return undefined;
  return new Set(targets.map(({ name }) => name)).size === targets.length ? targets : undefined;
}

function readWebhook(value: unknown): WebhookTarget | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, url, identifier, email, tag, after, ...others } = value as Record<string, unknown>;
  if (Object.keys(others).length > 0) return undefined;
  // The name is one of a file.
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) return undefined;
  if (typeof url !== 'string' || !isReceiver(url)) return undefined;
  if (identifier !== undefined && !(typeof identifier === 'string' && isIdentifier(identifier))) return undefined;
  if (email !== undefined && !(typeof email === 'string' && isEmail(email))) return undefined;
  if (tag !== undefined && !(typeof tag === 'string' && tag !== '' && email !== undefined)) return undefined;
  if (after !== undefined && !(typeof after === 'number' && Number.isSafeInteger(after) && after >= 0))
    return undefined;
  return {
    name,
    url,
    filter: {
      ...(identifier === undefined ? {} : { identifier }),
      ...(email === undefined ? {} : { email }),
      ...(tag === undefined ? {} : { tag }),
    },
    ...(after === undefined ? {} : { after }),
  };
}

function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}
