import type { Finding } from '../../errors.ts';
import { add, addLink } from './element.ts';

/** Lines shown before and after one that something was found at. */
const AROUND = 2;
/** Lines with findings that are shown in their place; the others are told of by number. */
const MOST_LINES = 50;
/** A line may be as long as the document. */
const MOST_CHARACTERS = 400;

/** Says every finding; those that name a line stand at that line of the document. `codes` is the page that explains the codes. */
export function addFindings(parent: Element, bytes: Uint8Array, findings: readonly Finding[], codes: string): void {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  const byLine = new Map<number, Finding[]>();
  for (const finding of findings) {
    const { line = 0 } = finding.where ?? {};
    const at = line < 1 || line > lines.length ? 0 : line;
    byLine.set(at, [...(byLine.get(at) ?? []), finding]);
  }
  const wrong = [...byLine.keys()].filter((line) => line > 0).sort((one, other) => one - other);
  const shown = wrong.slice(0, MOST_LINES);
  const unplaced = [...(byLine.get(0) ?? []), ...wrong.slice(MOST_LINES).flatMap((line) => byLine.get(line) ?? [])];
  if (unplaced.length > 0) {
    const list = add(parent, 'ul');
    list.className = 'findings';
    for (const finding of unplaced) sayFinding(add(list, 'li'), finding, codes, true);
  }
  if (shown.length === 0) return;
  const list = add(parent, 'ol');
  list.className = 'source';
  list.tabIndex = 0;
  list.setAttribute('aria-label', 'Lines with findings');
  let last = 0;
  const excerpt = toExcerpt(shown, lines.length);
  const indent = toIndent(excerpt.map((line) => lines[line - 1] ?? ''));
  for (const line of excerpt) {
    const row = add(list, 'li');
    row.value = line;
    if (last > 0 && line > last + 1) row.className = 'gap';
    last = line;
    add(add(row, 'code'), 'bdi', toShort((lines[line - 1] ?? '').slice(indent)));
    const here = byLine.get(line) ?? [];
    if (here.length === 0) continue;
    row.classList.add('wrong');
    for (const finding of here) sayFinding(add(row, 'p'), finding, codes, false);
  }
}

function toExcerpt(wrong: readonly number[], count: number): number[] {
  const lines = new Set<number>();
  for (const line of wrong) {
    for (let near = Math.max(1, line - AROUND); near <= Math.min(count, line + AROUND); near += 1) lines.add(near);
  }
  return [...lines].sort((one, other) => one - other);
}

/** Blanks that all of these lines begin with. */
function toIndent(lines: readonly string[]): number {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/[^ ]/));
  return Math.max(0, Math.min(...indents));
}

function sayFinding(parent: Element, finding: Finding, codes: string, saysPlace: boolean): void {
  const { code, severity, message, where } = finding;
  const line = saysPlace && where?.line !== undefined ? `Line ${where.line}: ` : '';
  add(parent, 'bdi', `${severity === 'warning' ? 'Worth knowing: ' : ''}${line}${message} `);
  const link = addLink(parent, `${codes}#${code}`, '');
  add(link, 'code', code);
}

function toShort(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} …`;
}
