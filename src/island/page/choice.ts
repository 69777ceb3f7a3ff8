import { add } from './element.ts';

/** One answer to a question of the page, with what it needs besides. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** A file or a text that belongs to the answer. */
  readonly more?: HTMLInputElement;
  /** What is to be known before one takes it. */
  readonly note?: string;
}

let groups = 0;

/** Adds a question with answers of which one is taken, the first one to begin with; gives what is taken now. */
export function addChoices<Value extends string>(
  parent: Element,
  question: string,
  choices: readonly Choice<Value>[],
): () => Value {
  groups += 1;
  const group = `choice-${groups}`;
  const set = add(parent, 'fieldset');
  add(set, 'legend', question);
  const radios = choices.map(({ value, label, more, note }, place) => {
    const line = add(set, 'label');
    line.className = 'choice';
    const radio = add(line, 'input');
    radio.type = 'radio';
    radio.name = group;
    radio.value = value;
    radio.checked = place === 0;
    add(line, 'span', label);
    if (more !== undefined) {
      more.setAttribute('aria-label', label);
      set.append(more);
      more.addEventListener('input', () => {
        radio.checked = true;
      });
    }
    if (note !== undefined) add(set, 'p', note).className = 'quiet small';
    return { radio, value };
  });
  return () => radios.find(({ radio }) => radio.checked)?.value ?? choices[0]!.value;
}
