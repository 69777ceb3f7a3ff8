/**
 * Text from outside as one line of a mail: everything that acts instead of being seen (line ends, controls, direction overrides) becomes
 * a space, it is cut to `length` characters, and no mail program takes it for a link to follow.
 */
export function toMailLine(text: string, length = 120): string {
  const seen = text.slice(0, length * 4);
  const line = seen
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]');
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length).join('')}…`;
}

/** Plain ASCII addresses of the usual kind: nothing that mail servers or libraries could read in two ways (quotes, comments, routes). */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/;
const ADDRESS_LENGTH = 254;

/** True if mail can be sent to the address without doubt whose it is. */
export function isMailAddress(text: string): boolean {
  return text.length <= ADDRESS_LENGTH && ADDRESS.test(text);
}
