import { add, addLink, addNote } from './element.ts';
import { addFindings } from './finding-list.ts';
import type { RegistryPlace, Standing } from './submission.ts';

/** Says how a submission stands, below what was said of it before. */
export function addStanding(parent: Element, bytes: Uint8Array, standing: Standing, place: RegistryPlace): void {
  const note = addNote(parent, standing.tone, standing.sentence);
  const { entryHref, index, findings = [] } = standing;
  if (entryHref !== undefined || index !== undefined) {
    const line = add(note, 'p');
    if (entryHref !== undefined) addLink(line, entryHref, 'See the entry');
    if (index !== undefined) {
      line.append(`${entryHref === undefined ? '' : '. '}Recorded as number ${index}: `);
      addLink(line, `${place.root}/log/receipt/${index}`, 'keep its receipt');
      line.append('.');
    }
  }
  if (findings.length > 0) addFindings(note, bytes, findings, `${place.root}/docs/findings`);
}
