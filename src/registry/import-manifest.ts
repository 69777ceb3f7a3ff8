import { VouchError } from '../errors.ts';
import { type LogKey, type VerifierKey, verifyNote } from '../log/note-key.ts';
import { readNote, writeNote } from '../proof/note.ts';

/** One original the operator vouches for: the SHA-256 of its exact bytes, and the file it was found in. */
export interface ManifestLine {
  /** Hex. */
  readonly sha256: string;
  readonly fileName: string;
}

/** The list of originals that may be imported, as the operator signed it. */
export interface ImportManifest {
  readonly lines: readonly ManifestLine[];
  /** Name of the key that signed it. */
  readonly signedBy: string;
}

const HEAD = 'vouch import manifest v1';
const LINE = /^([0-9a-f]{64}) {2}([^/\n]+)$/;

/** Writes a manifest as a signed note (C2SP signed-note): a head line, then lines as `sha256sum` writes them. */
export function writeImportManifest(lines: readonly ManifestLine[], key: LogKey): string {
  const text = [HEAD, ...lines.map(({ sha256, fileName }) => `${sha256}  ${fileName}`), ''].join('\n');
  const { name, keyId } = key.verifier;
  return writeNote({ text, signatures: [{ name, keyId, bytes: key.sign(text) }] });
}

/** Reads a manifest and holds its signature against the operator's keys. Throws `malformed`. */
export function readImportManifest(bytes: Uint8Array, keys: readonly VerifierKey[]): ImportManifest {
  const note = readNote(bytes);
  const [proof] = verifyNote(note, keys);
  if (proof === undefined) {
    throw new VouchError('malformed', 'The import manifest is not signed by a key of the setting imports.keys.');
  }
  const [head, ...rest] = note.text.trimEnd().split('\n');
  if (head !== HEAD) throw new VouchError('malformed', `The import manifest does not begin with "${HEAD}".`);
  const lines = rest.map((line, position) => {
    const match = LINE.exec(line);
    if (match === null) {
      throw new VouchError('malformed', `Line ${position + 2} of the import manifest is not "<sha256>  <file name>".`);
    }
    return { sha256: match[1]!, fileName: match[2]! };
  });
  return { lines, signedBy: proof.key.name };
}
