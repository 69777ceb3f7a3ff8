import { writeEntryTime } from '../entry/entry-time.ts';
import { toVisibleText } from '../server/visible-text.ts';
import type { ListedEntry } from './listed-entry.ts';
import { toSizeText } from './size-text.ts';
import type { Column } from './table.ts';
import type { Colour, Terminal } from './terminal.ts';

const STATUS_COLOURS = {
  valid: 'green',
  expired: 'yellow',
  deprecated: 'red',
  superseded: 'dim',
} as const satisfies Record<ListedEntry['status'], Colour>;

/** Columns of a list of entries; rows by `toEntryRow`. */
export const ENTRY_COLUMNS: readonly Column[] = [
  { heading: 'IDENTIFIER' },
  { heading: 'TITLE', least: 12 },
  { heading: 'OS', least: 8 },
  { heading: 'ENDORSER', least: 12 },
  { heading: 'STATUS' },
  { heading: 'SIGNED' },
];

/** One entry as a row of a list. */
export function toEntryRow(entry: ListedEntry): string[] {
  return [
    entry.identifier,
    entry.title ?? entry.tag ?? '-',
    [entry.os, entry.osVersion, entry.osArch].filter((part) => part !== undefined).join(' ') || '-',
    entry.email,
    entry.status,
    writeEntryTime(entry.createdAt),
  ];
}

/** One entry with everything it says, a line for each. */
export function writeEntrySummary(entry: ListedEntry, terminal: Terminal): string[] {
  const ports = (numbers: readonly number[]): string => numbers.map((port) => (port === 0 ? 'all' : port)).join(', ');
  const pairs: [string, string | undefined][] = [
    ['title', entry.title],
    ['description', entry.description],
    ['endorser', `${entry.email} (${entry.subject})`],
    ['signed', writeEntryTime(entry.createdAt)],
    ['valid until', entry.validUntil && writeEntryTime(entry.validUntil)],
    ['deprecated', entry.deprecated],
    ['tag', entry.tag],
    ['type', [...new Set([entry.type, entry.kind])].filter((part) => part !== undefined).join(', ')],
    ['os', [entry.os, entry.osVersion, entry.osArch].filter((part) => part !== undefined).join(' ')],
    ['version', entry.version],
    ['format', [entry.format, entry.compression].filter((part) => part !== undefined).join(', ')],
    ['hypervisor', entry.hypervisor],
    ['disks bus', entry.disksBus],
    ['creator', entry.creator],
    ['publisher', entry.publisher],
    ['serial number', entry.serialNumber === undefined ? undefined : String(entry.serialNumber)],
    ['inbound ports', ports(entry.inboundPorts)],
    ['outbound ports', ports(entry.outboundPorts)],
    ['icmp', entry.icmp.join(', ')],
    ['size', `${toSizeText(entry.sizeBytes)} (${entry.sizeBytes} bytes)`],
    ...entry.checksums.map(({ algorithm, value }): [string, string] => [algorithm, value]),
    ...entry.locations.map((location): [string, string] => ['location', location]),
    ['replaces', entry.replaces],
    ['replaced by', entry.isReplacedBy],
    ['version of', entry.isVersionOf],
    ['log number', String(entry.index)],
    ['log', entry.origin],
    ['address', entry.url],
  ];
  const lines = pairs
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, text]) => `  ${name.padEnd(15)}${toVisibleText(text).replace(/\s*\n\s*/g, `\n${' '.repeat(17)}`)}`);
  return [`${entry.identifier}  ${terminal.paint(STATUS_COLOURS[entry.status], entry.status)}`, ...lines];
}

/** One entry as `--json` writes it: as the registry's own JSON does, times as entries write them. */
export function toListedJson({ createdAt, validUntil, acceptedAt, ...fields }: ListedEntry): Record<string, unknown> {
  return {
    ...fields,
    created: writeEntryTime(createdAt),
    acceptedAt: writeEntryTime(acceptedAt),
    ...(validUntil === undefined ? {} : { validUntil: writeEntryTime(validUntil) }),
  };
}
