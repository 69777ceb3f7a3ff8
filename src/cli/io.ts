/** Where results and talk go. A terminal says so, and how wide it is. */
export interface Output {
  write(chunk: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where `-` reads from. A terminal can be asked a question. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(isRaw: boolean): unknown;
  pause?(): unknown;
  resume?(): unknown;
  on?(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off?(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
}

/** Everything a command line run touches besides files and the network: an argument, so that tests need no process. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends what runs: servers, waits, long reads. */
  readonly signal: AbortSignal;
}
