import { SPARQL_VIEWS } from '../../catalog/sparql/sparql.ts';

/** What a setting's value must be. */
export type SettingKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'path' }
  | { readonly kind: 'file' }
  | { readonly kind: 'address' }
  /** Never in the file, which many may read. */
  | { readonly kind: 'secret' }
  | { readonly kind: 'url' }
  | { readonly kind: 'origin' }
  | { readonly kind: 'flag' }
  /** `#rrggbb`. */
  | { readonly kind: 'color' }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  | { readonly kind: 'number'; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text-list' }
  | { readonly kind: 'url-list' }
  | { readonly kind: 'network-list' }
  | { readonly kind: 'sha256-list' }
  | { readonly kind: 'vkey' }
  | { readonly kind: 'vkey-list' }
  | { readonly kind: 'binding-list' }
  | { readonly kind: 'rule-list' }
  | { readonly kind: 'webhook-list' }
  | { readonly kind: 'follow-list' };

/** One setting: the single source of what the file, the environment, the schema and the documentation say of it. */
export interface Setting {
  /** Path in the file, as in `listen.port`. */
  readonly path: string;
  /** Environment variable that overrides the file. */
  readonly variable: string;
  readonly type: SettingKind;
  /** Value where neither says anything; absent for settings without one. */
  readonly fallback?: string | number | boolean | readonly string[];
  /** One line for the operator. */
  readonly meaning: string;
}

/** Every setting there is, in the order of the documentation. This file is long because each of them is said once, here. */
export const SETTINGS = [
  {
    path: 'listen.host',
    variable: 'VOUCH_LISTEN_HOST',
    type: { kind: 'text' },
    fallback: '127.0.0.1',
    meaning: 'Address to listen on; `0.0.0.0` or `::` for every interface.',
  },
  {
    path: 'listen.port',
    variable: 'VOUCH_LISTEN_PORT',
    type: { kind: 'whole', least: 0, most: 65535 },
    fallback: 8080,
    meaning: 'TCP port to listen on; 0 lets the system choose one.',
  },
  {
    path: 'listen.proxies',
    variable: 'VOUCH_LISTEN_PROXIES',
    type: { kind: 'network-list' },
    fallback: ['127.0.0.0/8', '::1/128'],
    meaning:
      'Proxies in front: the address of a client is the last one in the `X-Forwarded-For` they send that is none of them. Nobody else is believed.',
  },
  {
    path: 'baseUrl',
    variable: 'VOUCH_BASE_URL',
    type: { kind: 'url' },
    meaning: 'Public URL of the registry, as it stands in entry IRIs and links. It never changes. Required.',
  },
  {
    path: 'title',
    variable: 'VOUCH_TITLE',
    type: { kind: 'text' },
    fallback: 'Vouch marketplace',
    meaning: 'Name shown on every page.',
  },
  {
    path: 'theme.logo',
    variable: 'VOUCH_THEME_LOGO',
    type: { kind: 'file' },
    meaning: 'Picture beside the name on every page and in browser tabs: SVG, PNG or WebP of at most 64 KiB.',
  },
  {
    path: 'theme.accent',
    variable: 'VOUCH_THEME_ACCENT',
    type: { kind: 'color' },
    meaning: 'Colour of links and buttons on light pages. One that could not be read there is refused.',
  },
  {
    path: 'theme.accentDark',
    variable: 'VOUCH_THEME_ACCENT_DARK',
    type: { kind: 'color' },
    meaning: 'The same on dark pages. Where not given, `theme.accent` made as light as reading takes.',
  },
  {
    path: 'theme.header',
    variable: 'VOUCH_THEME_HEADER',
    type: { kind: 'color' },
    meaning: 'Background of the head of every page; its text is black or white, whichever is read better.',
  },
  {
    path: 'theme.headerDark',
    variable: 'VOUCH_THEME_HEADER_DARK',
    type: { kind: 'color' },
    meaning: 'The same on dark pages; `theme.header` where not given.',
  },
  {
    path: 'theme.footer',
    variable: 'VOUCH_THEME_FOOTER',
    type: { kind: 'text' },
    meaning: 'Text at the end of every page, as who runs the registry; http and https URLs in it become links.',
  },
  {
    path: 'dataDirectory',
    variable: 'VOUCH_DATA_DIRECTORY',
    type: { kind: 'path' },
    meaning: 'Directory of the log, its key, the documents and the catalog; made where it is missing. Required.',
  },
  {
    path: 'origin',
    variable: 'VOUCH_ORIGIN',
    type: { kind: 'origin' },
    meaning:
      'Name of the transparency log, a URL prefix without a scheme. It never changes. The host of `baseUrl` and `/log` where not given.',
  },
  {
    path: 'trust.mode',
    variable: 'VOUCH_TRUST_MODE',
    type: { kind: 'choice', choices: ['anchors', 'pinned', 'open'] },
    fallback: 'anchors',
    meaning:
      'Who may endorse: `anchors`, certificates with a path to the trust directory; `pinned`, the certificates listed; `open`, any certificate, with `confirmation.mode`.',
  },
  {
    path: 'trust.directory',
    variable: 'VOUCH_TRUST_DIRECTORY',
    type: { kind: 'path' },
    meaning:
      'Directory of the trust anchors: PEM files, or the layout of grids with revocation lists and name policies. Required in mode `anchors`.',
  },
  {
    path: 'trust.crl',
    variable: 'VOUCH_TRUST_CRL',
    type: { kind: 'choice', choices: ['require', 'if-present', 'off'] },
    meaning:
      'Revocation lists: `require` one of every authority, use those `if-present`, or `off`. Where not given, `require` for a directory in the layout of grids and `if-present` for a plain folder.',
  },
  {
    path: 'trust.crlGraceHours',
    variable: 'VOUCH_TRUST_CRL_GRACE_HOURS',
    type: { kind: 'number', least: 0, most: 24 },
    fallback: 0,
    meaning: 'Hours that a revocation list is still taken after the next one was due.',
  },
  {
    path: 'trust.namespaces',
    variable: 'VOUCH_TRUST_NAMESPACES',
    type: { kind: 'choice', choices: ['auto', 'require', 'off'] },
    fallback: 'auto',
    meaning:
      'Hold the names that authorities give against `.namespaces` and `.signing_policy` files: `require` such a file, `auto` as soon as the directory has any, or `off`.',
  },
  {
    path: 'trust.statuses',
    variable: 'VOUCH_TRUST_STATUSES',
    type: { kind: 'text-list' },
    fallback: [],
    meaning: 'Statuses in `.info` files that are trusted besides `accredited:…`, such as `experimental`.',
  },
  {
    path: 'trust.refreshMinutes',
    variable: 'VOUCH_TRUST_REFRESH_MINUTES',
    type: { kind: 'number', least: 0.01, most: 1440 },
    fallback: 10,
    meaning: 'Minutes after which the trust directory is read again.',
  },
  {
    path: 'trust.pinned',
    variable: 'VOUCH_TRUST_PINNED',
    type: { kind: 'sha256-list' },
    fallback: [],
    meaning: 'SHA-256 of each certificate that may endorse, in hex. Required in mode `pinned`.',
  },
  {
    path: 'endorsers',
    variable: 'VOUCH_ENDORSERS',
    type: { kind: 'binding-list' },
    fallback: [],
    meaning:
      'E-mail addresses bound to a certificate subject and issuer, for certificates that name no address themselves.',
  },
  {
    path: 'endorsing.allow',
    variable: 'VOUCH_ENDORSING_ALLOW',
    type: { kind: 'rule-list' },
    fallback: [],
    meaning:
      'Where there is any: the only certificates whose entries are taken, of those that are trusted; by `subject`, `issuer`, `key` (SHA-256 of the public key), all that is said together.',
  },
  {
    path: 'endorsing.deny',
    variable: 'VOUCH_ENDORSING_DENY',
    type: { kind: 'rule-list' },
    fallback: [],
    meaning: 'Certificates whose entries are not taken, whatever else is said. What is here stays here.',
  },
  {
    path: 'access.mode',
    variable: 'VOUCH_ACCESS_MODE',
    type: { kind: 'choice', choices: ['public', 'private'] },
    fallback: 'public',
    meaning: 'Who may read: everybody (`public`), or those who show a token or a client certificate (`private`).',
  },
  {
    path: 'access.tokens',
    variable: 'VOUCH_ACCESS_TOKENS',
    type: { kind: 'file' },
    meaning: 'File of the tokens, a line each, as `vouch token` makes them. It is read again when it changes.',
  },
  {
    path: 'access.readers',
    variable: 'VOUCH_ACCESS_READERS',
    type: { kind: 'rule-list' },
    fallback: [],
    meaning: 'Client certificates that may read a private registry; all that TLS verified where there is none.',
  },
  {
    path: 'access.administrators',
    variable: 'VOUCH_ACCESS_ADMINISTRATORS',
    type: { kind: 'rule-list' },
    fallback: [],
    meaning: 'Client certificates of administrators, who may also see `/metrics` and have no limit of rate.',
  },
  {
    path: 'access.proxySecret',
    variable: 'VOUCH_ACCESS_PROXY_SECRET',
    type: { kind: 'secret' },
    meaning:
      'Secret by which a proxy that ended TLS shows that the client certificate it names was verified. Or use `access.proxySecretFile`.',
  },
  {
    path: 'access.proxySecretFile',
    variable: 'VOUCH_ACCESS_PROXY_SECRET_FILE',
    type: { kind: 'file' },
    meaning: 'File whose first line is that secret.',
  },
  {
    path: 'tls.certificate',
    variable: 'VOUCH_TLS_CERTIFICATE',
    type: { kind: 'file' },
    meaning:
      'PEM file of the certificate, with its chain, by which this server itself speaks TLS; without it a proxy in front does.',
  },
  {
    path: 'tls.key',
    variable: 'VOUCH_TLS_KEY',
    type: { kind: 'file' },
    meaning: 'PEM file of its private key. Both are read again every hour.',
  },
  {
    path: 'tls.clientAuthorities',
    variable: 'VOUCH_TLS_CLIENT_AUTHORITIES',
    type: { kind: 'file' },
    meaning:
      'PEM file of the authorities whose certificates clients may show; clients are asked for one where it is given.',
  },
  {
    path: 'limits.documentBytes',
    variable: 'VOUCH_LIMITS_DOCUMENT_BYTES',
    type: { kind: 'whole', least: 1024, most: 1048576 },
    fallback: 262144,
    meaning: 'Largest entry taken, in bytes.',
  },
  {
    path: 'limits.workers',
    variable: 'VOUCH_LIMITS_WORKERS',
    type: { kind: 'whole', least: 1, most: 64 },
    fallback: 2,
    meaning: 'Threads that verify uploads.',
  },
  {
    path: 'limits.verifySeconds',
    variable: 'VOUCH_LIMITS_VERIFY_SECONDS',
    type: { kind: 'number', least: 0.1, most: 60 },
    fallback: 2,
    meaning: 'Seconds after which the verification of one entry is ended.',
  },
  {
    path: 'limits.queue',
    variable: 'VOUCH_LIMITS_QUEUE',
    type: { kind: 'whole', least: 1, most: 100000 },
    fallback: 256,
    meaning: 'Uploads that may wait; further ones are told to come back later.',
  },
  {
    path: 'limits.querySeconds',
    variable: 'VOUCH_LIMITS_QUERY_SECONDS',
    type: { kind: 'number', least: 0.1, most: 600 },
    fallback: 10,
    meaning: 'Seconds after which a SPARQL query is ended.',
  },
  {
    path: 'limits.queryRows',
    variable: 'VOUCH_LIMITS_QUERY_ROWS',
    type: { kind: 'whole', least: 1, most: 10000000 },
    fallback: 100000,
    meaning: 'Most rows or triples a SPARQL answer may have.',
  },
  {
    path: 'limits.queries',
    variable: 'VOUCH_LIMITS_QUERIES',
    type: { kind: 'whole', least: 1, most: 100000 },
    fallback: 64,
    meaning: 'SPARQL queries that may wait; further ones are told to come back later.',
  },
  {
    path: 'limits.connections',
    variable: 'VOUCH_LIMITS_CONNECTIONS',
    type: { kind: 'whole', least: 10, most: 1000000 },
    fallback: 2000,
    meaning: 'Connections open at once; further ones are closed.',
  },
  {
    path: 'limits.connectionsPerAddress',
    variable: 'VOUCH_LIMITS_CONNECTIONS_PER_ADDRESS',
    type: { kind: 'whole', least: 1, most: 1000000 },
    fallback: 200,
    meaning: 'Connections of one address, unless it is one of `listen.proxies`.',
  },
  {
    path: 'limits.headerSeconds',
    variable: 'VOUCH_LIMITS_HEADER_SECONDS',
    type: { kind: 'number', least: 1, most: 300 },
    fallback: 10,
    meaning: 'Seconds that the head of a request may take to arrive.',
  },
  {
    path: 'limits.bodySeconds',
    variable: 'VOUCH_LIMITS_BODY_SECONDS',
    type: { kind: 'number', least: 1, most: 300 },
    fallback: 30,
    meaning: 'Seconds that the body of a request may take to arrive.',
  },
  {
    path: 'limits.requestsPerMinute',
    variable: 'VOUCH_LIMITS_REQUESTS_PER_MINUTE',
    type: { kind: 'whole', least: 1, most: 10000000 },
    fallback: 3000,
    meaning:
      'Requests of one address (of IPv6: the first 64 bits) a minute, as many at once after a rest; a look into the log counts a fiftieth. Programs on this machine that ask by themselves have no limit.',
  },
  {
    path: 'limits.requestsAtOnce',
    variable: 'VOUCH_LIMITS_REQUESTS_AT_ONCE',
    type: { kind: 'whole', least: 1, most: 100000 },
    fallback: 50,
    meaning: 'Requests of one address under way at once.',
  },
  {
    path: 'limits.uploadsPerMinute',
    variable: 'VOUCH_LIMITS_UPLOADS_PER_MINUTE',
    type: { kind: 'whole', least: 1, most: 1000000 },
    fallback: 120,
    meaning: 'Uploads of one address a minute.',
  },
  {
    path: 'limits.queriesPerMinute',
    variable: 'VOUCH_LIMITS_QUERIES_PER_MINUTE',
    type: { kind: 'whole', least: 1, most: 1000000 },
    fallback: 300,
    meaning: 'SPARQL queries of one address a minute.',
  },
  {
    path: 'limits.entriesPerDay',
    variable: 'VOUCH_LIMITS_ENTRIES_PER_DAY',
    type: { kind: 'whole', least: 1, most: 100000000 },
    fallback: 20000,
    meaning: 'Entries taken within 24 hours, of anybody; what comes by `vouch import` is not counted.',
  },
  {
    path: 'limits.entriesPerEndorser',
    variable: 'VOUCH_LIMITS_ENTRIES_PER_ENDORSER',
    type: { kind: 'whole', least: 1, most: 100000000 },
    fallback: 1000,
    meaning: 'Entries of one endorser taken within 24 hours.',
  },
  {
    path: 'sparql.endpoint',
    variable: 'VOUCH_SPARQL_ENDPOINT',
    type: { kind: 'url' },
    meaning:
      'SPARQL 1.1 server that holds the triples and answers the queries, in place of threads of the registry; its default graph must be the union of all graphs.',
  },
  {
    path: 'sparql.graphStore',
    variable: 'VOUCH_SPARQL_GRAPH_STORE',
    type: { kind: 'url' },
    meaning:
      'URL of the same server by the Graph Store Protocol, where the entries are put. Required with `sparql.endpoint`.',
  },
  {
    path: 'sparql.user',
    variable: 'VOUCH_SPARQL_USER',
    type: { kind: 'text' },
    meaning: 'Name that the registry gives that server (HTTP Basic); none where not given.',
  },
  {
    path: 'sparql.password',
    variable: 'VOUCH_SPARQL_PASSWORD',
    type: { kind: 'text' },
    meaning: 'Password to that name; better in the environment than in the file.',
  },
  {
    path: 'sparql.view',
    variable: 'VOUCH_SPARQL_VIEW',
    type: { kind: 'choice', choices: SPARQL_VIEWS },
    fallback: 'history',
    meaning:
      'What a query sees that names no view: every entry (`history`), the newest of each endorser for each image (`current`), or of these the ones neither deprecated nor expired (`valid`). Only `history` with `sparql.endpoint`.',
  },
  {
    path: 'sparql.queries',
    variable: 'VOUCH_SPARQL_QUERIES',
    type: { kind: 'path' },
    meaning: 'Directory of saved queries (`NAME.rq`), read at the start: each is answered at `/queries/NAME`.',
  },
  {
    path: 'locations.report',
    variable: 'VOUCH_LOCATIONS_REPORT',
    type: { kind: 'path' },
    meaning:
      'Report that `vouch locations check --report` writes, read again as it changes: pages and JSON say what was found at each location, and when.',
  },
  {
    path: 'usage.count',
    variable: 'VOUCH_USAGE_COUNT',
    type: { kind: 'flag' },
    fallback: true,
    meaning:
      'Count by day how often images are looked up and checked, and what sites report that have a token for it. Nothing about who asks is kept.',
  },
  {
    path: 'usage.days',
    variable: 'VOUCH_USAGE_DAYS',
    type: { kind: 'whole', least: 60, most: 3650 },
    fallback: 365,
    meaning: 'Days that are kept as days; older ones become months, and after ten years one number.',
  },
  {
    path: 'usage.siteNames',
    variable: 'VOUCH_USAGE_SITE_NAMES',
    type: { kind: 'choice', choices: ['administrators', 'readers'] },
    fallback: 'administrators',
    meaning:
      'Who sees the names that sites give themselves in what they report: where a withdrawn image still runs is a help to an attacker.',
  },
  {
    path: 'confirmation.mode',
    variable: 'VOUCH_CONFIRMATION_MODE',
    type: { kind: 'choice', choices: ['off', 'unknown', 'always'] },
    fallback: 'off',
    meaning:
      'Whose entries wait until the owner of the address confirms them by mail: `unknown`, those of endorsers that did not confirm their address before and are not in `endorsers`; `always`, every entry.',
  },
  {
    path: 'confirmation.expireHours',
    variable: 'VOUCH_CONFIRMATION_EXPIRE_HOURS',
    type: { kind: 'number', least: 0.001, most: 720 },
    fallback: 72,
    meaning: 'Hours after which an entry that nobody confirmed is dropped.',
  },
  {
    path: 'confirmation.pending',
    variable: 'VOUCH_CONFIRMATION_PENDING',
    type: { kind: 'whole', least: 1, most: 100000 },
    fallback: 1000,
    meaning: 'Entries that may wait for confirmation at once.',
  },
  {
    path: 'confirmation.pendingPerAddress',
    variable: 'VOUCH_CONFIRMATION_PENDING_PER_ADDRESS',
    type: { kind: 'whole', least: 1, most: 1000 },
    fallback: 5,
    meaning: 'Mails to one address within `confirmation.expireHours`, those whose entries were confirmed not counted.',
  },
  {
    path: 'confirmation.templates',
    variable: 'VOUCH_CONFIRMATION_TEMPLATES',
    type: { kind: 'path' },
    meaning: 'Directory with a `confirm.txt` of your own; the one that comes with the program where not given.',
  },
  {
    path: 'reminders.mode',
    variable: 'VOUCH_REMINDERS_MODE',
    type: { kind: 'choice', choices: ['off', 'confirmed', 'all'] },
    fallback: 'off',
    meaning:
      'Endorsers who hear by mail that entries run out, that somebody else deprecated what they endorse, and what they endorse: those whose address was `confirmed` by mail or is in `endorsers`, or `all` of them.',
  },
  {
    path: 'reminders.firstDays',
    variable: 'VOUCH_REMINDERS_FIRST_DAYS',
    type: { kind: 'number', least: 0.0001, most: 3650 },
    fallback: 30,
    meaning: 'Days before the end of an entry when its endorser hears of it.',
  },
  {
    path: 'reminders.lastDays',
    variable: 'VOUCH_REMINDERS_LAST_DAYS',
    type: { kind: 'number', least: 0.0001, most: 3650 },
    fallback: 7,
    meaning: 'Days before the end when he hears of it once more; at most `reminders.firstDays`.',
  },
  {
    path: 'reminders.summaryDays',
    variable: 'VOUCH_REMINDERS_SUMMARY_DAYS',
    type: { kind: 'number', least: 0, most: 3650 },
    fallback: 180,
    meaning: 'Days between two summaries of what an endorser endorses; none with 0.',
  },
  {
    path: 'reminders.roundMinutes',
    variable: 'VOUCH_REMINDERS_ROUND_MINUTES',
    type: { kind: 'number', least: 0.001, most: 1440 },
    fallback: 15,
    meaning: 'Minutes between two looks at what is due.',
  },
  {
    path: 'reminders.templates',
    variable: 'VOUCH_REMINDERS_TEMPLATES',
    type: { kind: 'path' },
    meaning:
      'Directory with an `expiry.txt`, `deprecation.txt` and `summary.txt` of your own; those that come with the program where not given.',
  },
  {
    path: 'smtp.host',
    variable: 'VOUCH_SMTP_HOST',
    type: { kind: 'text' },
    meaning: 'Server that takes the mail. Required with `confirmation.mode` and `reminders.mode`.',
  },
  {
    path: 'smtp.port',
    variable: 'VOUCH_SMTP_PORT',
    type: { kind: 'whole', least: 1, most: 65535 },
    fallback: 587,
    meaning: 'Its TCP port; often 465 with `tls`.',
  },
  {
    path: 'smtp.security',
    variable: 'VOUCH_SMTP_SECURITY',
    type: { kind: 'choice', choices: ['starttls', 'tls', 'none'] },
    fallback: 'starttls',
    meaning:
      'TLS: `starttls` before anything is said, `tls` from the first byte, or `none` for a server on this machine.',
  },
  {
    path: 'smtp.authorities',
    variable: 'VOUCH_SMTP_AUTHORITIES',
    type: { kind: 'file' },
    meaning: 'PEM file of the authorities that may vouch for the server; those of the system where not given.',
  },
  {
    path: 'smtp.from',
    variable: 'VOUCH_SMTP_FROM',
    type: { kind: 'address' },
    meaning: 'Address the mail comes from. Required with `confirmation.mode` and `reminders.mode`.',
  },
  {
    path: 'smtp.user',
    variable: 'VOUCH_SMTP_USER',
    type: { kind: 'text' },
    meaning: 'Name to log in with; no login where not given.',
  },
  {
    path: 'smtp.password',
    variable: 'VOUCH_SMTP_PASSWORD',
    type: { kind: 'secret' },
    meaning: 'Its password. Or use `smtp.passwordFile`.',
  },
  {
    path: 'smtp.passwordFile',
    variable: 'VOUCH_SMTP_PASSWORD_FILE',
    type: { kind: 'file' },
    meaning: 'File whose first line is the password.',
  },
  {
    path: 'logs.format',
    variable: 'VOUCH_LOGS_FORMAT',
    type: { kind: 'choice', choices: ['text', 'json'] },
    fallback: 'text',
    meaning:
      'What is written to standard error: `text`, sentences on what changed; `json`, the same and every request, an object a line.',
  },
  {
    path: 'logs.level',
    variable: 'VOUCH_LOGS_LEVEL',
    type: { kind: 'choice', choices: ['info', 'warn', 'error'] },
    fallback: 'info',
    meaning:
      'The least that is written: `info`, everything; `warn`, requests that failed here, and faults; `error`, faults.',
  },
  {
    path: 'metrics.access',
    variable: 'VOUCH_METRICS_ACCESS',
    type: { kind: 'choice', choices: ['local', 'public', 'off'] },
    fallback: 'local',
    meaning:
      'Who may see `/metrics`: programs on this machine that no proxy asks for (`local`), everybody (`public`), nobody (`off`).',
  },
  {
    path: 'health.diskMegabytes',
    variable: 'VOUCH_HEALTH_DISK_MEGABYTES',
    type: { kind: 'whole', least: 1, most: 1048576 },
    fallback: 512,
    meaning: 'Room on the disk of the data directory, in MiB, below which `/health/ready` warns.',
  },
  {
    path: 'readOnly',
    variable: 'VOUCH_READ_ONLY',
    type: { kind: 'flag' },
    fallback: false,
    meaning: 'Take no uploads; reading goes on.',
  },
  {
    path: 'witness.logs',
    variable: 'VOUCH_WITNESS_LOGS',
    type: { kind: 'vkey-list' },
    fallback: [],
    meaning:
      'Keys (`name+hash+key`) of the logs whose checkpoints this registry cosigns as a witness, at `/witness/add-checkpoint`.',
  },
  {
    path: 'witness.policy',
    variable: 'VOUCH_WITNESS_POLICY',
    type: { kind: 'file' },
    meaning:
      'Witness policy (C2SP tlog-policy): whose cosignatures a checkpoint of this log needs before readers see it. None where not given.',
  },
  {
    path: 'witness.patienceSeconds',
    variable: 'VOUCH_WITNESS_PATIENCE_SECONDS',
    type: { kind: 'number', least: 0, most: 50 },
    fallback: 5,
    meaning: 'Seconds that an upload waits for the witnesses before it is answered 202 and goes on by itself.',
  },
  {
    path: 'witness.refreshMinutes',
    variable: 'VOUCH_WITNESS_REFRESH_MINUTES',
    type: { kind: 'number', least: 1, most: 1440 },
    fallback: 60,
    meaning:
      'Minutes after which a checkpoint is cosigned anew though nothing was uploaded, so that readers see it is current.',
  },
  {
    path: 'witness.mirrors',
    variable: 'VOUCH_WITNESS_MIRRORS',
    type: { kind: 'url-list' },
    fallback: [],
    meaning:
      'Mirrors of this log, as in `https://site-b.example.org/mirror`: asked at the start, like the witnesses, whether they have more of it.',
  },
  {
    path: 'witness.guard',
    variable: 'VOUCH_WITNESS_GUARD',
    type: { kind: 'choice', choices: ['require', 'warn'] },
    fallback: 'warn',
    meaning:
      'At the start, `require` an answer of every witness and mirror before entries are taken, or `warn` of those that give none.',
  },
  {
    path: 'index.records',
    variable: 'VOUCH_INDEX_RECORDS',
    type: { kind: 'whole', least: 0, most: 1000000 },
    fallback: 0,
    meaning:
      'After this many records the log states the root of its index, by which a client proves that nothing about an image is hidden without taking the whole log; 1000 is a good choice. 0 for no index. Programs before this version cannot read a log that has one.',
  },
  {
    path: 'mirror.url',
    variable: 'VOUCH_MIRROR_URL',
    type: { kind: 'url' },
    meaning:
      'Base URL of the registry to copy. Where it is given, this is a mirror: it takes no uploads and trusts nobody.',
  },
  {
    path: 'mirror.logKey',
    variable: 'VOUCH_MIRROR_LOG_KEY',
    type: { kind: 'vkey' },
    meaning: 'Key of the log that is copied, as its operator gives it. Required for a mirror.',
  },
  {
    path: 'mirror.tokenFile',
    variable: 'VOUCH_MIRROR_TOKEN_FILE',
    type: { kind: 'file' },
    meaning: 'File whose first line is the token by which a private registry lets the mirror read.',
  },
  {
    path: 'mirror.intervalSeconds',
    variable: 'VOUCH_MIRROR_INTERVAL_SECONDS',
    type: { kind: 'number', least: 0.1, most: 86400 },
    fallback: 10,
    meaning: 'Seconds between two looks at the log that is copied.',
  },
  {
    path: 'imports.keys',
    variable: 'VOUCH_IMPORTS_KEYS',
    type: { kind: 'vkey-list' },
    fallback: [],
    meaning: 'Verifier keys (`name+hash+key`) that may sign manifests for `vouch import`.',
  },
  {
    path: 'webhooks',
    variable: 'VOUCH_WEBHOOKS',
    type: { kind: 'webhook-list' },
    fallback: [],
    meaning: 'Receivers that are told of every accepted entry, or of those of an image, an endorser or a tag.',
  },
  {
    path: 'follow',
    variable: 'VOUCH_FOLLOW',
    type: { kind: 'follow-list' },
    fallback: [],
    meaning: 'Other registries whose entries are shown beside the own ones, each with the key of its log.',
  },
] as const satisfies readonly Setting[];

/** The path of a setting. */
export type SettingPath = (typeof SETTINGS)[number]['path'];
