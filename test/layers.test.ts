import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The rooms of src/, lowest first; a room imports only itself and rooms before it (design: architecture). */
const ROOMS = [
  'errors.ts',
  'xml',
  'x509',
  'rdf',
  'entry',
  'verify',
  'policy',
  'sign',
  'proof',
  'browser',
  'island',
  'platform',
  'mail',
  'endorse',
  'log',
  'peer',
  'catalog',
  'usage',
  'confirm',
  'registry',
  'backup',
  'webhook',
  'remind',
  'site',
  'server',
  'cli',
  'index.ts',
];
const LAST_BROWSER_ROOM = 'browser';
/** The one room that may import each package; `level` has two, since the log is precious and the catalog is not. */
const DOORS: Record<string, readonly string[]> = {
  'libxml2-wasm': ['xml'],
  '@peculiar/x509': ['x509'],
  'reflect-metadata': ['x509'],
  n3: ['rdf'],
  'jsonld-streaming-serializer': ['rdf'],
  'node-forge': ['sign'],
  'hash-wasm': ['browser'],
  '@codemirror/autocomplete': ['island'],
  '@codemirror/commands': ['island'],
  '@codemirror/language': ['island'],
  '@codemirror/legacy-modes': ['island'],
  '@codemirror/lint': ['island'],
  '@codemirror/state': ['island'],
  '@codemirror/view': ['island'],
  '@lezer/highlight': ['island'],
  level: ['log', 'catalog'],
  oxigraph: ['catalog'],
  sparqljs: ['catalog'],
  hono: ['server'],
  '@hono/node-server': ['server'],
  nodemailer: ['mail'],
  pino: ['server'],
  'prom-client': ['server'],
  yaml: ['platform'],
  ajv: ['policy'],
  'rdf-validate-shacl': ['site'],
  aws4fetch: ['site'],
  commander: ['cli'],
};
const VAGUE = /^(utils?|helpers?|common|shared|lib|misc|types|constants)(\.|$)/;
const SOURCE = new URL('../src', import.meta.url).pathname;

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

function sourceFiles(directory = SOURCE): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((found) => {
    const path = join(directory, found.name);
    if (found.isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(path: string): string {
  return relative(SOURCE, path).split(sep)[0]!;
}

const files = sourceFiles();
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...found].map((match) => ({
    file: relative(SOURCE, file),
    room: roomOf(file),
    target: (match[1] ?? match[2])!,
  }));
});

describe('the house', () => {
  it('has only the rooms of the plan', () => {
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) expect(ROOMS).toContain(roomOf(file));
  });

  it('lets a room import only itself and rooms before it', () => {
    const wrong = imports.filter(({ file, room, target }) => {
      if (!target.startsWith('.')) return false;
      const other = roomOf(join(SOURCE, file, '..', target));
      return other !== room && ROOMS.indexOf(other) >= ROOMS.indexOf(room);
    });
    expect(wrong).toEqual([]);
  });

  it('lets each package in by one door', () => {
    const packages = imports.filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'));
    expect(packages.length).toBeGreaterThan(10);
    const wrong = packages.filter(({ room, target }) => {
      const name = target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/');
      return !(DOORS[name] ?? []).includes(room);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the library of broken ciphers out of reach of what verifies and serves', () => {
    const users = new Set(imports.filter(({ target }) => target.startsWith('node-forge/')).map(({ file }) => file));
    expect(users.size).toBe(1);
    for (let before = -1; users.size !== before; ) {
      before = users.size;
      for (const { file, target } of imports) {
        if (target.startsWith('.') && users.has(relative(SOURCE, join(SOURCE, file, '..', target)))) users.add(file);
      }
    }
    // What reads an endorser's own key file, on his machine or in his page, and nothing else.
    const isKeyReader =
      /^(?:sign|endorse|cli)\/|^(?:browser\/web-key-files|browser\/endorsing|island\/endorse|island\/endorse-worker|island\/page\/key-step|platform\/node-key-files)\.ts$/;
    const reaching = [...users].filter((file) => !isKeyReader.test(file));
    expect(reaching).toEqual([]);
    expect(users.size).toBeGreaterThan(3);
  });

  it('keeps Node, the clock and the network out of what also runs in a browser', () => {
    const last = ROOMS.indexOf(LAST_BROWSER_ROOM);
    const pure = files.filter((file) => ROOMS.indexOf(roomOf(file)) <= last);
    const wrong = pure.filter((file) => {
      const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return /from 'node:|import 'node:|\bDate\.now\(|new Date\(\)|\bfetch\(|\bprocess\.|\bBuffer\b/.test(code);
    });
    expect(wrong).toEqual([]);
  });

  it('has no folder or file with a vague name', () => {
    const parts = files.flatMap((file) => relative(SOURCE, file).split(sep));
    expect(parts.filter((part) => VAGUE.test(part))).toEqual([]);
  });

  it('names files in kebab case and exports by name', () => {
    expect(
      files.map((file) => basename(file)).filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(name)),
    ).toEqual([]);
    expect(files.filter((file) => /^export default/m.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('has no file above 300 lines that does not say why', () => {
    const long = files.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return text.split('\n').length > 300 && !text.includes('This file is long because');
    });
    expect(long.map((file) => relative(SOURCE, file))).toEqual([]);
  });
});
