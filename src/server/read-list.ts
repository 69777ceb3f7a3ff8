import type { BrowsePage, Facets } from '../catalog/browse.ts';
import type { CatalogReader, EntryFilter, EntryPage } from '../catalog/catalog.ts';
import type { ListRequest } from './list-request.ts';
import type { FoundList } from './pages/found-region.ts';
import type { Help, OtherWords } from './pages/nothing-note.ts';

/** A page of a list with facets and how many entries come before it. Throws `usage` for a cursor of another list. */
function readBrowsePage(catalog: CatalogReader, request: ListRequest, at: Date): Promise<BrowsePage> {
  const { filter, limit, after, sort } = request;
  const order = sort === undefined ? {} : { sort };
  return catalog.browse(filter, at, { ...order, limit, ...(after === undefined ? {} : { after }) });
}

/** One page for programs; in the usual order facets come with the first one alone. Throws `usage` for a cursor of another list. */
export async function readListPage(
  catalog: CatalogReader,
  request: ListRequest,
  at: Date,
): Promise<EntryPage & { readonly facets?: Facets; readonly didYouMean?: readonly OtherWords[] }> {
  const { facets, ...page } = await readBrowsePage(catalog, request, at);
  const hasFacets = request.sort !== undefined || request.after === undefined;
  const words = page.total > 0 ? [] : await findOtherWords(catalog, request.filter, at);
  return { ...page, ...(hasFacets ? { facets } : {}), ...(words.length === 0 ? {} : { didYouMean: words }) };
}

/** The same search in words that are spelt nearly so, where it has words that no entry has: those that find something with its filters. */
async function findOtherWords(catalog: CatalogReader, filter: EntryFilter, at: Date): Promise<OtherWords[]> {
  if (filter.text === undefined) return [];
  const found: OtherWords[] = [];
  for (const text of await catalog.respell(filter.text)) {
    const { total } = await catalog.browse({ ...filter, text }, at, { limit: 0 });
    if (total > 0) found.push({ text, total });
  }
  return found;
}

/** A page of a list as people see it, and what helps where it is empty. */
export async function readFoundList(
  catalog: CatalogReader,
  request: ListRequest,
  at: Date,
): Promise<Pick<FoundList, 'page' | 'endorsing' | 'parameters' | 'at'> & { readonly help?: Help }> {
  const page = await readBrowsePage(catalog, request, at);
  const identifiers = page.entries.map(({ identifier }) => identifier);
  const endorsing = await catalog.endorsing(identifiers, at);
  const found = { page, endorsing, parameters: request.parameters, at };
  return page.total > 0 ? found : { ...found, help: await findHelp(catalog, request, at) };
}

/** The parameter of each filter. */
const PARAMETERS = {
  text: 'q',
  os: 'os',
  osArch: 'arch',
  kind: 'kind',
  format: 'format',
  hypervisor: 'hypervisor',
  email: 'email',
  origin: 'origin',
  tag: 'tag',
  createdAt: 'created',
  identifier: 'identifier',
} as const satisfies Partial<Record<keyof EntryFilter, string>>;

/** Which filters, taken off alone, let something through. What the path of the list selects stays. */
async function findHelp(catalog: CatalogReader, request: ListRequest, at: Date): Promise<Help> {
  const { filter, parameters } = request;
  const countOf = async (wider: EntryFilter): Promise<number> => (await catalog.browse(wider, at, { limit: 0 })).total;
  const without: { name: string; total: number }[] = [];
  if (filter.statuses !== undefined) {
    const { statuses: _, ...wider } = filter;
    without.push({ name: 'anyStatus', total: await countOf(wider) });
  }
  for (const [field, name] of Object.entries(PARAMETERS) as [keyof typeof PARAMETERS, string][]) {
    if (filter[field] === undefined || parameters[name] === undefined) continue;
    const { [field]: _, ...wider } = filter;
    without.push({ name, total: await countOf(wider) });
  }
  const words = await findOtherWords(catalog, filter, at);
  return { words, without: without.filter(({ total }) => total > 0) };
}
