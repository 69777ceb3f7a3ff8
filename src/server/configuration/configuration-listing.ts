import { SETTINGS, type Setting } from './setting.ts';
import { readSettingFile, readSettingVariables } from './setting-source.ts';

/** One setting as it counts, for the operator's eyes: what is secret is not in it. */
export interface ListedSetting {
  readonly path: string;
  /** As it was written, or the default; absent where there is neither. */
  readonly value?: unknown;
  /** `default`, `not set`, or where it was set: `vouch.yaml, line 3`, `the environment variable VOUCH_TITLE`. */
  readonly source: string;
}

const MASK = '(not shown)';
/** Text in the file that is a secret all the same. */
const SECRET_PATHS: readonly string[] = ['sparql.password'];

/** Every setting with its value and where that comes from, in the order of the documentation. Throws `config` as `readConfiguration` does. */
export function listSettings({
  file,
  env,
}: {
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): ListedSetting[] {
  const values = new Map([...(file === undefined ? [] : readSettingFile(file)), ...readSettingVariables(env)]);
  return (SETTINGS as readonly Setting[]).map(({ path, type, fallback }) => {
    const given = values.get(path);
    if (given === undefined) {
      return fallback === undefined ? { path, source: 'not set' } : { path, value: fallback, source: 'default' };
    }
    const isSecret = type.kind === 'secret' || SECRET_PATHS.includes(path);
    // An address of a receiver may hold a key of his.
    const isNested = type.kind === 'webhook-list';
    return {
      path,
      value: isSecret ? MASK : isNested ? withoutQueries(given.value) : given.value,
      source: given.source,
    };
  });
}

function withoutQueries(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = text.replace(/(https?:\/\/)[^\s"/@]*@/g, '$1…@').replace(/(https?:\/\/[^\s"?]*)\?[^\s"]*/g, '$1?…');
  if (typeof value === 'string') return shown;
  return JSON.parse(shown) as unknown;
}
