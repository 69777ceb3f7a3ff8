import type { Issued } from '../src/x509/issue.ts';
import type { Xml } from '../src/xml/open-xml.ts';

export interface SignOptions {
  readonly signedInfo?: string;
  readonly reference?: string | null;
  readonly method?: string;
  readonly methodUri?: string;
  readonly methodContent?: string;
  readonly digest?: string;
  readonly digestUri?: string;
  readonly hash?: string;
  readonly salt?: number;
  readonly uri?: string;
  readonly transforms?: readonly string[];
  readonly certificates?: readonly Uint8Array[];
  readonly keyInfo?: string;
  readonly value?: (signedInfo: Buffer, signature: Buffer) => Buffer;
}

export interface PssParameters {
  readonly hash?: string;
  readonly maskHash?: string;
  readonly salt?: number | string;
  readonly trailer?: number;
}

export const PSS: string;
export const CANONICALIZATIONS: Readonly<
  Record<'inclusive' | 'inclusive+' | 'inclusive-1.1' | 'inclusive-1.1+' | 'exclusive' | 'exclusive+', string>
>;
export const METHODS: Readonly<Record<string, { readonly uri: string }>>;
export function pssParameters(parameters?: PssParameters): string;
export function signText(xml: Xml, text: string, signer: Issued, options?: SignOptions): string;
