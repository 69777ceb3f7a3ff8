import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countEdits, nearest } from '../../../src/catalog/nearest.ts';
import { VouchError } from '../../../src/errors.ts';
import { readConfiguration } from '../../../src/server/configuration/configuration.ts';
import { toConfigurationSchema } from '../../../src/server/configuration/configuration-schema.ts';
import { toSettingTable } from '../../../src/server/configuration/configuration-text.ts';
import { SETTINGS } from '../../../src/server/configuration/setting.ts';

const PIN = 'AB'.repeat(32);
const LEAST = {
  VOUCH_BASE_URL: 'https://vouch.example.org/',
  VOUCH_DATA_DIRECTORY: '/data',
  VOUCH_TRUST_DIRECTORY: '/trust',
};

/** How strictly a trust directory is applied where no setting says so; the layout decides on revocation lists. */
const STRICTNESS = { crlGraceHours: 0, namespaces: 'auto', statuses: [], refreshMinutes: 10 };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-configuration-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function read(yaml: string, env: Record<string, string> = {}) {
  const file = join(directory, 'vouch.yaml');
  writeFileSync(file, yaml);
  return readConfiguration({ file, env });
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VouchError);
    expect((thrown as VouchError).code).toBe('config');
    return (thrown as VouchError).message.replaceAll(`${directory}/`, '');
  }
  throw new Error('The configuration was accepted.');
}

const WHOLE = `
baseUrl: https://vouch.example.org/market/
title: Märkte
dataDirectory: ./state
origin: vouch.example.org/old-log
theme: { logo: logo.svg, accent: "#0B5C8A", accentDark: "#7cc0ee", header: "#003b49", headerDark: "#001a20", footer: Run by us }
listen: { host: "::", port: 0, proxies: [10.0.0.0/8] }
logs: { format: json, level: warn }
metrics: { access: public }
health: { diskMegabytes: 9 }
trust: { mode: pinned, pinned: [${PIN}] }
endorsers:
  - { email: jane@example.org, subject: CN=Jane, issuer: CN=CA }
limits: { documentBytes: 1048576, workers: 4, verifySeconds: 0.5, queue: 9, querySeconds: 20, queryRows: 77, queries: 3, connections: 10, connectionsPerAddress: 4, headerSeconds: 5, bodySeconds: 6, requestsPerMinute: 60, requestsAtOnce: 2, uploadsPerMinute: 7, queriesPerMinute: 8, entriesPerDay: 50, entriesPerEndorser: 20 }
sparql: { endpoint: http://store:7200/query, graphStore: http://store:7200/data, user: u, password: p, queries: queries }
locations: { report: ./locations.jsonl }
usage: { days: 90, siteNames: readers }
endorsing: { allow: [{ subject: CN=Jane }], deny: [{ issuer: CN=CA, key: ${PIN} }] }
access: { mode: private, tokens: tokens, readers: [{ subject: CN=Site }] }
tls: { certificate: c.pem, key: k.pem, clientAuthorities: ca.pem }
readOnly: true
witness:
  logs: [log.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz]
  policy: ./witnesses
  mirrors: [http://10.0.0.1:8080/mirror/]
  patienceSeconds: 0.5
  refreshMinutes: 5
  guard: require
index: { records: 1000 }
imports:
  keys: [imports.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz]
webhooks:
  - { name: site-a, url: "https://a.example.org/hook?key=1", email: jane@example.org, tag: nightly, after: 0 }
  - { name: all, url: http://127.0.0.1:9000/ }
follow:
  - { url: "https://public.example.org/", logKey: public.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz, intervalSeconds: 60, tokenFile: public.token }
  - { url: http://127.0.0.1:9001, logKey: public.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz }
`;

