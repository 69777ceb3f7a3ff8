// npm run bench [-- NAME… [--sizes=1000,10000,100000] [--minutes=30 …]]: measures, and prints tables. Figures are ratios against a limit or a peer of the same run; machines are noisy.
import { benchAsOf } from './as-of.mjs';
import { benchCatalog } from './catalog.mjs';
import { benchRevocation } from './crl.mjs';
import { benchDescribe } from './describe.mjs';
import { benchDownload } from './download.mjs';
import { benchFairness } from './fairness.mjs';
import { benchIndex } from './index.mjs';
import { benchIngest } from './ingest.mjs';
import { benchLog } from './log.mjs';
import { benchMirror } from './mirror.mjs';
import { benchPath } from './path.mjs';
import { benchRestart } from './restart.mjs';
import { benchSite } from './site.mjs';
import { SOAK, soak } from './soak.mjs';
import { soakSparql } from './soak-sparql.mjs';
import { benchSparql } from './sparql.mjs';
import { benchSync } from './sync.mjs';
import { benchVerification } from './verification.mjs';
import { benchWeb } from './web.mjs';
import { benchWitness } from './witness.mjs';

const BENCHES = {
  verification: benchVerification,
  path: benchPath,
  crl: benchRevocation,
  ingest: benchIngest,
  restart: benchRestart,
  log: benchLog,
  index: benchIndex,
  'as-of': benchAsOf,
  sparql: benchSparql,
  fairness: benchFairness,
  catalog: benchCatalog,
  witness: benchWitness,
  describe: benchDescribe,
  download: benchDownload,
  sync: benchSync,
  mirror: benchMirror,
  site: benchSite,
  web: benchWeb,
};

/** Long ones, measured only where asked for by name. */
const SOAKS = { 'soak-sparql': soakSparql, soak };

/** `--sizes=` are numbers of entries, for benches that can be had at several; `--<name>=<number>` goes to a soak. Their own where not given. */
const given = process.argv.slice(2);
const options = {};
for (const word of given.filter((one) => one.startsWith('--'))) {
  const [name, values = ''] = word.slice(2).split('=');
  const numbers = values.split(',').map(Number);
  if (name !== 'sizes' && !(name in SOAK)) {
    console.error(`There is no option --${name}; there are --sizes, --${Object.keys(SOAK).join(', --')}.`);
    process.exit(2);
  }
  const isSizes = name === 'sizes';
  const isOne = numbers.length === 1 && numbers[0] > 0;
  if (isSizes ? numbers.some((size) => !Number.isSafeInteger(size) || size < 1) : !isOne) {
    const example = isSizes ? 'whole numbers, as in --sizes=1000,10000' : `a number, as in --${name}=30`;
    console.error(`The option --${name} takes ${example}.`);
    process.exit(2);
  }
  options[name] = isSizes ? numbers : numbers[0];
}
const asked = given.filter((word) => !word.startsWith('--'));
const unknown = asked.find((name) => !(name in BENCHES || name in SOAKS));
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}; there are ${Object.keys({ ...BENCHES, ...SOAKS }).join(', ')}.`);
  process.exit(2);
}

function print({ title, rows }) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])))
      .join('  ');
  console.log(`\n${title}\n`);
  for (const row of rows) console.log(`  ${line(row)}`);
}

let faults = 0;
for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
  console.error(`measuring ${name} …`);
  const result = await (BENCHES[name] ?? SOAKS[name])(options);
  for (const table of result.tables ?? [result]) print(table);
  for (const fault of result.faults ?? []) console.log(`\n  wrong: ${fault}`);
  faults += result.faults?.length ?? 0;
}
process.exit(faults === 0 ? 0 : 1);
