import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDiskDanger } from '../../../src/site/download/disk-header.ts';
import { findVhdxDanger } from '../../../src/site/download/vhdx-header.ts';
import { isMissing } from '../../program.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function make(format: string, ...words: readonly string[]): Buffer {
  const path = join(folder, format);
  execFileSync('qemu-img', ['create', '-q', '-f', format, ...words, path, '8M']);
  return readFileSync(path);
}

const look = (bytes: Buffer) =>
  findVhdxDanger(async (memory, position) => {
    const there = bytes.subarray(position, position + memory.length);
    memory.set(there);
    return there.length;
  }, bytes.length);

describe.skipIf(isMissing('qemu-img'))('a disk that qemu-img made', () => {
  it('is let through as vhdx, and refused once its metadata say that it has a parent', async () => {
    const disk = make('vhdx');
    expect(await look(disk)).toBeUndefined();
    const parameters = Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex');
    const at = disk.indexOf(parameters);
    const region = disk.lastIndexOf('metadata', at);
    const value = region + disk.readUInt32LE(at + 16);
    disk.writeUInt32LE(disk.readUInt32LE(value + 4) | 2, value + 4);
    expect(await look(disk)).toBe('it is the difference to another disk');
  });

  it('is refused as vhdx where its log is to be replayed, and where nothing can be told of it', async () => {
    const disk = make('vhdx');
    const open = Buffer.from(disk);
    for (const header of [0x1_0000, 0x2_0000]) open[header + 50] = 1;
    expect(await look(open)).toContain('its log is to be replayed');
    const lost = Buffer.from(disk);
    lost.fill(0, 0x3_0000, 0x5_0000);
    expect(await look(lost)).toBe('its metadata cannot be found');
    expect(await look(disk.subarray(0, 100))).toBe('its header is cut off');
  });

  it('is refused as qed where it has a backing file, or where something else was stated', () => {
    const disk = make('qed');
    const danger = (bytes: Buffer, format: string) =>
      findDiskDanger(bytes.subarray(0, 65_536), Buffer.alloc(512), format);
    expect(danger(disk, 'qed')).toBeUndefined();
    expect(danger(disk, 'raw')).toContain('it is a qed disk');
    const base = join(folder, 'base');
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', base, '8M']);
    const overlay = make('qed', '-b', base, '-F', 'raw');
    expect(danger(overlay, 'qed')).toBe('it names a backing file');
  });
});
