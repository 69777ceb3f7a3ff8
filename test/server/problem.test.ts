import { describe, expect, test } from 'vitest';
import { type FaultCode, toFinding, toWarning, VouchError } from '../../src/errors.ts';
import {
  FAULT_REPLIES,
  isOurs,
  SUBMISSION_STATUS,
  toFault,
  toFaultProblem,
  toRefusal,
} from '../../src/server/problem.ts';

describe('problems', () => {
  test('the statuses of faults are those of the entry format and of HTTP', () => {
    const statuses = Object.fromEntries(Object.entries(FAULT_REPLIES).map(([code, { status }]) => [code, status]));
    expect(statuses).toEqual({
      config: 500,
      usage: 400,
      'input-output': 500,
      key: 500,
      malformed: 400,
      'not-found': 404,
      storage: 503,
      'storage-locked': 503,
      corrupt: 500,
      closed: 503,
      unreachable: 502,
      remote: 502,
      timeout: 503,
      busy: 503,
      quota: 429,
      'read-only': 403,
      unauthorized: 401,
      'too-large': 413,
      'media-type': 415,
      query: 400,
      internal: 500,
    } satisfies Record<FaultCode, number>);
  });

  test('the statuses of submissions are those of the entry format', () => {
    expect(SUBMISSION_STATUS).toEqual({
      accepted: 201,
      unconfirmed: 202,
      pending: 202,
      known: 200,
      stale: 409,
      invalid: 422,
    });
  });

  test.each(Object.keys(FAULT_REPLIES) as FaultCode[])(
    'a %s fault says its message only if that shows nothing of the inside',
    (code) => {
      const problem = toFaultProblem(new VouchError(code, 'SECRET /var/lib/vouch'));
      expect(problem.type).toBe(`/docs/problems#${code}`);
      expect(problem.detail.includes('SECRET')).toBe(!isOurs(new VouchError(code, '')));
      if (problem.status >= 500 && !['timeout', 'busy'].includes(code)) expect(problem.detail).not.toContain('SECRET');
    },
  );

  test('a busy fault tells when to come back', () => {
    expect(toFaultProblem(new VouchError('busy', 'Full.', { retryAfterSeconds: 9 })).retryAfterSeconds).toBe(9);
    expect(toFaultProblem(new VouchError('busy', 'Full.')).retryAfterSeconds).toBeGreaterThan(0);
  });

  test.each([new Error('x'), 'text', undefined, null, 7])('whatever else is thrown is a defect: %s', (thrown) => {
    expect(toFault(thrown).code).toBe('internal');
  });

  test('a refusal has the type of the first error and every finding', () => {
    const findings = [toWarning('weak', 'Small key.'), toFinding('sig', 'No.'), toFinding('expired', 'Late.')];
    const problem = toRefusal('invalid', findings);
    expect(problem).toMatchObject({
      type: '/docs/findings#sig',
      status: 422,
      title: 'The signature does not hold',
      findings,
    });
    expect(problem.detail).toContain('2 findings');
  });
});
