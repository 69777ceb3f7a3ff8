// Backs a stopped data directory up, and kills itself with SIGKILL at the nth thing it asks of the log.
import { join } from 'node:path';
import { writeBackup } from '../../dist/backup/write-backup.js';
import { openLevelStore } from '../../dist/log/level-store.js';
import { toLogCopy } from '../../dist/log/log-copy.js';
import { findLogKey } from '../../dist/log/log-key.js';

const [data, target, deadly] = process.argv.slice(2);
const { verifier } = await findLogKey(join(data, 'log.key'));
const log = toLogCopy(await openLevelStore(join(data, 'log')));
let calls = 0;
const dying = new Proxy(log, {
  get:
    (copy, name) =>
    (...words) => {
      calls += 1;
      if (calls === Number(deadly)) process.kill(process.pid, 'SIGKILL');
      return copy[name](...words);
    },
});
await writeBackup({ data, log: dying, origin: verifier.name, logKey: verifier.vkey, target, hasKeys: true });
