import { VouchError } from '../../../errors.ts';
import type { GraphSource } from '../../graph-source.ts';
import type { QuadReply, QuadRequest } from '../sparql-message.ts';
import { Thread } from '../thread.ts';
import type { ColumnBuffers } from './column.ts';

/** Steps sent ahead of their replies: the thread never idles, and no more than this waits in memory. */
const STEPS_AHEAD = 3;

/** The quads of the catalog's entries in shared memory, and the thread that writes them. */
export class QuadIndex {
  readonly #thread = new Thread<QuadRequest, QuadReply>('#workers/catalog/sparql/quads/quad-worker', 'RDF index');
  #buffers: ColumnBuffers | undefined;
  #position = 0;

  /** Log size taken in. */
  get position(): number {
    return this.#position;
  }

  /** Where the quads are; undefined before anything was taken in. */
  get buffers(): ColumnBuffers | undefined {
    return this.#buffers;
  }

  /** Takes in everything the source has taken in. Throws if the thread ends or refuses. */
  async bringUp(source: GraphSource): Promise<void> {
    while (this.#position < source.position() || this.#buffers === undefined) {
      const { to, steps } = await source.changes(this.#position);
      const sent: Promise<void>[] = [];
      let reached = this.#position;
      for await (const changes of steps) {
        const last = changes.at(-1);
        if (last === undefined) continue;
        reached = last.index + 1;
        const taking = this.#take({ changes, to: reached });
        // a later step fails with the first one, whose failure is the one that is thrown
        taking.catch(() => undefined);
        sent.push(taking);
        if (sent.length > STEPS_AHEAD) await sent.shift();
      }
      if (reached < to || this.#buffers === undefined) sent.push(this.#take({ changes: [], to }));
      await Promise.all(sent);
      this.#position = to;
    }
  }

  end(reason: VouchError): void {
    this.#thread.end(reason);
  }

  async #take(request: Omit<QuadRequest, 'number'>): Promise<void> {
    const reply = await this.#thread.ask(request);
    if (reply.kind === 'refused') throw new VouchError('internal', `The RDF index refused triples: ${reply.message}`);
    if (reply.buffers !== undefined) this.#buffers = reply.buffers;
  }
}
