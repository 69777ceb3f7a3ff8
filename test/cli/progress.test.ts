import { expect, test, vi } from 'vitest';
import { openProgress } from '../../src/cli/progress.ts';
import { toSizeText } from '../../src/cli/size-text.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { openTestIo } from './run-command.ts';

test('progress is drawn on a terminal, redrawn at most ten times a second, and wiped at the end', () => {
  let drawn = '';
  let nowMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  try {
    const output = { write: (text: string | Uint8Array) => (drawn += text), isTTY: true, columns: 80 };
    {
      using progress = openProgress(output, 'x.img', 'bytes');
      nowMs = 1000;
      progress.update(512 * 1024, 1024 * 1024);
      nowMs = 1050;
      progress.update(600 * 1024, 1024 * 1024);
    }
  } finally {
    clock.mockRestore();
  }
  expect(drawn).toBe('\r\u001b[Kx.img [############············] 50%  512 KiB  512 KiB/s\r\u001b[K');
});

test('progress writes nothing where there is no terminal', () => {
  let drawn = '';
  {
    using progress = openProgress({ write: (text) => (drawn += text) }, 'x.img', 'bytes');
    progress.update(1, 2);
  }
  expect(drawn).toBe('');
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1536, '1.5 KiB'],
  [150 * 1024 ** 3, '150 GiB'],
  [2 ** 53, '8.0 PiB'],
])('%i bytes read as %s', (bytes, text) => {
  expect(toSizeText(bytes)).toBe(text);
});

test('colour is for terminals that want it only', () => {
  const paint = (isTTY: boolean, env: Record<string, string>): string => {
    const { io } = openTestIo({ stdout: { write: () => true, isTTY }, env });
    return new Terminal(io).paint('red', 'no');
  };
  expect(paint(true, {})).toBe('\u001b[31mno\u001b[0m');
  expect(paint(true, { NO_COLOR: '' })).toBe('\u001b[31mno\u001b[0m');
  expect(paint(true, { NO_COLOR: '1' })).toBe('no');
  expect(paint(true, { TERM: 'dumb' })).toBe('no');
  expect(paint(false, {})).toBe('no');
});
