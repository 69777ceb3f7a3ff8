import { pino } from 'pino';
import type { VouchError } from '../errors.ts';
import { toVisibleText } from './visible-text.ts';
import type { RequestNote } from './watch-requests.ts';

/** How lines are written, and which. */
export interface JournalSettings {
  /** `text`: sentences for people. `json`: a JSON object a line, and one for every request. */
  readonly format: 'text' | 'json';
  /** The least that is written. */
  readonly level: 'error' | 'warn' | 'info';
}

/** The request in which a fault came up, as an operator may see it. */
export interface FaultyRequest {
  readonly method: string;
  /** With the tokens of mails and e-mail addresses left out. */
  readonly path: string;
  readonly requestId: string;
}

/**
 * What a running registry says to its operator. No line holds an address of a client, a query, a body, a token or a password; an e-mail
 * address stands only in sentences about mail to it.
 */
export interface Journal {
  /** A sentence on something that changed. */
  news(sentence: string): void;
  /** A request that was answered. */
  request(note: RequestNote): void;
  /** A fault that is the registry's own. */
  fault(fault: VouchError, request: FaultyRequest): void;
}

/** Opens the journal; `write` gets whole lines, their ends included. */
export function openJournal({ format, level }: JournalSettings, write: (line: string) => void): Journal {
  return format === 'json' ? openLines(level, write) : openSentences(level, write);
}

function openLines(level: JournalSettings['level'], write: (line: string) => void): Journal {
  const settings = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const log = pino(settings, { write });
  return {
    news: (sentence) => log.info({ event: 'news' }, sentence),
    request: ({ seconds, ...request }) => {
      const line = { event: 'request', ...request, milliseconds: Math.round(seconds * 10_000) / 10 };
      if (request.status >= 500) log.warn(line, 'request');
      else log.info(line, 'request');
    },
    fault: ({ code, message, cause }, request) =>
      log.error(
        { event: 'fault', code, ...request, ...(cause instanceof Error ? { cause: cause.stack } : {}) },
        message,
      ),
  };
}

function openSentences(level: JournalSettings['level'], write: (line: string) => void): Journal {
  return {
    news: (sentence) => {
      if (level === 'info') write(`${toVisibleText(sentence)}\n`);
    },
    request: () => {},
    fault: (fault, request) => write(toFaultText(fault, request)),
  };
}

/** A fault as a sentence and, where another one caused it, the place in the program that did. */
export function toFaultText({ code, message, cause }: VouchError, { method, path, requestId }: FaultyRequest): string {
  const trace = cause instanceof Error ? `\n${cause.stack}` : '';
  return `${method} ${path} [${requestId}]: ${code}: ${message}${trace}\n`;
}
