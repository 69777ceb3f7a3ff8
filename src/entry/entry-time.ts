const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;

/** Reads `YYYY-MM-DDThh:mm:ssZ`, UTC to the second; undefined for anything else, also for days that do not exist. */
export function readEntryTime(text: string): Date | undefined {
  if (!TIME.test(text)) return undefined;
  const at = new Date(text);
  // `Date` takes 31 April for 1 May, and 24:00 for the next day.
  return at.getUTCDate() === Number(text.slice(8, 10)) ? at : undefined;
}

/** Writes a time as entries do: `YYYY-MM-DDThh:mm:ssZ`. */
export function writeEntryTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
