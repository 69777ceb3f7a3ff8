// Makes a fresh clone ready: packages, compiled program and, for tests, the programs they compare with.
//   node scripts/set-up.mjs [--tests]
// Does nothing that is done already, so every npm script may call it first.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
process.chdir(root);
const forTests = process.argv.includes('--tests');

/** What tests compare with: a program, or a path of test vectors, that tells it is there, and the Debian package it comes in. */
const PROGRAMS = [
  { program: 'openssl', package: 'openssl' },
  {
    path: '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data',
    package: 'python3-cryptography-vectors',
  },
  { program: 'xmlsec1', package: 'xmlsec1' },
  { program: 'chromium', package: 'chromium' },
  { program: 'java', package: 'default-jdk-headless' },
  { program: 'softhsm2-util', package: 'softhsm2' },
  { program: 'pkcs11-tool', package: 'opensc' },
  { program: 'xz', package: 'xz-utils' },
  { program: 'bzip2', package: 'bzip2' },
  { program: 'zstd', package: 'zstd' },
  { program: 'curl', package: 'curl' },
  { program: 'qemu-img', package: 'qemu-utils' },
  { path: '/usr/lib/python3/dist-packages/SPARQLWrapper', package: 'python3-sparqlwrapper' },
  { path: '/usr/lib/python3/dist-packages/rdflib', package: 'python3-rdflib' },
];

function say(text) {
  process.stderr.write(`${text}\n`);
}

function isPresent(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

function installPackages() {
  const stamp = 'node_modules/.vouch-installed';
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing packages (npm ci) …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, wanted);
}

/** The SPARQL client that tests let loose on the endpoint: a hundred megabytes that nobody else needs. */
function installClient() {
  const stamp = 'test/client/node_modules/.vouch-installed';
  const wanted = createHash('sha256').update(readFileSync('test/client/package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing the SPARQL client of the tests (npm ci) …');
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['ci', ...flags], { cwd: 'test/client', stdio: ['ignore', 2, 2] });
  if (status === 0) writeFileSync(stamp, wanted);
  else say('The client could not be installed; the test that needs it says so.');
}

function newest(directory) {
  let latest = 0;
  for (const found of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, found.name);
    latest = Math.max(latest, found.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}

async function compile() {
  const stamp = 'dist/.vouch-compiled';
  const sources = Math.max(
    newest('src'),
    newest('schemas'),
    statSync('tsconfig.build.json').mtimeMs,
    statSync('scripts/bundle.mjs').mtimeMs,
    statSync('package-lock.json').mtimeMs,
  );
  if (existsSync(stamp) && statSync(stamp).mtimeMs > sources) return;
  say('Compiling …');
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: ['ignore', 2, 2],
  });
  // Only here is it sure that the bundler is installed.
  const { bundleIslands } = await import('./bundle.mjs');
  await bundleIslands();
  writeFileSync(stamp, '');
}

function installPrograms() {
  const missing = PROGRAMS.filter(({ program, path }) =>
    path === undefined ? !isPresent(program) : !existsSync(path),
  );
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.package);
  const isRoot = process.getuid?.() === 0;
  const prefix = isRoot
    ? []
    : isPresent('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0
      ? ['sudo', '-n']
      : undefined;
  if (prefix === undefined || !isPresent('apt-get')) {
    say(`Tests that need ${names.join(', ')} are skipped; to run them: apt-get install ${names.join(' ')}`);
    return;
  }
  say(`Installing ${names.join(', ')} for the tests (apt-get) …`);
  const apt = (...words) => {
    const [command, ...rest] = [...prefix, 'apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', ...words];
    return spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  apt('update');
  if (apt('install', '-y', '--no-install-recommends', ...names).status !== 0) {
    say(`Some of ${names.join(', ')} could not be installed; the tests that need them say so.`);
  }
}

installPackages();
await compile();
if (forTests) {
  installPrograms();
  installClient();
}
