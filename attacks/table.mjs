// Every attack, in the order of design/trust.md. A row:
//   id, about      what it is called, and what it does in one sentence
//   expect         'OK' for a control, else the finding codes that MUST be among those the entry is refused with
//   within         milliseconds verification may take in the library; 50 where nothing is said
//   warns          warnings a control comes with
//   ways           which of library, cli, http it can be tried through; all where nothing is said
//   make(workshop) the entry: its text or bytes, or { bytes, before, profile, documents }: entries to upload before it, the profile,
//                  and the SHA-256 of the documents an import manifest lists
//   isKnown        for a control: it MUST NOT be appended, since what goes before it is the same statement (200, not 201)
//   also(verdict, before)  for a control: what is wrong with the verdict although it accepts, or undefined
import { ALGORITHM } from './rows/algorithm.mjs';
import { DOCUMENT } from './rows/document.mjs';
import { IDENTITY } from './rows/identity.mjs';
import { PATH } from './rows/path.mjs';
import { REVOCATION } from './rows/revocation.mjs';
import { WRAPPING } from './rows/wrapping.mjs';

/** Milliseconds verification may take where a row does not say. */
export const USUAL_BOUND_MS = 50;

export const ROWS = [...WRAPPING, ...DOCUMENT, ...ALGORITHM, ...IDENTITY, ...PATH, ...REVOCATION];
