import type { Command } from 'commander';
import type { Remarks } from '../endorse/describe-image.ts';
import { BODY_ELEMENTS, type BodyElement } from '../entry/element.ts';
import { readBodyValue } from '../entry/read-value.ts';
import { VouchError } from '../errors.ts';
import { readValidity } from './read-moment.ts';
import { toCamelCase } from './settings.ts';

/** A flag of `describe` and the field of the description it states. */
interface DescriptionOption {
  readonly flag: string;
  readonly value: string;
  readonly field: BodyElement['field'];
  readonly help: string;
}

const OPTIONS: readonly DescriptionOption[] = [
  { flag: 'title', value: 'text', field: 'title', help: 'one line that names the image' },
  { flag: 'description', value: 'text', field: 'description', help: 'what it is and what it is for' },
  { flag: 'os', value: 'name', field: 'os', help: 'operating system' },
  { flag: 'os-version', value: 'text', field: 'osVersion', help: 'its version' },
  { flag: 'os-arch', value: 'name', field: 'osArch', help: 'its architecture' },
  { flag: 'location', value: 'url', field: 'locations', help: 'where the image can be fetched; may be repeated' },
  { flag: 'tag', value: 'name', field: 'tag', help: 'name that always leads to your newest image with it' },
  { flag: 'image-version', value: 'text', field: 'version', help: 'version of the image' },
  { flag: 'creator', value: 'text', field: 'creator', help: 'who made the image' },
  { flag: 'publisher', value: 'text', field: 'publisher', help: 'who offers it' },
  { flag: 'type', value: 'name', field: 'type', help: 'machine, disk, base, …' },
  { flag: 'kind', value: 'name', field: 'kind', help: 'machine or disk' },
  { flag: 'format', value: 'name', field: 'format', help: 'raw, qcow2, … (else recognised)' },
  { flag: 'compression', value: 'name', field: 'compression', help: 'gz, xz, bz2, zst (else recognised)' },
  { flag: 'hypervisor', value: 'name', field: 'hypervisor', help: 'hypervisor it is made for' },
  { flag: 'disks-bus', value: 'name', field: 'disksBus', help: 'virtio, scsi, ide, …' },
  { flag: 'serial-number', value: 'n', field: 'serialNumber', help: 'serial number of the image' },
  {
    flag: 'inbound-port',
    value: 'n',
    field: 'inboundPorts',
    help: 'port it is reached at, 0 for all; may be repeated',
  },
  { flag: 'outbound-port', value: 'n', field: 'outboundPorts', help: 'port it reaches, 0 for all; may be repeated' },
  { flag: 'icmp', value: 'n', field: 'icmp', help: 'ICMP type it takes; may be repeated' },
  { flag: 'replaces', value: 'id', field: 'replaces', help: 'identifier of the image this one replaces' },
  { flag: 'replaced-by', value: 'id', field: 'isReplacedBy', help: 'identifier of the image that replaces this one' },
  { flag: 'version-of', value: 'id', field: 'isVersionOf', help: 'identifier of the image this is a version of' },
];

/** Adds a flag for each thing an endorser can state about an image. */
export function addDescriptionOptions(command: Command): Command {
  for (const { flag, value, field, help } of OPTIONS) {
    if (elementOf(field).isRepeatable) command.option(`--${flag} <${value}>`, help, collect);
    else command.option(`--${flag} <${value}>`, help);
  }
  return command.option('--valid <time|span>', 'until when the endorsement holds: 2027-01-31, 90d, 18m, 1y, …');
}

/** What the flags state. Throws `usage`, naming the flag, for a value the entry format does not allow. */
export function readDescriptionOptions(options: Readonly<Record<string, unknown>>, at: Date): Remarks {
  const remarks: Record<string, unknown> = {};
  for (const { flag, field } of OPTIONS) {
    const given = options[toCamelCase(flag)];
    if (given === undefined) continue;
    const values = (Array.isArray(given) ? given : [given]).map((text) => readOne(flag, field, String(text)));
    remarks[field] = elementOf(field).isRepeatable ? [...new Set(values)] : values[0];
  }
  if (typeof options.valid === 'string') remarks.validUntil = readValidity(options.valid, at, '--valid');
  return remarks as Remarks;
}

function readOne(flag: string, field: BodyElement['field'], text: string): unknown {
  const reading = readBodyValue(elementOf(field).kind, text.trim());
  if (!reading.ok) throw new VouchError('usage', `--${flag}: ${reading.message}`);
  if (reading.value === undefined) throw new VouchError('usage', `--${flag} is empty.`);
  return reading.value;
}

function elementOf(field: BodyElement['field']): BodyElement {
  return BODY_ELEMENTS.find((element) => element.field === field)!;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
