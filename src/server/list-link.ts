import type { Selector } from './selector.ts';

/** The same list with other parameters; `after` never survives unless given. Relative, so that it holds behind any proxy. */
export function toLink(url: URL, changes: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(url.searchParams);
  search.delete('after');
  for (const [name, value] of Object.entries(changes)) search.set(name, value);
  return `?${search}`;
}

/** The same list with one filter set or taken off; a representation asked for by name stays. */
export function toNarrowed(url: URL, name: string, value: string | undefined): string {
  const search = new URLSearchParams(url.searchParams);
  search.delete('after');
  const kept = name === 'format' ? search.getAll('format').filter((one) => /^(html|xml|json)$/.test(one)) : [];
  search.delete(name);
  for (const one of value === undefined ? kept : [...kept, value]) search.append(name, one);
  return `?${search}`;
}

/** Links to the other forms of a list, as media type and link; the image format the list may be narrowed to stays. */
export function toAlternates(url: URL): [string, string][] {
  return (['json', 'xml'] as const).map((name) => {
    const search = new URLSearchParams(url.searchParams);
    search.delete('view');
    search.append('format', name);
    return [`application/${name}`, `?${search}`];
  });
}

/** What a list is of, by what its path selects. */
export function toHeading({ identifier, email, createdAt }: Selector): string {
  if (identifier === undefined && email === undefined && createdAt === undefined) return 'Entries';
  const parts = [
    identifier === undefined ? '' : ` about ${identifier}`,
    email === undefined ? '' : ` of ${email}`,
    createdAt === undefined ? '' : ` signed ${createdAt.toISOString().slice(0, 19)}Z`,
  ];
  return `Entries${parts.join('')}`;
}
