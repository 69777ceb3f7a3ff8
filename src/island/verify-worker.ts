/*
 * Verifies documents beside a page, one answer for each request and in their order. It reaches nothing: all it knows comes in the
 * message, and the schemas are within this script.
 */
import dcterms from '../../schemas/entry/dcterms.xsd';
import entry from '../../schemas/entry/entry.xsd';
import legacy from '../../schemas/entry/legacy.xsd';
import rdf from '../../schemas/entry/rdf.xsd';
import slreq from '../../schemas/entry/slreq.xsd';
import slterms from '../../schemas/entry/slterms.xsd';
import xml from '../../schemas/entry/xml.xsd';
import { type DocumentReport, type DocumentRequest, verifyDocument } from '../browser/verify-document.ts';
import { toMessage } from '../errors.ts';
import { webCrypto } from '../x509/web-crypto.ts';
import { openXml } from '../xml/open-xml.ts';
import type { WorkerWord } from './page/worker-line.ts';

const files = {
  'dcterms.xsd': dcterms,
  'entry.xsd': entry,
  'legacy.xsd': legacy,
  'rdf.xsd': rdf,
  'slreq.xsd': slreq,
  'slterms.xsd': slterms,
  'xml.xsd': xml,
};
const world = {
  xml: openXml({ files, roots: { current: 'entry.xsd', legacy: 'legacy.xsd' } }),
  crypto: webCrypto,
};

addEventListener('message', async ({ data }: MessageEvent<DocumentRequest>) => {
  const word: WorkerWord<DocumentReport> = await verifyDocument(data, world).then(
    (answer) => ({ answer }),
    (thrown) => ({ fault: toMessage(thrown) }),
  );
  postMessage(word);
});

// Messages that come while the schemas compile would be lost.
postMessage('ready');