describe('a configuration', () => {
  test('is read whole from a file, relative paths beside it', () => {
    expect(read(WHOLE)).toEqual({
      listen: { host: '::', port: 0, proxies: ['10.0.0.0/8'] },
      locations: { report: join(directory, 'locations.jsonl') },
      usage: { days: 90, siteNames: 'readers' },
      logs: { format: 'json', level: 'warn' },
      metrics: { access: 'public' },
      health: { diskMegabytes: 9 },
      baseUrl: 'https://vouch.example.org/market',
      title: 'Märkte',
      theme: {
        logo: join(directory, 'logo.svg'),
        accent: '#0b5c8a',
        accentDark: '#7cc0ee',
        header: '#003b49',
        headerDark: '#001a20',
        footer: 'Run by us',
      },
      dataDirectory: join(directory, 'state'),
      origin: 'vouch.example.org/old-log',
      trust: { mode: 'pinned', pinned: [PIN.toLowerCase()] },
      endorsers: [{ email: 'jane@example.org', subject: 'CN=Jane', issuer: 'CN=CA' }],
      limits: {
        documentBytes: 1048576,
        workers: 4,
        verifySeconds: 0.5,
        queue: 9,
        querySeconds: 20,
        queryRows: 77,
        queries: 3,
        connections: 10,
        connectionsPerAddress: 4,
        headerSeconds: 5,
        bodySeconds: 6,
        requestsPerMinute: 60,
        requestsAtOnce: 2,
        uploadsPerMinute: 7,
        queriesPerMinute: 8,
        entriesPerDay: 50,
        entriesPerEndorser: 20,
      },
      sparql: {
        server: {
          endpoint: 'http://store:7200/query',
          graphStore: 'http://store:7200/data',
          credentials: { user: 'u', password: 'p' },
        },
        view: 'history',
        queries: join(directory, 'queries'),
      },
      endorsing: { allow: [{ subject: 'CN=Jane' }], deny: [{ issuer: 'CN=CA', key: PIN.toLowerCase() }] },
      access: {
        mode: 'private',
        tokens: join(directory, 'tokens'),
        readers: [{ subject: 'CN=Site' }],
        administrators: [],
      },
      tls: {
        certificate: join(directory, 'c.pem'),
        key: join(directory, 'k.pem'),
        clientAuthorities: join(directory, 'ca.pem'),
      },
      readOnly: true,
      witness: {
        logs: ['log.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz'],
        policy: join(directory, 'witnesses'),
        mirrors: ['http://10.0.0.1:8080/mirror'],
        patienceSeconds: 0.5,
        refreshMinutes: 5,
        guard: 'require',
      },
      index: { records: 1000 },
      imports: { keys: ['imports.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz'] },
      follow: [
        {
          url: 'https://public.example.org',
          logKey: 'public.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz',
          intervalSeconds: 60,
          tokenFile: join(directory, 'public.token'),
        },
        {
          url: 'http://127.0.0.1:9001',
          logKey: 'public.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz',
          intervalSeconds: 10,
        },
      ],
      webhooks: [
        {
          name: 'site-a',
          url: 'https://a.example.org/hook?key=1',
          filter: { email: 'jane@example.org', tag: 'nightly' },
          after: 0,
        },
        { name: 'all', url: 'http://127.0.0.1:9000/', filter: {} },
      ],
    });
  });

  test('is read whole from the environment', () => {
    const configuration = readConfiguration({
      env: {
        ...{ VOUCH_BASE_URL: 'http://h:81', VOUCH_DATA_DIRECTORY: 'state', VOUCH_TITLE: 'T', VOUCH_READ_ONLY: 'true' },
        ...{
          VOUCH_TRUST_MODE: 'pinned',
          VOUCH_TRUST_PINNED: `${PIN}, ${PIN}`,
          VOUCH_LISTEN_PORT: '9',
          VOUCH_ORIGIN: '',
        },
        VOUCH_ENDORSERS: '[{"email":"a@b","subject":"s","issuer":"i"}]',
        VOUCH_LIMITS_VERIFY_SECONDS: '1.5',
        VOUCH_URL: 'http://another.command/',
      },
    });
    expect(configuration).toMatchObject({
      listen: { host: '127.0.0.1', port: 9 },
      dataDirectory: resolve('state'),
      origin: 'h:81/log',
      trust: { mode: 'pinned', pinned: [PIN.toLowerCase(), PIN.toLowerCase()] },
      endorsers: [{ email: 'a@b', subject: 's', issuer: 'i' }],
      limits: { verifySeconds: 1.5 },
      readOnly: true,
    });
  });

  test('needs only base URL, data and trust; the rest has the defaults of the table', () => {
    const { listen, title, origin, trust, limits, readOnly, baseUrl, ...rest } = readConfiguration({ env: LEAST });
    expect({ listen, title, origin, trust, limits, readOnly, baseUrl }).toEqual({
      listen: { host: '127.0.0.1', port: 8080, proxies: ['127.0.0.0/8', '::1/128'] },
      title: 'Vouch marketplace',
      origin: 'vouch.example.org/log',
      baseUrl: 'https://vouch.example.org',
      trust: { mode: 'anchors', directory: '/trust', ...STRICTNESS },
      limits: {
        ...{ documentBytes: 262144, workers: 2, verifySeconds: 2, queue: 256 },
        ...{ querySeconds: 10, queryRows: 100000, queries: 64 },
        ...{ connections: 2000, connectionsPerAddress: 200, headerSeconds: 10, bodySeconds: 30 },
        ...{ requestsPerMinute: 3000, requestsAtOnce: 50, uploadsPerMinute: 120, queriesPerMinute: 300 },
        ...{ entriesPerDay: 20000, entriesPerEndorser: 1000 },
      },
      readOnly: false,
    });
    expect(rest).toEqual({
      theme: {},
      dataDirectory: '/data',
      endorsers: [],
      endorsing: { allow: [], deny: [] },
      access: { mode: 'public', readers: [], administrators: [] },
      logs: { format: 'text', level: 'info' },
      metrics: { access: 'local' },
      health: { diskMegabytes: 512 },
      sparql: { view: 'history' },
      witness: { logs: [], patienceSeconds: 5, refreshMinutes: 60, mirrors: [], guard: 'warn' },
      index: { records: 0 },
      imports: { keys: [] },
      locations: {},
      usage: { days: 365, siteNames: 'administrators' },
      webhooks: [],
      follow: [],
    });
  });

  test('of a SPARQL server needs both its addresses, and a password to a name', () => {
    const least = { ...LEAST, VOUCH_SPARQL_ENDPOINT: 'http://s/q' };
    expect(() => readConfiguration({ env: least })).toThrow(/The setting sparql.graphStore is missing/);
    const both = { ...least, VOUCH_SPARQL_GRAPH_STORE: 'http://s/d' };
    expect(readConfiguration({ env: both }).sparql.server).toEqual({
      endpoint: 'http://s/q',
      graphStore: 'http://s/d',
    });
    expect(() => readConfiguration({ env: { ...both, VOUCH_SPARQL_USER: 'u' } })).toThrow(/sparql.password is missing/);
    expect(() => readConfiguration({ env: { ...LEAST, VOUCH_SPARQL_USER: 'u' } })).toThrow(/is missing/);
  });

  test('of the usual view of queries is none but history where another server answers them', () => {
    expect(readConfiguration({ env: { ...LEAST, VOUCH_SPARQL_VIEW: 'current' } }).sparql.view).toBe('current');
    const server = { VOUCH_SPARQL_ENDPOINT: 'http://s/q', VOUCH_SPARQL_GRAPH_STORE: 'http://s/d' };
    const both = { ...LEAST, ...server, VOUCH_SPARQL_VIEW: 'valid' };
    expect(() => readConfiguration({ env: both })).toThrow(/sparql.view is valid, but .* has the view history/);
    expect(() => readConfiguration({ env: { ...LEAST, VOUCH_SPARQL_VIEW: 'newest' } })).toThrow(/sparql.view/);
  });

  test('of the environment wins over the file', () => {
    expect(read(WHOLE, { VOUCH_LIMITS_WORKERS: '7' }).limits.workers).toBe(7);
  });

  test('of the example file serves with vouch serve --config', () => {
    const configuration = readConfiguration({ file: 'docs/vouch.example.yaml', env: {} });
    expect(configuration).toMatchObject({ baseUrl: 'http://127.0.0.1:8080', origin: '127.0.0.1:8080/log' });
    expect(configuration.trust).toEqual({ mode: 'anchors', directory: resolve('docs/trust-anchors'), ...STRICTNESS });
  });

  test('of a mirror needs no trust, and has no use for what a writer is set up with', () => {
    const key = 'a.example/log+89eebc94+AWtvXobzThM7tyDPNBUjPNpBnIjpXmR5c0dqD4ZkgRfa';
    const mirror = `baseUrl: https://m.example\ndataDirectory: d\nmirror: { url: https://a.example/, logKey: ${key} }\n`;
    const { mirror: set, trust } = read(mirror);
    expect(set).toEqual({ url: 'https://a.example', logKey: key, intervalSeconds: 10 });
    expect(trust).toEqual({ mode: 'pinned', pinned: [] });
    expect(() => read(`${mirror}readOnly: true\n`)).toThrow(
      /The setting readOnly in \S*vouch.yaml, line 4 has no effect in a mirror: take it out, or take out mirror.url\.$/,
    );
    expect(() => read(mirror.replace(`, logKey: ${key}`, ''))).toThrow(/The setting mirror.logKey is missing/);
    expect(() => read(mirror.replace('url: https://a.example/, ', ''))).toThrow(
      /The setting mirror.logKey in \S*vouch.yaml, line 3 has no effect without mirror.url\.$/,
    );
    expect(() => read(mirror.replace(key, 'a.example/log'))).toThrow(/it must be a verifier key/);
  });

  test('says how strictly a trust directory is applied', () => {
    const strictness =
      'crl: if-present, crlGraceHours: 6, namespaces: require, statuses: [experimental], refreshMinutes: 1';
    const { trust } = read(`baseUrl: https://a.example\ndataDirectory: d\ntrust: { directory: /t, ${strictness} }\n`);
    const expected = { crl: 'if-present', crlGraceHours: 6, namespaces: 'require', refreshMinutes: 1 };
    expect(trust).toEqual({ mode: 'anchors', directory: '/t', statuses: ['experimental'], ...expected });
    expect(readConfiguration({ env: { ...LEAST, VOUCH_TRUST_STATUSES: 'a b,c' } }).trust).toMatchObject({
      statuses: ['a', 'b', 'c'],
    });
  });
});

