import { BODY_ELEMENTS, type BodyElement } from '../entry/element.ts';
import type { Description } from '../entry/entry.ts';
import { readBodyValue } from '../entry/read-value.ts';

/** What the endorser says that the bytes cannot say: a description without what is computed. */
export type Remarks = Partial<Omit<Description, 'identifier' | 'sizeBytes' | 'checksums'>>;

/** Something an endorser can state about an image: a flag of the command line, and a field of the form in the browser. */
export interface RemarkField {
  /** Name of the flag and of the form's field. */
  readonly name: string;
  readonly field: BodyElement['field'];
  /** What the form calls it. */
  readonly label: string;
  /** What kind of word the command line asks for. */
  readonly value: string;
  readonly help: string;
  /** True for what most entries say; the form puts the others out of the way. */
  readonly isUsual: boolean;
}

function usual(name: string, value: string, field: BodyElement['field'], label: string, help: string): RemarkField {
  return { name, value, field, label, help, isUsual: true };
}

function rare(name: string, value: string, field: BodyElement['field'], label: string, help: string): RemarkField {
  return { name, value, field, label, help, isUsual: false };
}

/** Everything an endorser can state, in the order in which he is asked. */
export const REMARK_FIELDS: readonly RemarkField[] = [
  usual('title', 'text', 'title', 'Title', 'one line that names the image'),
  usual('description', 'text', 'description', 'Description', 'what it is and what it is for'),
  usual('os', 'name', 'os', 'Operating system', 'operating system'),
  usual('os-version', 'text', 'osVersion', 'System version', 'its version'),
  usual('os-arch', 'name', 'osArch', 'Architecture', 'its architecture'),
  usual('location', 'url', 'locations', 'Locations', 'where the image can be fetched; may be repeated'),
  usual('tag', 'name', 'tag', 'Tag', 'name that always leads to your newest image with it'),
  usual('image-version', 'text', 'version', 'Image version', 'version of the image'),
  rare('creator', 'text', 'creator', 'Creator', 'who made the image'),
  rare('publisher', 'text', 'publisher', 'Publisher', 'who offers it'),
  rare('type', 'name', 'type', 'Type', 'machine, disk, base, …'),
  rare('kind', 'name', 'kind', 'Kind', 'machine or disk'),
  rare('format', 'name', 'format', 'Format', 'raw, qcow2, … (else recognised)'),
  rare('compression', 'name', 'compression', 'Compression', 'gz, xz, bz2, zst (else recognised)'),
  rare('hypervisor', 'name', 'hypervisor', 'Hypervisor', 'hypervisor it is made for'),
  rare('disks-bus', 'name', 'disksBus', 'Disk bus', 'virtio, scsi, ide, …'),
  rare('serial-number', 'n', 'serialNumber', 'Serial number', 'serial number of the image'),
  rare('inbound-port', 'n', 'inboundPorts', 'Inbound ports', 'port it is reached at, 0 for all; may be repeated'),
  rare('outbound-port', 'n', 'outboundPorts', 'Outbound ports', 'port it reaches, 0 for all; may be repeated'),
  rare('icmp', 'n', 'icmp', 'ICMP types', 'ICMP type it takes; may be repeated'),
  rare('replaces', 'id', 'replaces', 'Replaces', 'identifier of the image this one replaces'),
  rare('replaced-by', 'id', 'isReplacedBy', 'Replaced by', 'identifier of the image that replaces this one'),
  rare('version-of', 'id', 'isVersionOf', 'Version of', 'identifier of the image this is a version of'),
];

/** What the entry format says of a field. */
export function elementOf(field: BodyElement['field']): BodyElement {
  return BODY_ELEMENTS.find((element) => element.field === field)!;
}

/** A field that was stated in a way the entry format does not allow, and why. */
export interface RemarkProblem {
  readonly name: string;
  readonly message: string;
}

/** What is stated, from texts by the name of their field; a field of one value takes the last. Texts that are empty state nothing. */
export function readRemarks(texts: (name: string) => readonly string[]): {
  readonly remarks: Remarks;
  readonly problems: readonly RemarkProblem[];
} {
  const remarks: Record<string, unknown> = {};
  const problems: RemarkProblem[] = [];
  for (const { name, field } of REMARK_FIELDS) {
    const { kind, isRepeatable } = elementOf(field);
    const values: unknown[] = [];
    for (const text of texts(name)) {
      if (text.trim() === '') continue;
      const reading = readBodyValue(kind, text.trim());
      if (!reading.ok) problems.push({ name, message: reading.message });
      else values.push(reading.value);
    }
    if (values.length > 0) remarks[field] = isRepeatable ? [...new Set(values)] : values.at(-1);
  }
  return { remarks: remarks as Remarks, problems };
}
