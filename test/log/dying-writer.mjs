// Lives the history of recovery.ts in the log in argv[2], and is killed at the store call argv[3]: before it has any effect, or
// `during` it, when it has begun and nothing waits for it. Tells every receipt and checkpoint that it gets.
import { openLevelStore } from '../../dist/log/level-store.js';
import { openStoreLog } from '../../dist/log/store-log.js';
import { KEY, makeStatement, tell } from './compiled-log.mjs';

const [, , directory, place, moment] = process.argv;
const BATCHES = [
  [makeStatement(1, 1)],
  [makeStatement(2, 1), makeStatement(3), makeStatement(2, 1), makeStatement(4, 1)],
  [makeStatement(5), makeStatement(1, 1)],
];
let calls = 0;

function dying(store) {
  const wrap =
    (name) =>
    (...given) => {
      const isLast = calls++ === Number(place);
      if (isLast && moment === 'before') process.kill(process.pid, 'SIGKILL');
      const outcome = store[name](...given);
      if (isLast) process.kill(process.pid, 'SIGKILL');
      return outcome;
    };
  return {
    read: wrap('read'),
    has: wrap('has'),
    range: wrap('range'),
    write: wrap('write'),
    close: () => store.close(),
  };
}

const log = await openStoreLog(dying(await openLevelStore(directory)), KEY.name, KEY);
tell({ note: log.checkpointNote() });
for (const batch of BATCHES) {
  const appends = [
    ...batch.map((statement) => log.append(statement)),
    log.appendTrust(Buffer.from('anchors'), batch[0].at),
  ];
  for (const receipt of await Promise.all(appends)) tell({ receipt });
  tell({ note: log.checkpointNote() });
}
await log.close();
