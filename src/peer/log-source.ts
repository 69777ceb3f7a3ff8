/**
 * What the log of somebody else offers (C2SP tlog-tiles, and blobs by their SHA-256). Nothing it gives is checked yet, but for
 * how much there is of it: an answer never has more bytes than its caller allows. Faults: `not-found` where the log says it has
 * none, `too-large`, `unreachable`, `timeout`, `remote`.
 */
export interface LogSource {
  /** Where it is, as a person knows it. */
  readonly name: string;
  /** The newest signed checkpoint. */
  checkpoint(): Promise<Uint8Array>;
  /** The first `width` hashes of a tile. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>;
  /** The first `width` entries of a bundle, as they lie in it. */
  bundle(index: number, width: number): Promise<Uint8Array>;
  /** A document, its evidence, or what the evidence names. */
  blob(sha256: string, bytesLimit?: number): Promise<Uint8Array>;
  /**
   * Documents and evidence of records `from` to `to` in one answer (`readDocumentBundle`), or some of them: absent where that is not to be
   * had. Nothing depends on it but the number of requests.
   */
  documents?(from: number, to: number): Promise<Uint8Array>;
}

/** Bytes a signed note may have (C2SP signed-note leaves it open; `readNote` takes no more). */
export const CHECKPOINT_BYTES_LIMIT = 1_048_576;

/** Bytes of the largest blob: a revocation list beside a trust snapshot. */
export const BLOB_BYTES_LIMIT = 64 * 1_048_576;
