/*
 * Puts a button on every block of commands that copies its text. Without scripts the text is there all the same.
 */
const SAID_MS = 2_000;

for (const block of document.querySelectorAll<HTMLElement>('[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  const name = block.dataset.copy ?? '';
  if (name !== '') button.setAttribute('aria-label', `Copy ${name}`);
  const said = document.createElement('span');
  said.className = 'unseen';
  said.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    const text = block.querySelector('code')?.textContent ?? '';
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (!isCopied) selectText(block);
    button.textContent = isCopied ? 'Copied' : 'Selected';
    said.textContent = isCopied ? 'Copied.' : 'The text is selected: copy it with your keyboard.';
    setTimeout(() => {
      button.textContent = 'Copy';
      said.textContent = '';
    }, SAID_MS);
  });
  block.append(button, said);
}

/** Where the browser gives no clipboard, as over plain HTTP, the reader copies by himself. */
function selectText(block: HTMLElement): void {
  const code = block.querySelector('code');
  if (code === null) return;
  const range = document.createRange();
  range.selectNodeContents(code);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}
