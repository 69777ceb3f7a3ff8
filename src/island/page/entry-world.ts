import dcterms from '../../../schemas/entry/dcterms.xsd';
import entry from '../../../schemas/entry/entry.xsd';
import legacy from '../../../schemas/entry/legacy.xsd';
import rdf from '../../../schemas/entry/rdf.xsd';
import slreq from '../../../schemas/entry/slreq.xsd';
import slterms from '../../../schemas/entry/slterms.xsd';
import xml from '../../../schemas/entry/xml.xsd';
import type { World } from '../../verify/conditions.ts';
import { webCrypto } from '../../x509/web-crypto.ts';
import { openXml } from '../../xml/open-xml.ts';

const files = {
  'dcterms.xsd': dcterms,
  'entry.xsd': entry,
  'legacy.xsd': legacy,
  'rdf.xsd': rdf,
  'slreq.xsd': slreq,
  'slterms.xsd': slterms,
  'xml.xsd': xml,
};

/** What reading, verifying and signing need in a worker; the schemas are within its script. */
export const entryWorld: World = {
  xml: openXml({ files, roots: { current: 'entry.xsd', legacy: 'legacy.xsd' } }),
  crypto: webCrypto,
};
