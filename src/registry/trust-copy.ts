import { nodeNameDigests } from '../platform/name-digests.ts';
import type { EndorserBinding, Trust } from '../verify/conditions.ts';
import type { RevocationMode } from '../x509/crl-check.ts';
import { readTrustStore, type TrustFile } from '../x509/trust-store.ts';

/** Trust in a form that crosses threads: the files of the trust directory, which each thread reads for itself. */
export type TrustCopy =
  | {
      readonly mode: 'anchors';
      readonly files: readonly TrustFile[];
      /** Statuses of authorities that are taken besides `accredited:…`. */
      readonly statuses: readonly string[];
      readonly crl: RevocationMode;
      readonly crlGraceMs: number;
      /** Whether the names that authorities give are held against their policies. */
      readonly hasNamespaces: boolean;
      readonly digest: string;
      readonly bindings: readonly EndorserBinding[];
      readonly isConfirmed?: boolean;
    }
  | { readonly mode: 'open'; readonly digest: string }
  | {
      readonly mode: 'pinned';
      readonly fingerprints: readonly string[];
      readonly digest: string;
      readonly bindings: readonly EndorserBinding[];
      readonly isConfirmed?: boolean;
    };

/** What a verifying thread is started with, and given again when it changes. */
export interface VerifierSettings {
  readonly trust: TrustCopy;
  readonly documentBytesLimit: number;
}

/** The trust a thread works with. What cannot be read was warned of by whoever made the copy. */
export function fromTrustCopy(copy: TrustCopy): Trust {
  if (copy.mode === 'open') return copy;
  const { mode, digest, bindings, isConfirmed = false } = copy;
  if (mode === 'pinned') return { mode, fingerprints: new Set(copy.fingerprints), digest, bindings, isConfirmed };
  const { files, statuses, crl, crlGraceMs, hasNamespaces } = copy;
  const store = readTrustStore(files, { statuses, digests: nodeNameDigests });
  const lists = store.lists.map(({ list }) => list);
  const names = hasNamespaces ? { policies: store.policies } : {};
  const anchors = store.authorities.map(({ certificate }) => certificate);
  return { mode, anchors, rules: { ...names, lists, crl, crlGraceMs }, digest, bindings, isConfirmed };
}
