/** A registry whose entries are shown besides the own ones, as the configuration names it. */
export interface FollowSetting {
  /** Without a trailing slash. */
  readonly url: string;
  /** The verifier key of its log. */
  readonly logKey: string;
  /** Between two looks at its log. */
  readonly intervalSeconds: number;
  /** File with the token by which a private registry lets this one read. */
  readonly tokenFile?: string;
}

const INTERVAL_SECONDS = 10;
const LEAST_SECONDS = 1;
const MOST_SECONDS = 86_400;
/** Each has a copy of a whole log. */
const MOST = 16;

/** Reads the registries that are followed; undefined if one is not what it must be. */
export function readFollows(
  value: unknown,
  readUrl: (text: string) => string | undefined,
  readVkey: (text: string) => string | undefined,
  readPath: (value: unknown) => string | undefined,
): readonly FollowSetting[] | undefined {
  if (!Array.isArray(value) || value.length > MOST) return undefined;
  const follows = value.map((one): FollowSetting | undefined => {
    if (typeof one !== 'object' || one === null) return undefined;
    const { url, logKey, intervalSeconds = INTERVAL_SECONDS, tokenFile, ...others } = one as Record<string, unknown>;
    if (Object.keys(others).length > 0 || typeof url !== 'string' || typeof logKey !== 'string') return undefined;
    if (typeof intervalSeconds !== 'number') return undefined;
    if (!(intervalSeconds >= LEAST_SECONDS && intervalSeconds <= MOST_SECONDS)) return undefined;
    const [address, key, path] = [readUrl(url), readVkey(logKey), readPath(tokenFile)];
    if (address === undefined || key === undefined || (tokenFile !== undefined && path === undefined)) return undefined;
    return { url: address, logKey: key, intervalSeconds, ...(path === undefined ? {} : { tokenFile: path }) };
  });
  return follows.every((one) => one !== undefined) ? follows : undefined;
}
