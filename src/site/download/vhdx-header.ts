/** Reads from a place of a file into memory as far as there are bytes; gives how many came. */
export type ReadAt = (memory: Uint8Array, position: number) => Promise<number>;

/** Where things lie in a VHDX (MS-VHDX 2.1 to 2.6). */
const HEADERS = [0x1_0000, 0x2_0000] as const;
const REGION_TABLES = [0x3_0000, 0x4_0000] as const;
const ENTRIES_MOST = 2_047;
const TABLE_BYTES = 65_536;

const METADATA_REGION = '06a27c8b90479a4bb8fe575f050f886e';
const FILE_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const PARENT_LOCATOR = '2d5fd3a80bb34d45abf7d3d84834ab0c';
const HAS_PARENT = 2;

/** Why a VHDX must not be opened, or undefined: it is the difference to another disk, or nobody can tell whether it is. */
export async function findVhdxDanger(readAt: ReadAt, sizeBytes: number): Promise<string | undefined> {
  const read = async (position: number): Promise<Buffer> => {
    const memory = Buffer.alloc(TABLE_BYTES);
    return memory.subarray(0, await readAt(memory, position));
  };
  const newest = toNewest(await Promise.all(HEADERS.map(read)));
  if (newest === undefined) return 'its header is cut off';
  // What is in the log replaces what is looked at here as soon as somebody opens the disk.
  if (newest.subarray(48, 64).some((byte) => byte !== 0)) return 'it was not closed: its log is to be replayed first';
  let isSeen = false;
  for (const place of REGION_TABLES) {
    const table = await read(place);
    for (const { id, entry } of toEntries(table, 'regi', 8, 16)) {
      if (id !== METADATA_REGION) continue;
      const offset = Number(entry.readBigUInt64LE(16));
      if (!(offset < sizeBytes)) return 'its metadata lie nowhere';
      const metadata = await read(offset);
      for (const { id: name, entry: at } of toEntries(metadata, 'metadata', 10, 32)) {
        if (name === PARENT_LOCATOR) return 'it is the difference to another disk';
        if (name !== FILE_PARAMETERS) continue;
        const parameters = await read(offset + at.readUInt32LE(16));
        if (parameters.length < 8) return 'its metadata are cut off';
        if ((parameters.readUInt32LE(4) & HAS_PARENT) !== 0) return 'it is the difference to another disk';
        isSeen = true;
      }
    }
  }
  return isSeen ? undefined : 'its metadata cannot be found';
}

/** The header that holds: that with the larger number. */
function toNewest(headers: readonly Buffer[]): Buffer | undefined {
  const whole = headers.filter((header) => header.length >= 80 && header.toString('latin1', 0, 4) === 'head');
  return whole.sort((one, other) => (one.readBigUInt64LE(8) < other.readBigUInt64LE(8) ? 1 : -1))[0];
}

/** The entries of a table of 32 bytes each, by the hex of their name; none where it is no such table. */
function toEntries(table: Buffer, mark: string, countAt: number, from: number): { id: string; entry: Buffer }[] {
  if (table.length < from || table.toString('latin1', 0, mark.length) !== mark) return [];
  const count = mark === 'regi' ? table.readUInt32LE(countAt) : table.readUInt16LE(countAt);
  const entries: { id: string; entry: Buffer }[] = [];
  for (let nth = 0; nth < Math.min(count, ENTRIES_MOST) && from + 32 * (nth + 1) <= table.length; nth += 1) {
    const entry = table.subarray(from + 32 * nth, from + 32 * (nth + 1));
    entries.push({ id: entry.toString('hex', 0, 16), entry });
  }
  return entries;
}
