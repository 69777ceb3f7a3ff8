import { isMap, isNode, isScalar, LineCounter, parseDocument, stringify } from 'yaml';

/** A YAML text as plain values that remember their lines. */
export interface YamlDocument {
  readonly value: unknown;
  /** 1-based line of what is at a path of names and positions; of a name the line of the name itself. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** The document, or the line and sentence of the first thing that is not YAML. */
export type YamlReading =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** The document of a file, or a sentence about it, with a line where there is one. */
export type YamlFileReading =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly line?: number; readonly message: string };

/** Aliases a document may expand to, against texts that grow without end when read. */
const ALIASES_LIMIT = 100;

/** Reads one YAML 1.2 document; JSON is YAML too. Never throws for any text. */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [error] = parsed.errors;
  if (error !== undefined) return { ok: false, line: lines.linePos(error.pos[0]).line, message: error.message };
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: ALIASES_LIMIT });
  } catch (thrown) {
    return { ok: false, line: 1, message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    const parent: unknown = path.length < 2 ? parsed.contents : parsed.getIn(path.slice(0, -1), true);
    const named = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
    const node: unknown = named?.key ?? parsed.getIn(path, true);
    return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return { ok: true, document: { value, lineOf } };
}

/** Reads the bytes of a file, at most `most` of them. Never throws for any bytes. */
export function readYamlBytes(bytes: Uint8Array, most: number): YamlFileReading {
  if (bytes.length > most) return { ok: false, message: `it is larger than ${most} bytes` };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, message: 'it is not UTF-8 text' };
  }
  const yaml = readYaml(text);
  return yaml.ok ? yaml : { ...yaml, message: `it is not YAML: ${yaml.message}` };
}

/** Writes a value as YAML. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 120 });
}
