import { expect, test } from 'vitest';
import { toExit } from '../../src/cli/exit-code.ts';
import { type FaultCode, VouchError } from '../../src/errors.ts';

test.each<[FaultCode, number]>([
  ['config', 2],
  ['usage', 2],
  ['query', 2],
  ['key', 65],
  ['malformed', 65],
  ['too-large', 65],
  ['not-found', 1],
  ['read-only', 1],
  ['unauthorized', 1],
  ['unreachable', 69],
  ['remote', 69],
  ['corrupt', 70],
  ['internal', 70],
  ['input-output', 74],
  ['storage', 74],
  ['storage-locked', 75],
  ['timeout', 75],
  ['busy', 75],
  ['closed', 75],
])('the fault %s ends the program with %i', (code, exit) => {
  expect(toExit(new VouchError(code, 'Why.'))).toEqual({ code: exit, message: 'Why.' });
});

test('a fault that passes says when to try again', () => {
  const busy = new VouchError('busy', 'Too much is waiting.', { retryAfterSeconds: 4.2 });
  expect(toExit(busy)).toEqual({ code: 75, message: 'Too much is waiting. Try again in 5 seconds.' });
});

test('being stopped is no defect; anything unknown is one, with its trace', () => {
  expect(toExit(new DOMException('This operation was aborted', 'AbortError')).code).toBe(130);
  const defect = toExit(new TypeError('x is not a function'));
  expect(defect.code).toBe(70);
  expect(defect.message).toContain('report it');
  expect(defect.message).toContain('x is not a function');
});
