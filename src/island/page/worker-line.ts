/** What a worker says: that it hears, how far it is, the answer, or why there is none. Answers come in the order of the requests. */
export type WorkerWord<Answer, Progress = never> =
  | 'ready'
  | { readonly progress: Progress }
  | { readonly answer: Answer }
  | { readonly fault: string };

interface Asked<Request, Answer, Progress> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (fault: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** A worker that takes one request after the other. It starts with the first one. */
export class WorkerLine<Request, Answer, Progress = never> {
  readonly #href: string;
  #worker: Worker | undefined;
  #isReady = false;
  #asked: Asked<Request, Answer, Progress>[] = [];

  constructor(href: string) {
    this.#href = href;
  }

  /** The answer; rejects with a sentence where there is none, or the worker was ended. */
  ask(request: Request, onProgress?: (progress: Progress) => void): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#asked.push({ request, resolve, reject, onProgress });
      this.#worker ??= this.#start();
      if (this.#isReady && this.#asked.length === 1) this.#worker.postMessage(request);
    });
  }

  /** Ends the worker and everything it holds. The next request starts another. */
  end(reason = 'It was stopped.'): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isReady = false;
    for (const { reject } of this.#asked.splice(0)) reject(new Error(reason));
  }

  #start(): Worker {
    const worker = new Worker(toWorkerAddress(this.#href), { type: 'module' });
    worker.addEventListener('error', () => this.end('A script of this page did not start.'));
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerWord<Answer, Progress>>) => {
      if (data === 'ready') this.#isReady = true;
      else if ('progress' in data) return this.#asked[0]?.onProgress?.(data.progress);
      else {
        const asked = this.#asked.shift();
        if ('answer' in data) asked?.resolve(data.answer);
        else asked?.reject(new Error(data.fault));
      }
      const next = this.#asked[0];
      if (next !== undefined) worker.postMessage(next.request);
    });
    return worker;
  }
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(text: string): string },
  ): {
    createScriptURL(text: string): string;
  };
}

let toAddress: ((href: string) => string) | undefined;

/** The page's policy header lets one maker of addresses be, and this one makes those of our workers only. */
function toWorkerAddress(href: string): string {
  if (toAddress === undefined) {
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    const policy = trustedTypes?.createPolicy('vouch-worker', { createScriptURL: refuseForeign });
    // A browser without trusted types takes the address as it is.
    toAddress = policy === undefined ? refuseForeign : (text) => policy.createScriptURL(text);
  }
  return toAddress(href);
}

function refuseForeign(text: string): string {
  const { origin, pathname } = new URL(text, location.href);
  const isOurs = origin === location.origin && /\/asset\/[a-z]+-worker-[A-Z0-9]+\.js$/.test(pathname);
  if (!isOurs || !text.startsWith('/')) throw new TypeError('This is no worker of ours.');
  return text;
}
