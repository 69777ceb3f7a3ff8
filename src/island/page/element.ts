/** Appends a new element with this text to the parent. */
export function add<Name extends keyof HTMLElementTagNameMap>(
  parent: Element,
  name: Name,
  text = '',
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.textContent = text;
  parent.append(element);
  return element;
}

/** Appends a link; only addresses of the registry itself are given to it. */
export function addLink(parent: Element, href: string, text: string): HTMLAnchorElement {
  const link = add(parent, 'a', text);
  link.href = href;
  return link;
}

/** Appends a box that says how something went. */
export function addNote(parent: Element, tone: 'good' | 'care' | 'bad', sentence: string): HTMLElement {
  const note = add(parent, 'div');
  note.className = `note ${tone}`;
  add(add(note, 'p'), 'strong', sentence);
  return note;
}

/** A size as people read it: `912 bytes`, `1.2 MB`. */
export function toSizeText(bytes: number): string {
  const unit = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let step = 0;
  while (size >= 1000 && step < unit.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step === 0 ? size : size.toFixed(1)} ${unit[step]}`;
}
