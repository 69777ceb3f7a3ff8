// A worker that answers at once, except a job called "hang", which never ends. It stands for a document nobody has found yet.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ id, job }) => {
  while (job === 'hang');
  parentPort.postMessage({ id, result: job });
});
parentPort.postMessage({ ready: true });
