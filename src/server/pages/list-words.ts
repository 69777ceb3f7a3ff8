import type { FacetName, SortColumn } from '../../catalog/browse.ts';

/** The filters of a list as they were asked for, by parameter name. */
export type ListParameters = Readonly<Record<string, string>>;

/** What a list is narrowed by at the side of it, and what each is called. */
export const FACET_LABELS: readonly (readonly [FacetName, string])[] = [
  ['status', 'Status'],
  ['os', 'System'],
  ['arch', 'Architecture'],
  ['kind', 'Kind'],
  ['format', 'Format'],
  ['hypervisor', 'Hypervisor'],
  ['email', 'Endorser'],
  ['origin', 'Origin'],
];

const LABELS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FACET_LABELS),
  q: 'Words',
  tag: 'Tag',
  created: 'Signed',
  identifier: 'Image',
};

/** A parameter as the page calls it. */
export function toLabel(name: string): string {
  return LABELS[name] ?? name;
}

/** The parameters that narrow a list, in the order in which they are told; the status only where it is not the usual one. */
export function toNarrowing(parameters: ListParameters): (readonly [name: string, value: string])[] {
  return Object.keys(LABELS).flatMap((name) => {
    const value = parameters[name];
    return value === undefined || (name === 'status' && value === 'valid') ? [] : [[name, value] as const];
  });
}

/** What each order is called: smallest first, then largest first. */
const ORDER_WORDS: Readonly<Record<SortColumn, readonly [string, string]>> = {
  created: ['oldest first', 'newest first'],
  title: ['by title, A to Z', 'by title, Z to A'],
  os: ['by system, A to Z', 'by system, Z to A'],
  email: ['by endorser, A to Z', 'by endorser, Z to A'],
  size: ['smallest first', 'largest first'],
  valid: ['soonest to expire first', 'last to expire first'],
  status: ['valid ones first', 'superseded ones first'],
  version: ['by system version', 'by system version, reversed'],
  arch: ['by architecture, A to Z', 'by architecture, Z to A'],
  kind: ['by kind, A to Z', 'by kind, Z to A'],
  format: ['by format, A to Z', 'by format, Z to A'],
  hypervisor: ['by hypervisor, A to Z', 'by hypervisor, Z to A'],
  identifier: ['by identifier', 'by identifier, reversed'],
  tag: ['by tag, A to Z', 'by tag, Z to A'],
};

/** The `sort` parameter of the order lists have by themselves. */
export const NEWEST_SORT = '-created';

/** The orders that a list offers by name; every other is asked for by its address. */
const OFFERED = [NEWEST_SORT, 'created', 'title', '-title', 'os', 'email', '-size', 'size', 'valid', 'status'];

/** What a `sort` parameter means in words; newest first where it is absent. */
export function toOrderWords(sort = NEWEST_SORT): string {
  const words = ORDER_WORDS[sort.replace(/^-/, '') as SortColumn];
  return words[sort.startsWith('-') ? 1 : 0];
}

/** The orders a page lets its reader choose from, with the one it has. */
export function toOfferedOrders(sort = NEWEST_SORT): readonly string[] {
  return OFFERED.includes(sort) ? OFFERED : [...OFFERED, sort];
}
