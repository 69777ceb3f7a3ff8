import { IDENTIFIER, inPath, inQuery, JSON_ONLY, type Operations } from './operation.ts';

const EMAIL = inPath('email', 'E-mail address of the endorser.');
const FORMAT = inQuery('format', 'The format by name; else Accept decides.');
const AFTER = inQuery('after', 'Where a page begins: from `next` of the page before.');
const JSON_OR_PAGE = ['application/json', 'text/html'];

/** How images are used, where that is counted. */
export const USAGE_OPERATIONS: Operations = {
  '/usage': {
    get: {
      summary: 'Images that are used most, those used although they were withdrawn, and those nobody used for a year',
      parameters: [FORMAT],
      replies: JSON_OR_PAGE,
    },
  },
  '/usage/unused': {
    get: {
      summary: 'Images that nobody used for so many days',
      parameters: [
        inQuery('days', 'Days without use.', { type: 'integer', minimum: 1, maximum: 3650, default: 365 }),
        AFTER,
        FORMAT,
      ],
      replies: JSON_OR_PAGE,
    },
  },
  '/usage/images/{identifier}': {
    get: { summary: 'How an image is used', parameters: [IDENTIFIER], replies: JSON_ONLY },
  },
  '/usage/receipts': {
    post: {
      summary:
        'What a site decided and downloaded on one day, with its token; it takes the place of what it told of that day before',
      body: ['application/json'],
      replies: JSON_ONLY,
    },
  },
  '/endorsers/{email}/usage': {
    get: {
      summary: 'How the images of an endorser are used',
      parameters: [
        EMAIL,
        inQuery('show', 'All of them, those nobody used for a year, or withdrawn ones that sites were asked for.', {
          enum: ['all', 'unused', 'withdrawn'],
          default: 'all',
        }),
        AFTER,
        FORMAT,
      ],
      replies: JSON_OR_PAGE,
    },
  },
};
