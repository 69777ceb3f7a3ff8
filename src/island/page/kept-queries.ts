import { add } from './element.ts';

const PLACE = 'vouch-queries';
const MOST = 100;

interface Kept {
  readonly name: string;
  readonly query: string;
}

/** Queries the reader keeps in this browser, under names of his own. Nothing of them is sent. */
export function openKeptQueries(after: Element, text: () => string, show: (query: string) => void): void {
  const details = document.createElement('details');
  details.className = 'kept';
  after.after(details);
  const summary = add(details, 'summary');
  const list = add(details, 'ul');
  list.className = 'plain';
  const row = add(details, 'p');
  row.className = 'row';
  const label = add(row, 'label', 'Name');
  const name = add(label, 'input');
  name.maxLength = 100;
  const keep = add(row, 'button', 'Keep this query');
  keep.type = 'button';
  keep.className = 'plain';
  add(row, 'span', 'Kept in this browser only.').className = 'quiet small';
  keep.addEventListener('click', () => {
    const called = name.value.trim();
    if (called === '' || text().trim() === '') return name.focus();
    write([{ name: called, query: text() }, ...read().filter((one) => one.name !== called)].slice(0, MOST));
    name.value = '';
    draw();
  });
  draw();

  function draw(): void {
    const kept = read();
    summary.textContent = kept.length === 0 ? 'Keep queries' : `Queries you kept (${kept.length})`;
    list.replaceChildren();
    for (const { name, query } of kept) {
      const item = add(list, 'li');
      const open = add(item, 'button', name);
      open.type = 'button';
      open.className = 'plain';
      open.addEventListener('click', () => show(query));
      const drop = add(item, 'button', 'Drop');
      drop.type = 'button';
      drop.className = 'plain';
      drop.setAttribute('aria-label', `Drop ${name}`);
      drop.addEventListener('click', () => {
        write(read().filter((one) => one.name !== name));
        draw();
      });
    }
  }
}

/** What is there, as far as it is what was written: other pages of this site may write there too. */
function read(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.filter((one): one is Kept => typeof one?.name === 'string' && typeof one?.query === 'string');
  } catch {
    return [];
  }
}

function write(kept: readonly Kept[]): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing, or is full, loses what it would have kept.
  }
}
