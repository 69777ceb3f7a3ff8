import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { imageHref, location, moment, toPortText, toSizeText } from './entry-words.ts';
import { type Markup, several, written } from './markup.ts';

/** One thing an entry can say: what people call it, and how it is shown; undefined where the entry does not say it. */
export interface EntryField {
  readonly label: string;
  show(face: Face, entry: CatalogEntry): Markup | string | undefined;
}

type Text = 'title' | 'description' | 'type' | 'kind' | 'os' | 'osVersion' | 'osArch' | 'hypervisor' | 'disksBus';
type MoreText = 'version' | 'creator' | 'publisher' | 'format' | 'compression' | 'tag' | 'deprecated';
type Relative = 'replaces' | 'isReplacedBy' | 'isVersionOf';

function text(label: string, field: Text | MoreText): EntryField {
  return { label, show: (_, { [field]: value }) => (value === undefined ? undefined : written(value)) };
}

function relative(label: string, field: Relative): EntryField {
  return {
    label,
    show: (face, { [field]: other }) =>
      other === undefined ? undefined : html`<a href="${imageHref(face, other)}"><code>${other}</code></a>`,
  };
}

function time(label: string, field: 'validUntil' | 'draftedAt'): EntryField {
  return { label, show: (_, { [field]: at }) => (at === undefined ? undefined : moment(at)) };
}

function ports(label: string, field: 'inboundPorts' | 'outboundPorts' | 'icmp'): EntryField {
  return { label, show: (_, entry) => toPortText(entry[field]) };
}

/** What tells whether bytes are those of the image. */
export const BYTE_FIELDS: readonly EntryField[] = [
  { label: 'Size', show: (_, { sizeBytes }) => toSizeText(sizeBytes) },
  ...(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const).map((algorithm) => ({
    label: algorithm,
    show: (_: Face, { checksums }: CatalogEntry) => {
      const sum = checksums.find((one) => one.algorithm === algorithm);
      return sum === undefined ? undefined : html`<code>${sum.value}</code>`;
    },
  })),
  text('Format', 'format'),
  text('Compression', 'compression'),
];

/** Where the bytes are. */
export const PLACE_FIELD: EntryField = {
  label: 'Where the bytes are',
  show: (_, { locations }) => several(locations.map(location)),
};

/** What the image is, but for its tag, which is a link where it leads somewhere. */
export const IMAGE_FIELDS: readonly EntryField[] = [
  text('Title', 'title'),
  text('Type', 'type'),
  text('Kind', 'kind'),
  text('Operating system', 'os'),
  text('Its version', 'osVersion'),
  text('Processor', 'osArch'),
  text('Hypervisor', 'hypervisor'),
  text('Disk bus', 'disksBus'),
  text('Version of the image', 'version'),
  { label: 'Serial number', show: (_, { serialNumber }) => serialNumber?.toString() },
  text('Creator', 'creator'),
  text('Publisher', 'publisher'),
  time('Description written', 'draftedAt'),
  relative('Replaces', 'replaces'),
  relative('Replaced by', 'isReplacedBy'),
  relative('Version of', 'isVersionOf'),
  ports('Ports it serves', 'inboundPorts'),
  ports('Ports it asks', 'outboundPorts'),
  ports('ICMP types it needs', 'icmp'),
];

/** Everything an endorser can say anew, in the order in which changes are told. */
export const ALL_FIELDS: readonly EntryField[] = [
  text('Withdrawn because', 'deprecated'),
  time('Valid until', 'validUntil'),
  ...IMAGE_FIELDS.slice(0, 1),
  text('Description', 'description'),
  text('Tag', 'tag'),
  PLACE_FIELD,
  ...BYTE_FIELDS,
  ...IMAGE_FIELDS.slice(1),
  { label: 'Name of the signer', show: (_, { subject }) => written(subject) },
  { label: 'Issuer of the certificate', show: (_, { issuers }) => several(issuers.map(written)) },
  { label: 'Certificate (SHA-256)', show: (_, { signerSha256 }) => html`<code>${signerSha256}</code>` },
  { label: 'Signature', show: (_, { signatureAlgorithm }) => html`<code>${signatureAlgorithm}</code>` },
];

/** Fields as label and value, for a list of facts. */
export function toFacts(
  face: Face,
  entry: CatalogEntry,
  fields: readonly EntryField[],
): (readonly [string, Markup | string | undefined])[] {
  return fields.map(({ label, show }) => [label, show(face, entry)] as const);
}
