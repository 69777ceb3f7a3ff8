// The other engines, each started with the same quads and stopped again. One that is not there, and cannot be installed, is left out by name.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const JAVA = '/usr/share/java';
const PEERS = {
  virtuoso: { package: 'virtuoso-opensource', isThere: () => existsSync('/usr/bin/virtuoso-t'), start: startVirtuoso },
  jena: { package: 'libapache-jena-java', isThere: () => existsSync(`${JAVA}/jena-arq.jar`), start: startJena },
  rdflib: {
    package: 'python3-rdflib',
    isThere: () => spawnSync('/usr/bin/python3', ['-c', 'import rdflib']).status === 0,
    start: startRdflib,
  },
};

/** The names of those there are: of all (`there`), of all after installing what is missing (`install`), of those named, or `none`. */
export function findPeers(wish) {
  const wanted = wish === 'there' || wish === 'install' ? Object.keys(PEERS) : wish === 'none' ? [] : wish.split(',');
  return wanted.filter((name) => {
    const peer = PEERS[name];
    if (peer === undefined) throw new Error(`There is no peer ${name}; there are ${Object.keys(PEERS).join(', ')}.`);
    if (!peer.isThere() && wish === 'install') {
      console.error(`installing ${peer.package} (apt-get) …`);
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const words = ['install', '-y', '-qq', '--no-install-recommends', peer.package];
      spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 2], env });
    }
    const isThere = peer.isThere();
    if (!isThere) console.error(`without ${name}: ${peer.package} is not installed (SPARQL_PEERS=install does it)`);
    return isThere;
  });
}

/** Starts a peer over an N-Quads file in a directory it may use; resolves to its endpoint, how long it took, and its end. */
export async function startPeer(name, quadsPath, directory) {
  mkdirSync(directory, { recursive: true });
  const start = process.hrtime.bigint();
  const started = [];
  const keep = (child) => {
    started.push(child);
    return child;
  };
  const { url, child } = await PEERS[name].start(quadsPath, directory, keep).catch((failure) => {
    for (const one of started) one.kill('SIGKILL');
    throw failure;
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const end = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  const megabytes = () =>
    Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024;
  return { url, seconds, megabytes, end, pid: child.pid };
}

async function startVirtuoso(quadsPath, directory, keep) {
  const [port, sqlPort] = [await freePort(), await freePort()];
  const file = (name) => join(directory, name);
  writeFileSync(
    file('virtuoso.ini'),
    `[Database]
DatabaseFile = ${file('virtuoso.db')}
ErrorLogFile = ${file('virtuoso.log')}
LockFile = ${file('virtuoso.lck')}
TransactionFile = ${file('virtuoso.trx')}
xa_persistent_file = ${file('virtuoso.pxa')}
[TempDatabase]
DatabaseFile = ${file('temp.db')}
TransactionFile = ${file('temp.trx')}
[Parameters]
ServerPort = 127.0.0.1:${sqlPort}
DirsAllowed = ${directory}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
[HTTPServer]
ServerPort = 127.0.0.1:${port}
ServerRoot = ${directory}
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 600
MaxQueryCostEstimationTime = 100000
`,
  );
  const child = keep(
    spawn('/usr/bin/virtuoso-t', ['-f', '-c', file('virtuoso.ini')], { stdio: 'ignore', cwd: directory }),
  );
  const sql = (text) =>
    execFileSync('/usr/bin/isql-vt', [`127.0.0.1:${sqlPort}`, 'dba', 'dba', 'ERRORS=STDOUT', `EXEC=${text}`], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  await patiently(() => sql('status();'), 180_000);
  // 512: the file is N-Quads, and each quad goes to the graph it names
  sql(`DB.DBA.TTLP_MT(file_open('${quadsPath}'), '', 'urn:none', 512, 2);`);
  sql('checkpoint;');
  return { url: `http://127.0.0.1:${port}/sparql`, child };
}

async function startJena(quadsPath, directory, keep) {
  const port = await freePort();
  // Debian's jar keeps the message files of a renamed package under its old name: they are laid where the classes look for them
  execFileSync('jar', ['xf', `${JAVA}/jena-core.jar`, 'org/apache/jena/ext'], { cwd: directory });
  const jars = [
    'jena-*.jar',
    'slf4j-api.jar',
    'slf4j-nop.jar',
    'xercesImpl.jar',
    'xml-apis.jar',
    'thrift.jar',
    'libthrift.jar',
  ];
  const more = [
    'commons-lang3',
    'commons-csv',
    'commons-codec',
    'commons-io',
    'commons-compress',
    'commons-cli',
    'gson',
    'guava',
    'failureaccess',
    'protobuf',
    'caffeine',
  ];
  const path = execFileSync(
    'sh',
    [
      '-c',
      `ls -d ${[...jars, ...more.map((jar) => `${jar}.jar`)].map((jar) => `${JAVA}/${jar}`).join(' ')} 2>/dev/null || true`,
    ],
    {
      encoding: 'utf8',
    },
  );
  const program = new URL('JenaServer.java', import.meta.url).pathname;
  const words = [
    '-Xmx6g',
    // else its small HTTP server waits 40 ms for an acknowledgement before the last packet of a short answer
    '-Dsun.net.httpserver.nodelay=true',
    '-cp',
    [...path.trim().split('\n'), join(directory, 'org/apache/jena/ext')].join(':'),
    program,
    String(port),
    quadsPath,
    join(directory, 'tdb2'),
  ];
  const child = keep(spawn('java', words, { stdio: ['ignore', 'pipe', 2] }));
  await ready(child);
  return { url: `http://127.0.0.1:${port}/sparql`, child };
}

async function startRdflib(quadsPath, _directory, keep) {
  const port = await freePort();
  const program = new URL('rdflib-server.py', import.meta.url).pathname;
  const child = keep(
    spawn('/usr/bin/python3', [program, String(port), quadsPath], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  await ready(child);
  return { url: `http://127.0.0.1:${port}/sparql`, child };
}

function ready(child) {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The peer left with code ${code}.`)));
    child.stdout.once('data', resolve);
  });
}

async function patiently(attempt, ms) {
  for (const end = Date.now() + ms; ; ) {
    try {
      return attempt();
    } catch (failure) {
      if (Date.now() > end) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
