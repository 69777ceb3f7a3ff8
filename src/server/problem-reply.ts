import type { Context } from 'hono';
import { negotiate } from './accept.ts';
import type { Face } from './face.ts';
import { problemPage } from './pages/problem-page.ts';
import type { Problem, ProblemFinding } from './problem.ts';
import { writeElement } from './xml-text.ts';

const OFFERS = ['application/problem+json', 'application/json', 'text/html', 'application/xml', 'text/xml'] as const;

/** The problem as its JSON members (RFC 9457 section 3.1), `findings` and `retryAfter` being ours. */
export function toProblemJson(face: Face, problem: Problem): Record<string, unknown> {
  const { findings, retryAfterSeconds, allow: _header, ...members } = problem;
  return {
    ...members,
    type: `${face.registry.baseUrl}${problem.type}`,
    ...(findings === undefined ? {} : { findings: findings.map((finding) => toFindingJson(face, finding)) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
  };
}

/** A finding as its JSON members, with the type a lone problem of its code would have. */
export function toFindingJson(face: Face, finding: ProblemFinding): Record<string, unknown> {
  return { type: `${face.registry.baseUrl}/docs/findings#${finding.code}`, ...finding };
}

function writeProblemXml(face: Face, problem: Problem): string {
  const findings = (problem.findings ?? []).map(({ code, check, severity, message, where, file }) =>
    writeElement('finding', { code, check, severity, file, line: where?.line, element: where?.element }, message),
  );
  const { status, title, detail } = problem;
  const type = `${face.registry.baseUrl}${problem.type}`;
  const message = writeElement('message', {}, detail);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement('error', { type, status, title }, [message, ...findings])}\n`;
}

/** Replies with a problem in the form the client reads: JSON (RFC 9457), a page for browsers, XML where nothing else is accepted. */
export function replyProblem(c: Context, face: Face, problem: Problem): Response | Promise<Response> {
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  if (problem.retryAfterSeconds !== undefined) c.header('Retry-After', String(Math.ceil(problem.retryAfterSeconds)));
  if (problem.allow !== undefined) c.header('Allow', problem.allow);
  c.status(problem.status as Parameters<Context['status']>[0]);
  const offer = negotiate(c.req.header('Accept'), OFFERS) ?? 'application/problem+json';
  if (offer === 'text/html') return c.html(problemPage(face, problem));
  if (offer === 'application/xml' || offer === 'text/xml') {
    return c.body(writeProblemXml(face, problem), { headers: { 'Content-Type': `${offer}; charset=utf-8` } });
  }
  return c.body(`${JSON.stringify(toProblemJson(face, problem))}\n`, {
    headers: { 'Content-Type': 'application/problem+json' },
  });
}
