import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toFinding, VouchError } from '../../src/errors.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
let faults: string[];
let number = 0;

beforeAll(async () => {
  twin = await openTwin();
  const onFault = (fault: VouchError) => faults.push(fault.code);
  app = createApp(twin, { documents: twin.documents, now: () => NOW, onFault, bodySeconds: 0.3 });
});
beforeEach(() => {
  faults = [];
});
afterAll(() => twin.close());

/** A text that stands for an entry nobody has submitted yet. */
function fresh(): string {
  number++;
  const text = `<fresh n="${number}"/>`;
  twin.mean(text, { identifier: toIdentifier(number) });
  return text;
}

function post(
  body: NonNullable<RequestInit['body']>,
  contentType?: string,
  accept?: string,
  headers: Record<string, string> = {},
) {
  return app.request('/metadata', {
    method: 'POST',
    body,
    headers: {
      ...headers,
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...(accept === undefined ? {} : { Accept: accept }),
    },
    ...{ duplex: 'half' },
  });
}

function form(...texts: string[]): FormData {
  const files = new FormData();
  for (const [index, text] of texts.entries()) files.append('entry', new File([text], `entry-${index}.xml`));
  return files;
}

describe('submitting', () => {
  test.each(['application/rdf+xml', 'application/xml', 'text/xml; charset=utf-8', 'APPLICATION/RDF+XML'])(
    'a document as %s is 201 with location and receipt',
    async (contentType) => {
      const reply = await post(fresh(), contentType);
      expect(reply.status).toBe(201);
      const location = `${BASE}/metadata/${toIdentifier(number)}/jane@example.org/2026-11-19T12:00:00Z`;
      expect(reply.headers.get('Location')).toBe(location);
      const receipt = (await reply.json()) as { size: number; index: number; checkpoint: string };
      expect(receipt).toMatchObject({ outcome: 'accepted', location, size: twin.log.size(), findings: [] });
      expect(receipt.checkpoint).toMatch(/^vouch\.example\.org\/log\n/);
    },
  );

  test('the same bytes again are 200 with the first acceptance', async () => {
    const text = fresh();
    const first = await (await post(text, 'application/xml')).json();
    const again = await post(text, 'application/xml');
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ outcome: 'known', index: (first as { index: number }).index });
    expect(again.headers.get('Location')).toContain('/metadata/');
  });

  test('a refused document is 422 with every finding, its code, sentence and line', async () => {
    const reply = await post('<nothing/>', 'application/xml');
    expect(reply.status).toBe(422);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await reply.json()).toMatchObject({
      type: `${BASE}/docs/findings#schema`,
      status: 422,
      findings: [
        { type: `${BASE}/docs/findings#schema`, code: 'schema', where: { line: 7, element: 'slreq:bytes' } },
        { type: `${BASE}/docs/findings#sig`, code: 'sig' },
      ],
    });
  });

  test('a stale document is 409', async () => {
    twin.mean('<stale/>', { findings: [toFinding('stale-created', 'A newer entry is here.')] });
    const reply = await post('<stale/>', 'application/xml');
    expect(reply.status).toBe(409);
    expect(await reply.json()).toMatchObject({ type: `${BASE}/docs/findings#stale-created` });
  });

  test('findings are an error document for clients that accept only XML', async () => {
    const reply = await post('<nothing/>', 'application/xml', 'application/xml');
    expect(reply.status).toBe(422);
    const xml = await reply.text();
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<error /);
    expect(xml).toContain('code="schema"');
    expect(xml).toContain('line="7"');
    expect(xml).toContain('The element &lt;x&gt; is not expected.');
  });

  test('findings are a page with the form for a browser', async () => {
    const reply = await post(form('<nothing/>'), undefined, 'text/html');
    expect(reply.status).toBe(422);
    const page = await reply.text();
    for (const part of ['The element &lt;x&gt; is not expected.', 'line 7', '#sig', 'type="file"'])
      expect(page).toContain(part);
  });

  test('acceptance is a page for a browser', async () => {
    const reply = await post(form(fresh()), undefined, 'text/html');
    expect(reply.status).toBe(201);
    const page = await reply.text();
    for (const part of ['The entry was accepted', 'keep its receipt']) expect(page).toContain(part);
  });

  test('several files are submitted in order; the reply names the file of each finding and keeps the receipts', async () => {
    const reply = await post(form(fresh(), '<nothing/>'));
    expect(reply.status).toBe(422);
    expect(await reply.json()).toMatchObject({
      findings: [{ file: 'entry-1.xml' }, { file: 'entry-1.xml' }],
      receipts: [{ outcome: 'accepted', file: 'entry-0.xml' }],
    });
    const accepted = await post(form(fresh(), fresh()));
    expect(accepted.status).toBe(201);
    expect(await accepted.json()).toMatchObject({ receipts: [{ outcome: 'accepted' }, { outcome: 'accepted' }] });
  });

  test.each([
    ['no media type', '<x/>', undefined, 415],
    ['another media type', '<x/>', 'application/octet-stream', 415],
    ['what curl --data sends', '<x/>', 'application/x-www-form-urlencoded', 415],
    ['a form that is none', 'nonsense', 'multipart/form-data; boundary=x', 400],
    ['a form without a boundary', 'nonsense', 'multipart/form-data', 400],
  ])('%s is refused', async (_, body, contentType, status) => {
    const reply = await post(new TextEncoder().encode(body), contentType);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('Content-Type')).toBe('application/problem+json');
  });

  test('a form without a file, or with more than 16, is refused', async () => {
    const empty = new FormData();
    empty.append('entry', 'text, no file');
    empty.append('entry', new File([], ''));
    expect((await post(empty)).status).toBe(400);
    expect((await post(form(...Array.from({ length: 17 }, () => '<x/>')))).status).toBe(400);
  });

  test('a form of thousands of parts is refused before anything is made of them', async () => {
    const part = '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n\r\n';
    const reply = await post(`${part.repeat(1_000)}--x--\r\n`, 'multipart/form-data; boundary=x');
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ detail: 'The form has more than 64 parts.' });
  });

  test.each([
    ['said beforehand', 'x'.repeat(5000), { 'Content-Length': '5000' }],
    ['not said', 'x'.repeat(5000), {}],
    ['said wrongly', 'x'.repeat(5000), { 'Content-Length': '5' }],
  ])('a document over the limit, its length %s, is 413', async (_, body, headers) => {
    expect((await post(body, 'application/xml', undefined, headers)).status).toBe(413);
  });

  test('a large file in a form is 413', async () => {
    const reply = await post(form('x'.repeat(5000)));
    expect(reply.status).toBe(413);
    expect(((await reply.json()) as { detail: string }).detail).toContain('entry-0.xml');
  });

  test('a body without end is cut at the limit, not read on', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent++;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    expect((await post(endless, 'application/xml')).status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  test('a body that stops arriving, or breaks off, is answered', async () => {
    const stuck = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
    expect((await post(stuck, 'application/xml')).status).toBe(400);
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    expect((await post(broken, 'application/xml')).status).toBe(400);
  });

  test('a read-only registry answers 403 without reading, and its upload page says so', async () => {
    twin.isReadOnly = true;
    try {
      expect((await post(fresh(), 'application/xml')).status).toBe(403);
      expect(await (await app.request('/upload')).text()).toContain('read-only');
    } finally {
      twin.isReadOnly = false;
    }
  });

  test('a full queue is 503 and says when to come back', async () => {
    twin.mean('<crowd/>', { fault: new VouchError('busy', 'Too many wait.', { retryAfterSeconds: 7 }) });
    const reply = await post('<crowd/>', 'application/xml');
    expect(reply.status).toBe(503);
    expect(reply.headers.get('Retry-After')).toBe('7');
    expect(faults).toEqual([]);
  });

  test.each([
    ['a storage fault', new VouchError('storage', 'ENOSPC /var/lib/vouch'), 503, 'storage'],
    ['a defect', new TypeError('undefined is not /secret'), 500, 'internal'],
  ])('%s is reported to the operator and shows nothing of the inside', async (_, fault, status, code) => {
    twin.mean('<fault/>', { fault });
    for (const accept of ['application/json', 'text/html', 'application/xml']) {
      const reply = await post('<fault/>', 'application/xml', accept);
      expect(reply.status).toBe(status);
      expect(await reply.text()).not.toMatch(/secret|var\/lib|ENOSPC|at .*\.ts/);
    }
    expect(faults).toEqual([code, code, code]);
  });
});
