import { IDENTIFIER, inPath, inQuery, JSON_ONLY, type Operations, type Schema, TEXT_ONLY } from './operation.ts';

const INDEX = inPath('index', 'Number of the record in the log, from 0.');
const SIZE = inQuery('size', 'A size that a checkpoint was signed for; the newest where not given.', {
  type: 'integer',
  minimum: 0,
});

/** The log and its proofs. */
export const LOG_OPERATIONS: Operations = {
  '/log/checkpoint': { get: { summary: 'The signed checkpoint of the log', replies: TEXT_ONLY } },
  '/log/key': { get: { summary: 'The public key of the log', replies: TEXT_ONLY } },
  '/log/receipt/{index}': {
    get: { summary: 'The receipt of a record (C2SP tlog-proof)', parameters: [INDEX], replies: TEXT_ONLY },
  },
  '/log/proof/index/{index}': {
    get: { summary: 'A record with its place in the log', parameters: [INDEX, SIZE], replies: TEXT_ONLY },
  },
  '/log/proof/doc/{sha256}': {
    get: {
      summary: 'The record of a document with its place in the log',
      parameters: [inPath('sha256', '64 hex digits.'), SIZE],
      replies: TEXT_ONLY,
    },
  },
  '/log/documents': {
    get: {
      summary: 'Documents and evidence of some records in one answer',
      parameters: ['from', 'to'].map((name) => ({
        ...inQuery(name, 'Log index.', { type: 'integer', minimum: 0 }),
        required: true,
      })),
      replies: ['application/octet-stream'],
    },
  },
  '/log/consistency': {
    get: {
      summary: 'A later checkpoint, with the proof that nothing before it was changed',
      parameters: [
        { ...inQuery('from', 'The size you know.', { type: 'integer', minimum: 0 }), required: true },
        { ...SIZE, name: 'to' },
      ],
      replies: TEXT_ONLY,
    },
  },
  '/log/history/{identifier}': {
    get: {
      summary: 'Every record about an image, each with its place in the log',
      parameters: [
        IDENTIFIER,
        SIZE,
        inQuery('from', 'From which of them on: `next` of the reply before.', { type: 'integer', minimum: 1 }),
      ],
      replies: JSON_ONLY,
    },
  },
  '/log/history/{identifier}/proof': {
    get: {
      summary:
        'The same as of now, with the proof by the index of the log that there are no others (404 without an index)',
      parameters: [IDENTIFIER],
      replies: JSON_ONLY,
    },
  },
  ...toTileOperations('/log', [], ''),
  ...toTileOperations(
    '/mirror/{origin}',
    [inPath('origin', 'SHA-256 of the origin of the log, 64 hex digits.')],
    ' of a log that is copied here',
  ),
  '/mirror/{origin}/checkpoint': {
    get: {
      summary: 'The checkpoint of a log that is copied here, with the cosignature of the copy',
      parameters: [inPath('origin', 'SHA-256 of the origin of the log, 64 hex digits.')],
      replies: TEXT_ONLY,
    },
  },
  '/mirror/{origin}/blob/{sha256}': {
    get: {
      summary: 'A document or its evidence of a log that is copied here',
      parameters: [
        inPath('origin', 'SHA-256 of the origin of the log, 64 hex digits.'),
        inPath('sha256', '64 hex digits.'),
      ],
      replies: ['application/octet-stream'],
    },
  },
  '/log/blob/{sha256}': {
    get: {
      summary: 'A document or its evidence by its SHA-256',
      parameters: [inPath('sha256', '64 hex digits.')],
      replies: ['application/octet-stream'],
    },
  },
};

/** Numbers from a thousand on have further parts before the last, x001/234 for 1234: one path of OpenAPI cannot say that. */
function toTileOperations(prefix: string, parameters: readonly Schema[], whose: string): Operations {
  const number = inPath('number', 'Three digits; before them, each with an x, the thousands (C2SP tlog-tiles).');
  const level = inPath('level', 'Level of the tile, or entries for the records themselves.');
  return {
    [`${prefix}/tile/{level}/{number}`]: {
      get: {
        summary: `256 hashes, or records, together${whose}`,
        parameters: [...parameters, level, number],
        replies: ['application/octet-stream'],
      },
    },
  };
}
