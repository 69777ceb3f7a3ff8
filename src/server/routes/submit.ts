import type { Context } from 'hono';
import { hasError, VouchError } from '../../errors.ts';
import { toMirrorRefusal } from '../../registry/open-mirror.ts';
import { negotiate } from '../accept.ts';
import { readBody, toMediaType } from '../body.ts';
import type { Face } from '../face.ts';
import { submissionPage } from '../pages/upload-page.ts';
import { type Problem, type ProblemFinding, SUBMISSION_STATUS, toRefusal } from '../problem.ts';
import { replyProblem, toFindingJson, toProblemJson } from '../problem-reply.ts';
import { replyJson } from '../resource.ts';
import { type TakenReceipt, toReceipt, toUnconfirmedReceipt } from '../submission-receipt.ts';
import { writeElement } from '../xml-text.ts';

/** How an upload is bounded besides the size of a document. */
export interface UploadLimits {
  /** Seconds a body may take to arrive. */
  readonly bodySeconds: number;
  /** Hears what became of each document: an outcome or the code of a fault, and the codes of its errors. */
  readonly onUpload?: (outcome: string, codes?: readonly string[]) => void;
}

/** Files one form may send. */
const FILES_LIMIT = 16;
/** Parts of any kind a form may have: making them takes the server far longer than sending them takes the client. */
const PARTS_LIMIT = 64;
/** What boundaries and part headers of a form may take. */
const FORM_ROOM_BYTES = 64 * 1024;
const DOCUMENT_TYPES = ['application/rdf+xml', 'application/xml', 'text/xml'];
const OFFERS = ['application/json', 'text/html', 'application/xml', 'text/xml'] as const;

interface Upload {
  readonly bytes: Uint8Array;
  readonly file?: string;
}

/** POST /metadata: submits one document, or the files of a form one after the other, and says what became of each. */
export async function replySubmission(c: Context, face: Face, limits: UploadLimits): Promise<Response> {
  try {
    return await submitAll(c, face, limits);
  } catch (thrown) {
    limits.onUpload?.(thrown instanceof VouchError ? thrown.code : 'internal');
    throw thrown;
  }
}

async function submitAll(c: Context, face: Face, limits: UploadLimits): Promise<Response> {
  const { registry } = face;
  if (registry.mirrored !== undefined) throw toMirrorRefusal(registry.mirrored);
  if (registry.isReadOnly) {
    throw new VouchError('read-only', registry.readOnlyReason ?? 'This registry is read-only and takes no entries.');
  }
  const uploads = await readUploads(c.req.raw, registry.documentBytesLimit, limits);
  const receipts: TakenReceipt[] = [];
  const findings: ProblemFinding[] = [];
  let refused: 'stale' | 'invalid' | undefined;
  for (const { bytes, file } of uploads) {
    const submission = await registry.submit(bytes);
    const errors = submission.findings.filter((finding) => hasError([finding]));
    limits.onUpload?.(submission.outcome, [...new Set(errors.map(({ code }) => code))]);
    const name = uploads.length > 1 ? file : undefined;
    if (submission.outcome === 'unconfirmed') {
      receipts.push(toUnconfirmedReceipt(registry, submission, file));
      continue;
    }
    if (submission.outcome !== 'stale' && submission.outcome !== 'invalid') {
      receipts.push(await toReceipt(registry, submission, file));
      continue;
    }
    if (refused !== 'invalid') refused = submission.outcome;
    findings.push(...submission.findings.map((finding) => (name === undefined ? finding : { ...finding, file: name })));
  }
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  return refused === undefined
    ? replyAccepted(c, face, receipts)
    : replyRefused(c, face, receipts, toRefusal(refused, errorsFirst(findings)));
}

/** Errors decide; warnings of a refused document come after them. The sort keeps the order of the checks. */
function errorsFirst(findings: readonly ProblemFinding[]): ProblemFinding[] {
  return [...findings].sort((one, other) => Number(hasError([other])) - Number(hasError([one])));
}

