import { type RemarkProblem, type Remarks, readRemarks } from '../../sign/remark-field.ts';
import { add } from './element.ts';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What the form states, or undefined where a field is wrong: that is then said beside it, and the first one has the focus. */
export function readRemarkForm(form: HTMLFormElement): Remarks | undefined {
  clearProblems(form);
  const { remarks, problems } = readRemarks((name) => {
    const control = find(form, name);
    if (control === undefined) return [];
    return control.dataset.lines === undefined ? [control.value] : control.value.split(/\s+/);
  });
  if (problems.length === 0) return remarks;
  showProblems(form, problems);
  return undefined;
}

/** Says what is wrong beside each field and leads to the first. */
export function showProblems(form: HTMLFormElement, problems: readonly RemarkProblem[]): void {
  for (const { name, message } of problems) {
    const control = find(form, name);
    const parent = control?.parentElement;
    if (control === undefined || !parent) continue;
    control.setAttribute('aria-invalid', 'true');
    control.closest('details')?.setAttribute('open', '');
    const said = add(parent, 'p', message);
    said.className = 'wrong';
    said.id = `wrong-${name}`;
    control.setAttribute('aria-errormessage', said.id);
  }
  find(form, problems[0]?.name ?? '')?.focus();
}

export function clearProblems(form: HTMLFormElement): void {
  for (const said of form.querySelectorAll('p.wrong')) said.remove();
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid');
    control.removeAttribute('aria-errormessage');
  }
}

function find(form: HTMLFormElement, name: string): Control | undefined {
  return form.querySelector<Control>(`[name="${name}"]`) ?? undefined;
}
