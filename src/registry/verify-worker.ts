import { parentPort, workerData } from 'node:worker_threads';
import { toMessage } from '../errors.ts';
import { type Recheck, recheckDocument } from '../peer/recheck-document.ts';
import { readEntrySchemas } from '../platform/entry-schemas.ts';
import { nodeCrypto } from '../platform/node-crypto.ts';
import type { Trust, World } from '../verify/conditions.ts';
import { readAccepted } from '../verify/read-accepted.ts';
import { SignerCache } from '../verify/signer.ts';
import { copyVerdict, flattenTriples, type VerdictCopy } from '../verify/verdict-copy.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../xml/gate.ts';
import { openXml } from '../xml/open-xml.ts';
import { fromTrustCopy, type VerifierSettings } from './trust-copy.ts';
import type { AcceptedCopy, VerifierJob } from './verifier.ts';

/** The thread that touches hostile bytes: parses, canonicalizes and verifies; it holds no state worth keeping and may be killed. */

const settings = workerData as VerifierSettings;
let trust = fromTrustCopy(settings.trust);
const world: World = { xml: openXml(readEntrySchemas()), crypto: nodeCrypto, signers: new SignerCache() };
const limits = { ...DEFAULT_DOCUMENT_LIMITS, bytes: settings.documentBytesLimit };

async function work(job: VerifierJob): Promise<VerdictCopy | AcceptedCopy | Recheck> {
  if (job.kind === 'recheck') return recheckDocument(job, limits, world);
  if (job.kind === 'read') {
    const content = await readAccepted(job.bytes, job.profile, world);
    return { ...content, triples: flattenTriples(content.triples) };
  }
  const { profile, at, bytes } = job;
  const chosen: Trust = job.manifest === undefined ? trust : { mode: 'manifest', ...job.manifest };
  return copyVerdict(await verifyEntry(bytes, { profile, at, trust: chosen, limits }, world));
}

const port = parentPort!;
port.on('message', async (message: { id: number; job: VerifierJob } | { workerData: VerifierSettings }) => {
  if ('workerData' in message) {
    trust = fromTrustCopy(message.workerData.trust);
    return;
  }
  const { id, job } = message;
  try {
    port.postMessage({ id, result: await work(job) });
  } catch (thrown) {
    port.postMessage({ id, error: toMessage(thrown) });
  }
});
port.postMessage({ ready: true });
