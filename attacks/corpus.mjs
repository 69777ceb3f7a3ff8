// The attacks as files: entries, the trust directory they are judged with, and a list. Made once, then run against anything that can be
// told to trust that directory.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROWS, USUAL_BOUND_MS } from './table.mjs';
import { Workshop } from './workshop.mjs';

const LIST = 'corpus.json';

/** Makes every attack and writes the corpus into a directory. Attacks that name a place on the network name `lurePort` on loopback. */
export async function makeCorpus(directory, { lurePort, now = new Date() }) {
  const workshop = new Workshop(now, `http://127.0.0.1:${lurePort}`);
  await mkdir(join(directory, 'entries'), { recursive: true });
  await mkdir(join(directory, 'trust'), { recursive: true });
  await workshop.main();
  const list = [];
  for (const row of ROWS) {
    const made = await makeRow(row, workshop);
    const { bytes, before = [], profile = 'current', documents } = made;
    const file = await write(directory, `${row.id}.xml`, bytes);
    const files = [];
    for (const [position, one] of before.entries())
      files.push(await write(directory, `${row.id}-before-${position + 1}.xml`, one));
    list.push({ id: row.id, file, before: files, profile, ...(documents === undefined ? {} : { documents }) });
  }
  for (const [name, bytes] of workshop.trust) await writeFile(join(directory, 'trust', name), bytes);
  await writeFile(join(directory, LIST), `${JSON.stringify({ madeAt: now, lurePort, rows: list }, null, 1)}\n`);
  return readCorpus(directory);
}

/** Reads a corpus that makeCorpus wrote; undefined where there is none. */
export async function readCorpus(directory) {
  let list;
  try {
    list = JSON.parse(await readFile(join(directory, LIST), 'utf8'));
  } catch (cause) {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  const known = new Map(list.rows.map((one) => [one.id, one]));
  const path = (name) => join(directory, 'entries', name);
  const rows = ROWS.flatMap((row) => {
    const stored = known.get(row.id);
    if (stored === undefined) return [];
    const {
      id,
      about,
      expect,
      within = USUAL_BOUND_MS,
      warns = [],
      ways = ['library', 'cli', 'http'],
      also,
      isHang = false,
      isKnown = false,
    } = row;
    const { file, before, profile, documents } = stored;
    return [
      {
        id,
        about,
        expect,
        within,
        warns,
        ways,
        also,
        isHang,
        isKnown,
        profile,
        documents,
        path: path(file),
        before: before.map(path),
      },
    ];
  });
  return { directory, trust: join(directory, 'trust'), lurePort: list.lurePort, rows };
}

async function makeRow(row, workshop) {
  try {
    const made = await row.make(workshop);
    return typeof made === 'string' || made instanceof Uint8Array ? { bytes: made } : made;
  } catch (cause) {
    throw new Error(`The attack ${row.id} cannot be made: ${cause.message}`, { cause });
  }
}

async function write(directory, name, bytes) {
  await writeFile(join(directory, 'entries', name), bytes);
  return name;
}
