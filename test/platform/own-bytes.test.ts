import { describe, expect, test } from 'vitest';
import { toOwnBytes } from '../../src/platform/own-bytes.ts';

describe('bytes for a thread', () => {
  test('leave the rest of the buffer they are a view of behind', () => {
    const answer = Buffer.alloc(1_000_000, 7);
    const owned = toOwnBytes(answer.subarray(10, 30));
    expect(owned.buffer.byteLength).toBe(20);
    expect(Buffer.from(owned)).toEqual(Buffer.alloc(20, 7));
    expect(structuredClone(owned).buffer.byteLength).toBe(20);
  });

  test('are not copied if the buffer holds nothing else', () => {
    const bytes = new Uint8Array(20);
    expect(toOwnBytes(bytes)).toBe(bytes);
  });
});
