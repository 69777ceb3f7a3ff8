import type { WebhookKey } from './webhook-key.ts';

/** One message as it is sent; the same, but for time and signature, at every attempt. */
export interface WebhookMessage {
  /** Unique among all messages of all registries; receivers pass over one they have had. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What became of an attempt: `taken` by any status 2xx; `gone` says that the receiver wants no more (410). */
export type Attempt = 'taken' | 'gone' | 'unreachable' | 'too slow' | 'redirected' | `status ${number}`;

/**
 * Sends a message once, signed for now (Standard Webhooks). Redirects are not followed: the operator named this address, and a receiver
 * must not choose where the registry connects to. Throws only what `stop` is aborted with.
 */
export async function deliver(
  url: string,
  message: WebhookMessage,
  key: WebhookKey,
  { timeoutMs, now, stop }: { readonly timeoutMs: number; readonly now: () => Date; readonly stop: AbortSignal },
): Promise<Attempt> {
  const seconds = Math.floor(now().getTime() / 1000);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'vouch-webhook',
        'webhook-id': message.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': key.sign(message.id, seconds, message.body),
      },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([stop, late]),
    });
    // What the receiver says besides its status is not read, however much it is.
    await response.body?.cancel();
    if (response.ok) return 'taken';
    if (response.status === 410) return 'gone';
    return response.status >= 300 && response.status < 400 ? 'redirected' : `status ${response.status}`;
  } catch {
    stop.throwIfAborted();
    return late.aborted ? 'too slow' : 'unreachable';
  }
}
