import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';

/** What a registry takes of anybody's work. */
export interface LimitsSetting {
  readonly documentBytes: number;
  readonly workers: number;
  readonly verifySeconds: number;
  readonly queue: number;
  readonly querySeconds: number;
  readonly queryRows: number;
  readonly queries: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly headerSeconds: number;
  readonly bodySeconds: number;
  readonly requestsPerMinute: number;
  readonly requestsAtOnce: number;
  readonly uploadsPerMinute: number;
  readonly queriesPerMinute: number;
  readonly entriesPerDay: number;
  readonly entriesPerEndorser: number;
}

/** What only a registry that takes uploads has a use for. */
export const UPLOAD_LIMITS = [
  'limits.documentBytes',
  'limits.verifySeconds',
  'limits.queue',
  'limits.uploadsPerMinute',
  'limits.entriesPerDay',
  'limits.entriesPerEndorser',
] as const satisfies readonly SettingPath[];

/** Reads the limits. Throws `config`. */
export function toLimits(need: Lookup<never>): LimitsSetting {
  return {
    documentBytes: need('limits.documentBytes'),
    workers: need('limits.workers'),
    verifySeconds: need('limits.verifySeconds'),
    queue: need('limits.queue'),
    querySeconds: need('limits.querySeconds'),
    queryRows: need('limits.queryRows'),
    queries: need('limits.queries'),
    connections: need('limits.connections'),
    connectionsPerAddress: need('limits.connectionsPerAddress'),
    headerSeconds: need('limits.headerSeconds'),
    bodySeconds: need('limits.bodySeconds'),
    requestsPerMinute: need('limits.requestsPerMinute'),
    requestsAtOnce: need('limits.requestsAtOnce'),
    uploadsPerMinute: need('limits.uploadsPerMinute'),
    queriesPerMinute: need('limits.queriesPerMinute'),
    entriesPerDay: need('limits.entriesPerDay'),
    entriesPerEndorser: need('limits.entriesPerEndorser'),
  };
}
