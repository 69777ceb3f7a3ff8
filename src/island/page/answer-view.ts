import { openChart } from './answer-chart.ts';
import { add } from './element.ts';

const MOST_CHARACTERS = 200_000;

interface View {
  readonly name: string;
  readonly place: HTMLElement;
  readonly open: () => void;
}

/** Lets the reader see rows as table, as chart, or as the JSON that programs get. The table is what the server sent. */
export function openAnswerView(answer: HTMLElement, json: string | undefined): void {
  const table = answer.querySelector('table');
  if (table === null) return;
  const shown = document.createElement('div');
  shown.append(...answer.childNodes);
  const chart = document.createElement('div');
  const raw = document.createElement('div');
  const views: View[] = [
    { name: 'Table', place: shown, open: () => undefined },
    { name: 'Chart', place: chart, open: () => openChart(chart, table) },
    ...(json === undefined ? [] : [{ name: 'Raw', place: raw, open: () => void showRaw(raw, json) }]),
  ];
  const bar = add(answer, 'p');
  bar.className = 'row views';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', 'Show the answer as');
  const opened = new Set<View>([views[0] as View]);
  const buttons = views.map((view) => {
    const button = add(bar, 'button', view.name);
    button.type = 'button';
    button.className = 'plain';
    button.addEventListener('click', () => choose(view));
    answer.append(view.place);
    return button;
  });
  choose(views[0] as View);

  function choose(chosen: View): void {
    for (const [at, view] of views.entries()) {
      view.place.hidden = view !== chosen;
      buttons[at]?.setAttribute('aria-pressed', String(view === chosen));
    }
    if (opened.has(chosen)) return;
    opened.add(chosen);
    chosen.open();
  }
}

async function showRaw(place: HTMLElement, href: string): Promise<void> {
  const block = add(place, 'pre', 'Loading …');
  block.tabIndex = 0;
  block.setAttribute('aria-label', 'Answer as JSON');
  try {
    const reply = await fetch(href, { redirect: 'error' });
    const text = await reply.text();
    block.textContent =
      text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… download it for the rest` : text;
  } catch {
    block.textContent = 'The registry could not be reached.';
  }
}