function replyAccepted(c: Context, face: Face, receipts: readonly TakenReceipt[]): Response | Promise<Response> {
  // As long as anything of it waits, the whole does.
  const outcome = (['unconfirmed', 'pending', 'accepted', 'known'] as const).find((some) =>
    receipts.some((one) => one.outcome === some),
  )!;
  c.status(SUBMISSION_STATUS[outcome]);
  const [receipt] = receipts;
  if (receipts.length === 1) c.header('Location', toLocation(receipt!));
  const offer = negotiate(c.req.header('Accept'), OFFERS) ?? 'application/json';
  if (offer === 'text/html') return c.html(submissionPage(face, receipts, undefined));
  if (offer === 'application/json') {
    return replyJson(
      c,
      receipts.length === 1
        ? toReceiptJson(face, receipt!)
        : { receipts: receipts.map((one) => toReceiptJson(face, one)) },
    );
  }
  const written = receipts.map((one) => {
    if (one.outcome === 'unconfirmed') {
      const { outcome, status, expiresAt } = one;
      return writeElement('receipt', { outcome, status, expiresAt }, '');
    }
    const { outcome, location, index, size, status, checkpoint } = one;
    const proof = status === undefined ? `${face.registry.baseUrl}/log/receipt/${index}` : undefined;
    return writeElement('receipt', { outcome, location, index, size, status, proof }, checkpoint ?? '');
  });
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement('receipts', {}, written)}\n`;
  return c.body(body, { headers: { 'Content-Type': `${offer}; charset=utf-8` } });
}

function replyRefused(
  c: Context,
  face: Face,
  receipts: readonly TakenReceipt[],
  refusal: Problem,
): Response | Promise<Response> {
  const accept = c.req.header('Accept');
  if (negotiate(accept, OFFERS) === 'text/html') {
    return c.html(submissionPage(face, receipts, refusal), refusal.status as 409 | 422);
  }
  if (receipts.length === 0 || negotiate(accept, OFFERS) !== 'application/json') return replyProblem(c, face, refusal);
  c.status(refusal.status as 409 | 422);
  const body = { ...toProblemJson(face, refusal), receipts: receipts.map((one) => toReceiptJson(face, one)) };
  return replyJson(c, body, 'application/problem+json');
}

/** Where to go on: to the entry, or to what tells when there is one. */
function toLocation(receipt: TakenReceipt): string {
  return receipt.outcome === 'unconfirmed' ? receipt.status : (receipt.status ?? receipt.location);
}

function toReceiptJson(face: Face, taken: TakenReceipt): Record<string, unknown> {
  const { path: _path, findings, ...receipt } = { path: undefined, ...taken };
  return { ...receipt, findings: findings.map((finding) => toFindingJson(face, finding)) };
}

async function readUploads(request: Request, documentBytes: number, limits: UploadLimits): Promise<readonly Upload[]> {
  const contentType = request.headers.get('Content-Type');
  const mediaType = toMediaType(contentType);
  if (DOCUMENT_TYPES.includes(mediaType)) {
    return [{ bytes: await readBody(request, { bytes: documentBytes, seconds: limits.bodySeconds }) }];
  }
  if (mediaType === 'multipart/form-data') {
    const bytes = documentBytes * FILES_LIMIT + FORM_ROOM_BYTES;
    return readForm(await readBody(request, { bytes, seconds: limits.bodySeconds }), contentType!, documentBytes);
  }
  const sent = mediaType === '' ? 'none was named' : `this is ${mediaType}`;
  throw new VouchError('media-type', `Send an entry as ${DOCUMENT_TYPES.join(', ')} or multipart/form-data; ${sent}.`);
}

async function readForm(bytes: Uint8Array, contentType: string, documentBytes: number): Promise<readonly Upload[]> {
  if (hasMoreParts(bytes, PARTS_LIMIT)) throw new VouchError('usage', `The form has more than ${PARTS_LIMIT} parts.`);
  let parts: (File | string)[];
  try {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'Content-Type': contentType } }).formData();
    parts = [...form.values()] as (File | string)[];
  } catch (cause) {
    throw new VouchError('malformed', 'The body is not a readable multipart/form-data form.', { cause });
  }
  // A browser sends a file field nobody filled as an empty file without a name.
  const files = parts.filter((part) => typeof part !== 'string').filter((file) => file.name !== '' || file.size > 0);
  if (files.length === 0)
    throw new VouchError('usage', 'The form holds no file: put the signed entry into a file field.');
  if (files.length > FILES_LIMIT)
    throw new VouchError('usage', `The form holds ${files.length} files; at most ${FILES_LIMIT} are taken.`);
  const large = files.find((file) => file.size > documentBytes);
  if (large !== undefined) {
    throw new VouchError(
      'too-large',
      `The file ${large.name} is larger than the ${documentBytes} bytes an entry may have.`,
    );
  }
  return Promise.all(files.map(async (file) => ({ bytes: new Uint8Array(await file.arrayBuffer()), file: file.name })));
}

/** True if the form may have more parts than this: every part has to say its disposition (RFC 7578 section 4.2). */
function hasMoreParts(bytes: Uint8Array, limit: number): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let count = 0;
  for (const _ of text.matchAll(/content-disposition/gi)) {
    count++;
    if (count > limit) return true;
  }
  return false;
}
