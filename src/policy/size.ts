/** Bytes of a size such as `500M` or `20G`, in powers of 1024; a bare number is bytes. Undefined for anything else. */
export function readSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})([KMGT]?)$/i.exec(text) ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase());
}
