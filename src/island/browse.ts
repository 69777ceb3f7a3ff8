/*
 * Shows what a search finds while it is typed. The server makes every list: this asks for the page that pressing "Search" would lead to, puts
 * its region of found entries in the place of the one shown, and its address in the address bar. Without scripts the form does the same.
 */
const PAUSE_MS = 180;
const TIMEOUT_MS = 20_000;
const HINT = 'Entries show while you type; the arrow keys lead into them and back.';

const form = document.querySelector<HTMLFormElement>('form[data-browse]');
const field = form?.querySelector<HTMLInputElement>('input[type=search]');
if (form != null && field != null) follow(form, field);

function follow(form: HTMLFormElement, field: HTMLInputElement): void {
  const said = addLine(form, 'unseen');
  said.setAttribute('role', 'status');
  const hint = addLine(form, 'hint');
  hint.textContent = HINT;
  hint.id = 'search-hint';
  field.setAttribute('aria-describedby', hint.id);
  let asked: XMLHttpRequest | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The address of what is shown, or on its way. */
  let wanted = location.href;
  /** What Back leads to is where the search began, not each letter of it. */
  let isSearching = false;

  const show = async (address: string, remember: 'in the history' | 'no'): Promise<void> => {
    clearTimeout(timer);
    if (address === wanted) return;
    asked?.abort();
    wanted = address;
    document.querySelector('#found')?.setAttribute('aria-busy', 'true');
    const request = new XMLHttpRequest();
    asked = request;
    const page = await load(request, address);
    if (asked !== request) return;
    asked = undefined;
    const isExchanged = page !== undefined && exchange(page);
    if (!isExchanged) {
      document.querySelector('#found')?.setAttribute('aria-busy', 'false');
      wanted = '';
      said.textContent =
        page?.querySelector('.note.bad')?.textContent ?? 'The registry did not answer. Press Enter to try again.';
      hint.textContent = said.textContent;
      hint.classList.add('failed');
      return;
    }
    if (remember === 'in the history') {
      if (isSearching) history.replaceState(null, '', address);
      else history.pushState(null, '', address);
      isSearching = true;
    }
    document.title = page.title;
    hint.classList.remove('failed');
    said.textContent = `${document.querySelector('#count')?.textContent ?? ''}.`;
    hint.textContent = HINT;
  };

  const search = (): void => void show(toAddress(form), 'in the history');

  form.addEventListener('input', (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  form.addEventListener('compositionend', () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
  });
  // the order is chosen below, among what was found
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLSelectElement && target.form === form) search();
  });
  addEventListener('popstate', () => {
    isSearching = false;
    field.value = new URL(location.href).searchParams.get('q') ?? '';
    void show(location.href, 'no');
  });
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') walk(event, field);
  });
  // what was typed before this ran
  if (field.value !== field.defaultValue) search();
}

/** The address that sending the form leads to, without the fields that are empty. */
function toAddress(form: HTMLFormElement): string {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value.trim() !== '') address.searchParams.append(name, value.trim());
  }
  return address.href;
}

/** The page at an address; undefined where none came. The browser makes a document of it in which nothing runs. */
function load(request: XMLHttpRequest, address: string): Promise<Document | undefined> {
  return new Promise((resolve) => {
    request.open('GET', address);
    request.responseType = 'document';
    request.timeout = TIMEOUT_MS;
    request.setRequestHeader('Accept', 'text/html');
    request.addEventListener('loadend', () => resolve(request.responseXML ?? undefined));
    request.send();
  });
}

/** Puts what the page found in the place of what is shown; the focus stays where it was. False where the page found nothing at all. */
function exchange(page: Document): boolean {
  const [shown, found] = [document.querySelector('#found'), page.querySelector('#found')];
  if (shown === null || found === null) return false;
  const { activeElement } = document;
  const name = shown.contains(activeElement) ? activeElement?.getAttribute('name') : undefined;
  const isOpen = shown.querySelector<HTMLDetailsElement>('details.narrow')?.open === true;
  shown.replaceWith(document.adoptNode(found));
  const narrow = found.querySelector<HTMLDetailsElement>('details.narrow');
  if (narrow !== null) narrow.open = isOpen;
  if (name != null) found.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]:not([type=hidden])`)?.focus();
  return true;
}

/** Moves the focus between the search field and the entries below it. */
function walk(event: KeyboardEvent, field: HTMLInputElement): void {
  const stops = [field, ...document.querySelectorAll<HTMLElement>('#found [data-hit]')];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = stops[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function addLine(form: HTMLFormElement, className: string): HTMLParagraphElement {
  const line = document.createElement('p');
  line.className = className;
  form.append(line);
  return line;
}
