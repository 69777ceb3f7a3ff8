import { SETTINGS, type Setting, type SettingKind } from './setting.ts';

type Schema = Readonly<Record<string, unknown>>;

const VKEY = '^[^\\s+]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{43,}={0,2}$';

function toValueSchema(type: SettingKind): Schema {
  const text = { type: 'string', minLength: 1 };
  switch (type.kind) {
    case 'text':
    case 'path':
    case 'file':
      return text;
    case 'address':
      return { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$' };
    case 'secret':
      return { not: {} };
    case 'url':
      return { type: 'string', format: 'uri', pattern: '^https?://[^?#]+$' };
    case 'origin':
      return { type: 'string', pattern: '^[^\\s+:/]+(:[0-9]+)?(/[^\\s+]*)?$' };
    case 'flag':
      return { type: 'boolean' };
    case 'color':
      return { type: 'string', pattern: '^#[0-9A-Fa-f]{6}$' };
    case 'whole':
      return { type: 'integer', minimum: type.least, maximum: type.most };
    case 'number':
      return { type: 'number', minimum: type.least, maximum: type.most };
    case 'choice':
      return { type: 'string', enum: type.choices };
    case 'text-list':
      return { type: 'array', items: { type: 'string', pattern: '^[!-~]{1,80}$' } };
    case 'url-list':
      return { type: 'array', items: { type: 'string', format: 'uri', pattern: '^https?://[^?#]+$' } };
    case 'network-list':
      return { type: 'array', items: { type: 'string', pattern: '^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$' } };
    case 'sha256-list':
      return { type: 'array', items: { type: 'string', pattern: '^[0-9A-Fa-f]{64}$' } };
    case 'vkey':
      return { type: 'string', pattern: VKEY };
    case 'vkey-list':
      return { type: 'array', items: { type: 'string', pattern: VKEY } };
    case 'binding-list':
      return {
        type: 'array',
        items: {
          type: 'object',
          properties: { email: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$' }, subject: text, issuer: text },
          required: ['email', 'subject', 'issuer'],
          additionalProperties: false,
        },
      };
    case 'rule-list':
      return {
        type: 'array',
        items: {
          type: 'object',
          properties: { subject: text, issuer: text, key: { type: 'string', pattern: '^[0-9A-Fa-f]{64}$' } },
          minProperties: 1,
          additionalProperties: false,
        },
      };
    case 'webhook-list':
      return {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,39}$' },
            url: { type: 'string', format: 'uri', pattern: '^https?://[^#]+$' },
            identifier: { type: 'string', pattern: '^[A-Za-z0-9_-]{27}$' },
            email: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$' },
            tag: text,
            after: { type: 'integer', minimum: 0 },
          },
          required: ['name', 'url'],
          dependentRequired: { tag: ['email'] },
          additionalProperties: false,
        },
      };
    case 'follow-list':
      return {
        type: 'array',
        maxItems: 16,
        items: {
          type: 'object',
          properties: {
            url: { type: 'string', format: 'uri', pattern: '^https?://[^?#]+$' },
            logKey: { type: 'string', pattern: VKEY },
            intervalSeconds: { type: 'number', minimum: 1, maximum: 86400, default: 10 },
            tokenFile: { type: 'string', minLength: 1 },
          },
          required: ['url', 'logKey'],
          additionalProperties: false,
        },
      };
  }
}

/** The JSON Schema of the configuration file: what editors complete and check by. `schemas/configuration.schema.json` is this. */
export function toConfigurationSchema(): Schema {
  const properties: Record<string, unknown> = {};
  for (const { path, type, fallback, meaning } of SETTINGS as readonly Setting[]) {
    const described = {
      description: meaning,
      ...toValueSchema(type),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
    const [group, name] = path.split('.') as [string, string?];
    if (name === undefined) properties[group] = described;
    else {
      const known = properties[group] as { properties: Schema } | undefined;
      properties[group] = {
        type: 'object',
        properties: { ...known?.properties, [name]: described },
        additionalProperties: false,
      };
    }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Vouch configuration',
    description: 'The configuration file of a registry. Every setting can also come from an environment variable.',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}