describe('a mistake is one sentence that names setting, place and remedy', () => {
  const most = 'baseUrl: https://a.example\ndataDirectory: d\ntrust: { directory: t }\n';

  test.each([
    [
      'no base URL',
      'dataDirectory: d\n',
      'The setting baseUrl is missing: set it in vouch.yaml or as VOUCH_BASE_URL; it must be an http or https URL without query and fragment, as in https://marketplace.example.org.',
    ],
    [
      'no trust directory',
      'baseUrl: https://a.example\ndataDirectory: d\n',
      'The setting trust.directory is missing: set it in vouch.yaml or as VOUCH_TRUST_DIRECTORY; it must be the path of a directory.',
    ],
    [
      'no pinned certificate',
      'baseUrl: https://a.example\ndataDirectory: d\ntrust: { mode: pinned }\n',
      'The setting trust.pinned is missing: set it in vouch.yaml or as VOUCH_TRUST_PINNED; it must be a list of SHA-256 values of 64 hex digits.',
    ],
    [
      'a port that is none',
      `${most}listen:\n  port: 99999\n`,
      'The setting listen.port in vouch.yaml, line 5 is 99999; it must be a whole number from 0 to 65535.',
    ],
    [
      'text for a number',
      `${most}listen: { port: "80" }\n`,
      'The setting listen.port in vouch.yaml, line 4 is "80"; it must be a whole number from 0 to 65535.',
    ],
    [
      'nothing for a text',
      `${most}title:\n`,
      'The setting title in vouch.yaml, line 4 is null; it must be text that is not empty.',
    ],
    ['a typing error', `${most}titel: x\n`, 'vouch.yaml, line 4: there is no setting titel; is title meant?'],
    [
      'a typing error in a group',
      `${most}limits: { worker: 2 }\n`,
      'vouch.yaml, line 4: there is no setting limits.worker; is limits.workers meant?',
    ],
    ['an unknown setting', `${most}colour: blue\n`, 'vouch.yaml, line 4: there is no setting colour.'],
    [
      'a group that is none',
      `${most}limits: 3\n`,
      'vouch.yaml, line 4: The setting limits must be a list of names and values.',
    ],
    ['a file that is a list', '- a\n', 'vouch.yaml, line 1: The file must be a list of names and values.'],
    [
      'the open mode',
      'baseUrl: https://a.example\ndataDirectory: d\ntrust: { mode: open }\n',
      'The setting trust.mode open needs confirmation.mode unknown or always, since nothing but the mail tells who endorses.',
    ],
    [
      'a setting without effect',
      `baseUrl: https://a.example\ndataDirectory: d\ntrust: { directory: t, pinned: [${PIN}] }\n`,
      'The setting trust.pinned in vouch.yaml, line 3 has no effect in trust mode anchors: take it out or change trust.mode.',
    ],
    [
      'an ftp base URL',
      'baseUrl: ftp://a.example\n',
      'The setting baseUrl in vouch.yaml, line 1 is "ftp://a.example"; it must be an http or https URL without query and fragment, as in https://marketplace.example.org.',
    ],
    [
      'a base URL with a query',
      'baseUrl: https://a.example/?x\n',
      'The setting baseUrl in vouch.yaml, line 1 is "https://a.example/?x"; it must be an http or https URL without query and fragment, as in https://marketplace.example.org.',
    ],
    [
      'half a binding',
      `${most}endorsers: [{ email: a@b, subject: s }]\n`,
      'The setting endorsers in vouch.yaml, line 4 is [{"email":"a@b","subject":"s"}]; it must be a list of email, subject and issuer, all three text.',
    ],
    [
      'an origin with a scheme',
      `${most}origin: https://a/log\n`,
      'The setting origin in vouch.yaml, line 4 is "https://a/log"; it must be a URL prefix without a scheme, without spaces and plus signs, as in marketplace.example.org/log.',
    ],
    [
      'a limit above the hard one',
      `${most}limits: { documentBytes: 1048577 }\n`,
      'The setting limits.documentBytes in vouch.yaml, line 4 is 1048577; it must be a whole number from 1024 to 1048576.',
    ],
  ])('%s', (_, yaml, sentence) => {
    expect(refusal(() => read(yaml))).toBe(sentence);
  });

  test('YAML that is none, or says a thing twice, names its line', () => {
    expect(refusal(() => read('a: b: c: [\n'))).toMatch(/^vouch\.yaml, line 1: this is not YAML: /);
    expect(refusal(() => read('title: a\ntitle: b\n'))).toMatch(/^vouch\.yaml, line 2: this is not YAML: /);
  });

  test.each([
    [
      { VOUCH_LISTEN_PORT: '80x' },
      'The setting listen.port in the environment variable VOUCH_LISTEN_PORT is "80x"; it must be a whole number from 0 to 65535.',
    ],
    [
      { VOUCH_READ_ONLY: 'yes' },
      'The setting readOnly in the environment variable VOUCH_READ_ONLY is "yes"; it must be true or false.',
    ],
    [
      { VOUCH_ENDORSERS: '[' },
      'The setting endorsers in the environment variable VOUCH_ENDORSERS is "["; it must be a list of email, subject and issuer, all three text.',
    ],
    [{ VOUCH_LISTEN_PROT: '1' }, 'There is no environment variable VOUCH_LISTEN_PROT; is VOUCH_LISTEN_PORT meant?'],
  ] as [Record<string, string>, string][])('in the environment: %o', (env, sentence) => {
    expect(refusal(() => readConfiguration({ env: { ...LEAST, ...env } }))).toBe(sentence);
  });

  test('variables of the other commands are none', () => {
    for (const variable of ['CERT', 'CONFIG', 'EMAIL', 'KEY', 'PASSPHRASE', 'PASSPHRASE_FILE', 'TRUST', 'URL']) {
      expect(readConfiguration({ env: { ...LEAST, [`VOUCH_${variable}`]: 'x' } }).title).toBe('Vouch marketplace');
    }
  });

  test('a missing setting without any file says how to give one', () => {
    expect(refusal(() => readConfiguration({ env: {} }))).toContain(
      'in a configuration file (--config) or as VOUCH_BASE_URL',
    );
  });

  test('a file that is not there is named', () => {
    expect(refusal(() => readConfiguration({ file: '/nowhere/vouch.yaml', env: {} }))).toContain(
      '/nowhere/vouch.yaml cannot be read',
    );
  });

  test.each([
    ['{ url: "http://a.example.org" }'],
    ['{ url: "ftp://a.example.org", logKey: KEY }'],
    ['{ url: "http://a.example.org", logKey: nonsense }'],
    ['{ url: "http://a.example.org", logKey: KEY, intervalSeconds: 0 }'],
    ['{ url: "http://a.example.org", logKey: KEY, trust: all }'],
    ['{ url: "http://a.example.org", logKey: KEY, tokenFile: "" }'],
    ['http://a.example.org'],
  ])('refuses the followed registry %s', (follow) => {
    const key = 'a.example.org+0123abcd+AaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZzAaZz';
    const list = /^The setting follow in vouch\.yaml, line 4 is .*; it must be a list of at most 16 registries/;
    expect(refusal(() => read(`${most}follow: [${follow.replace('KEY', key)}]\n`))).toMatch(list);
  });

  test.each([
    '{ url: "https://a.example/" }',
    '{ name: ../a, url: "https://a.example/" }',
    '{ name: a, url: "file:///etc/passwd" }',
    '{ name: a, url: "https://me:secret@a.example/" }',
    '{ name: a, url: "https://a.example/", tag: nightly }',
    '{ name: a, url: "https://a.example/", after: -1 }',
    '{ name: a, url: "https://a.example/", events: all }',
    '{ name: a, url: "https://a.example/" }, { name: a, url: "https://b.example/" }',
  ])('refuses the webhooks %s', (webhooks) => {
    const list = /^The setting webhooks in vouch\.yaml, line 4 is .*; it must be a list of webhooks/;
    expect(refusal(() => read(`${most}webhooks: [${webhooks}]\n`))).toMatch(list);
  });

  test('any text as a file is accepted or refused as a configuration fault', () => {
    const key = fc.constantFrom('title', 'listen', 'trust', 'limits', 'x', '? ', '- ', '&a ', '*a', '<<');
    const yaml = fc.array(fc.tuple(key, fc.string({ maxLength: 20 })), { maxLength: 5 });
    fc.assert(
      fc.property(yaml, (lines) => {
        const text = lines.map(([name, value]) => `${name}: ${value}`).join('\n');
        expect(refusal(() => read(text))).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the table of settings', () => {
  test('names each path and each variable once, and a variable as its path says', () => {
    expect(new Set(SETTINGS.map(({ path }) => path)).size).toBe(SETTINGS.length);
    for (const { path, variable } of SETTINGS) {
      const words = path
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .replaceAll('.', '_')
        .toUpperCase();
      expect(variable).toBe(`VOUCH_${words}`);
    }
  });

  test('is what the JSON Schema says', () => {
    const file: unknown = JSON.parse(readFileSync('schemas/configuration.schema.json', 'utf8'));
    expect(file).toEqual(toConfigurationSchema());
  });

  test('is what docs/operating.md says', () => {
    expect(readFileSync('docs/operating.md', 'utf8')).toContain(toSettingTable());
  });
});

describe('the nearest word', () => {
  test.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['ABC', 'abc', 0],
    ['port', 'prot', 1],
    ['kitten', 'sitting', 3],
  ])('%s and %s are %i edits apart', (one, other, edits) => {
    expect(countEdits(one, other)).toBe(edits);
    expect(countEdits(other, one)).toBe(edits);
  });

  test('is none where nothing is near', () => {
    expect(nearest('colour', ['title', 'origin'])).toBeUndefined();
    expect(nearest('titel', ['origin', 'title'])).toBe('title');
  });
});
