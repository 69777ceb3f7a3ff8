import type { Write } from '../catalog/ordered-store.ts';
import { REPORTERS_PREFIX } from './usage-key.ts';
import type { UseDay } from './use-day.ts';

/** Who reports for a site. */
export interface Reporter {
  /** The name of its token. */
  readonly token: string;
  /** Made by chance once for each place that counts. */
  readonly reporter: string;
  /** As its operator calls the site; absent where he gives no name. */
  readonly site?: string;
  /** The last day it told of. */
  readonly day: UseDay;
}

/** Of one token. The one that was silent longest makes room, if that is long enough. */
const REPORTERS_MOST = 100;
const SILENT_DAYS = 35;

/** Everybody who reports, as it is in the store. */
export class ReporterList {
  readonly #known = new Map<string, Reporter>();

  /** Takes up the rows of the store. */
  constructor(rows: readonly (readonly [key: string, value: string])[]) {
    for (const [key, value] of rows) {
      const [token, reporter] = key.slice(REPORTERS_PREFIX.length).split('/') as [string, string];
      const { site, day } = JSON.parse(value) as { site?: string; day: UseDay };
      this.#put({ token, reporter, day, ...(site === undefined ? {} : { site }) });
    }
  }

  all(): readonly Reporter[] {
    return [...this.#known.values()];
  }

  find(token: string, reporter: string): Reporter | undefined {
    return this.#known.get(`${token}/${reporter}`);
  }

  /**
   * What has to be written for one to be among those of its token, with the name it gives now; undefined where there is no room. Once that
   * is on disk, `done` takes it up.
   */
  admit(told: Reporter, today: UseDay): { readonly writes: readonly Write[]; readonly done: () => void } | undefined {
    const { token, reporter, site } = told;
    const known = this.find(token, reporter);
    const silent = known === undefined ? this.#toSilent(token) : undefined;
    if (silent !== undefined && silent.day > today - SILENT_DAYS) return undefined;
    const named = site === undefined ? {} : { site };
    const day = Math.max(told.day, known?.day ?? told.day);
    const gone = silent === undefined ? [] : [{ key: toKey(silent), value: undefined }];
    return {
      writes: [...gone, { key: toKey(told), value: JSON.stringify({ ...named, day }) }],
      done: () => {
        if (silent !== undefined) this.#known.delete(`${silent.token}/${silent.reporter}`);
        this.#put({ token, reporter, day, ...named });
      },
    };
  }

  /** Who would have to go for another one to come; undefined while there is room. */
  #toSilent(token: string): Reporter | undefined {
    const others = this.all().filter((one) => one.token === token);
    if (others.length < REPORTERS_MOST) return undefined;
    return others.sort((one, other) => one.day - other.day)[0];
  }

  #put(reporter: Reporter): void {
    this.#known.set(`${reporter.token}/${reporter.reporter}`, reporter);
  }
}

function toKey({ token, reporter }: Reporter): string {
  return `${REPORTERS_PREFIX}${token}/${reporter}`;
}
