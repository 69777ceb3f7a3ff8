import {
  IDENTIFIER,
  inPath,
  inQuery,
  JSON_ONLY,
  type Operation,
  type Operations,
  type Schema,
  TEXT_ONLY,
} from './operation.ts';

const EMAIL = inPath('email', 'E-mail address of the endorser.');
const TAG = inPath('tag', 'The tag.');
const TOKEN = inPath('token', 'What the link of the mail has.');
const PAGE = ['text/html'];
const PAGE_OR_JSON = ['text/html', 'application/json'];
const AFTER = inQuery('after', 'Log size known already.', { type: 'integer', minimum: 0 });
const LIMIT = inQuery('limit', 'At most so many lines.', { type: 'integer', minimum: 1, maximum: 1000 });

/** What has feeds, with the parameters of its path. */
const FED: readonly (readonly [place: string, what: string, parameters: readonly Schema[]])[] = [
  ['', 'the registry', []],
  ['/metadata/{identifier}', 'an image', [IDENTIFIER]],
  ['/endorsers/{email}', 'an endorser', [EMAIL]],
  ['/tag/{email}/{tag}', 'a tag', [EMAIL, TAG]],
];

/** Feeds of all that has some. */
export const FEED_OPERATIONS: Operations = Object.fromEntries(
  FED.flatMap(([place, what, parameters]): [string, Readonly<Record<string, Operation>>][] => {
    const of = (name: string, more: readonly Schema[], operation: Pick<Operation, 'summary' | 'replies'>) =>
      [`${place}/feed.${name}`, { get: { parameters: [...parameters, ...more], ...operation } }] as const;
    return [
      of('atom', [], { summary: `What is new about ${what}, as Atom`, replies: ['application/atom+xml'] }),
      of('jsonl', [AFTER, LIMIT], {
        summary: `What was accepted about ${what}, a JSON object a line`,
        replies: ['application/jsonl'],
      }),
      of('events', [AFTER], {
        summary: `The same about ${what} as server-sent events`,
        replies: ['text/event-stream'],
      }),
    ].map(([path, operations]) => [path, operations]);
  }),
);

/** What only some registries have: who asks by mail, witnesses, copies other logs, or tells others by webhooks. */
export const PART_OPERATIONS: Operations = {
  ...Object.fromEntries(
    [
      ['confirm', 'confirms'],
      ['reject', 'rejects'],
      ['report', 'reports'],
    ].map(([name, does]) => [
      `/${name}/{token}`,
      {
        get: {
          summary: `What the link of a confirmation mail that ${does} an entry is about`,
          parameters: [TOKEN],
          replies: PAGE_OR_JSON,
        },
        post: { summary: `The same link, followed: ${does} the entry`, parameters: [TOKEN], replies: PAGE_OR_JSON },
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      ['unsubscribe', 'ends'],
      ['subscribe', 'begins again'],
    ].map(([name, does]) => [
      `/${name}/{token}`,
      {
        get: { summary: `What the link that ${does} reminders by mail is about`, parameters: [TOKEN], replies: PAGE },
        post: { summary: `The same link, followed: ${does} them`, parameters: [TOKEN], replies: PAGE },
      },
    ]),
  ),
  '/webhooks/key': { get: { summary: 'The public key by which receivers verify webhooks', replies: TEXT_ONLY } },
  '/health/webhooks': { get: { summary: 'How the deliveries of webhooks do', replies: JSON_ONLY } },
  '/witness/add-checkpoint': {
    post: {
      summary: 'A checkpoint of another log to cosign (C2SP tlog-witness)',
      body: ['text/plain'],
      replies: TEXT_ONLY,
    },
  },
  '/witness/{sha256}/checkpoint': {
    get: {
      summary: 'The checkpoint that was cosigned last for a log',
      parameters: [inPath('sha256', 'SHA-256 of the origin of the log, 64 hex digits.')],
      replies: TEXT_ONLY,
    },
  },
};
