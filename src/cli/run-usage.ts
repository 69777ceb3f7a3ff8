import { join } from 'node:path';
import type { Registry } from '../registry/registry.ts';
import { Facts } from '../server/facts/facts.ts';
import { shownOf } from '../server/shown.ts';
import { openUsage } from '../usage/open-usage.ts';
import type { Usage } from '../usage/usage.ts';
import type { RunSettings } from './run-settings.ts';

/** Opens the counts of use of everything that a registry shows. */
export function openRegistryUsage(
  registry: Registry,
  directory: string,
  keepDays: number,
  onNews: (sentence: string) => void,
): Promise<Usage> {
  const { log, overlay } = registry;
  return openUsage(join(directory, 'usage'), {
    catalog: shownOf(registry).catalog,
    // With others beside them, the own entries have other places.
    catalogName: overlay === undefined ? log.origin : `${log.origin} and others`,
    now: () => new Date(),
    keepDays,
    onNews,
  });
}

/** SPARQL over use and locations; undefined where nobody counts and nobody looks. */
export function toFacts(
  registry: Registry,
  usage: Usage | undefined,
  { locations, siteNames }: Pick<RunSettings, 'locations' | 'siteNames'>,
  onNews: (sentence: string) => void,
): Facts | undefined {
  if (usage === undefined && locations === undefined) return undefined;
  const { catalog } = shownOf(registry);
  const { baseUrl, sparql } = registry;
  const isShowingSites = siteNames === 'readers';
  return new Facts({ catalog, baseUrl, usage, locations, isShowingSites, bounds: sparql.bounds, onNews });
}
