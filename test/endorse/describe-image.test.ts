import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { describeImage } from '../../src/endorse/describe-image.ts';
import { isIdentifier, toIdentifier } from '../../src/entry/identifier.ts';

function image(mark: string, offset: number): Readable {
  const bytes = Buffer.alloc(40_000);
  bytes.write(mark, offset, 'latin1');
  return Readable.from([bytes]);
}

test('a description holds identifier, size, checksums, recognised format and the remarks', async () => {
  const description = await describeImage(image('QFI\xfb', 0), {
    title: 'Small',
    os: 'debian',
    locations: ['https://a.example/i'],
  });
  expect(description).toMatchObject({
    sizeBytes: 40_000,
    format: 'qcow2',
    type: 'machine',
    title: 'Small',
    os: 'debian',
    locations: ['https://a.example/i'],
    inboundPorts: [],
  });
  expect(isIdentifier(description.identifier)).toBe(true);
  expect(description.checksums.map((checksum) => checksum.algorithm)).toEqual(['MD5', 'SHA-1', 'SHA-256', 'SHA-512']);
  expect(description.identifier).toBe(toIdentifier(description.checksums[1]!.value));
});

test('what the endorser says goes before what the bytes suggest', async () => {
  const description = await describeImage(image('CD001', 0x8001), { format: 'raw', type: 'base' });
  expect(description).toMatchObject({ format: 'raw', type: 'base' });
  const unsaid = await describeImage(image('CD001', 0x8001), {});
  expect(unsaid).toMatchObject({ format: 'iso', type: 'disk' });
});

test('checksums without SHA-1 are refused, since the identifier needs it', async () => {
  const reading = describeImage(image('', 0), {}, { algorithms: ['SHA-256'] });
  await expect(reading).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('SHA-1') });
});
