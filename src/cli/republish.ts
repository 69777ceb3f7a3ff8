import { setTimeout as sleep } from 'node:timers/promises';
import { writeEntryTime } from '../entry/entry-time.ts';
import type { Amendment } from '../entry/write-entry.ts';
import { VouchError } from '../errors.ts';
import { endorse } from '../sign/endorse.ts';
import type { World } from '../verify/conditions.ts';
import { readSigner } from '../verify/signer.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { type Call, openClient } from './call.ts';
import type { RegistryClient } from './client.ts';
import { openEndorser } from './endorser.ts';
import type { ListedEntry } from './listed-entry.ts';
import { readReference } from './reference.ts';
import { sayRefusal, sayValidity } from './say-endorsing.ts';
import { tellUpload } from './tell-upload.ts';
import { openTrust, openWorld } from './world.ts';

export interface RepublishOptions {
  readonly json?: boolean;
}

/** What a command makes of the entry it starts from. */
export interface Republication {
  /** Chooses the entry to start from among all of the image; throws `not-found` or `usage` if there is none. */
  readonly choose: (history: readonly ListedEntry[], endorserKey: string, email: string | undefined) => ListedEntry;
  /** The fields to change. It may look at the image first, and throw. */
  readonly change: (original: VerifiedEntry, at: Date) => Promise<Amendment> | Amendment;
}

/**
 * Fetches an entry, changes it, signs and submits it in one go. The registry is not believed: what it sent must verify as
 * the document its signer made before it is signed again. Nothing is sent unless the new entry verifies.
 */
export async function republish(call: Call<RepublishOptions>, id: string, act: Republication): Promise<number> {
  const { terminal, settings } = call;
  const reference = await readReference(id, terminal);
  const client = openClient(call, reference.kind === 'image' ? reference.baseUrl : undefined);
  const identifier =
    reference.kind === 'tag' ? (await client.tagged(reference.email, reference.tag)).identifier : reference.identifier;
  const endorser = await openEndorser(call);
  using world = await openWorld();
  const reading = await readSigner(endorser.certificates[0].der, world.crypto);
  if (!reading.ok) throw new VouchError('key', `The certificate cannot be used: ${reading.findings[0]!.message}`);
  const { ownKey, sha256 } = reading.signer;
  const history = await client.history(identifier);
  // Where a registry is open to anybody, the endorser is his key, and not his name.
  const endorserKey = history.some((entry) => entry.endorserKey === ownKey) ? ownKey : reading.signer.endorserKey;
  const listed = act.choose(history, endorserKey, reference.email);
  const original = await fetchVerified(client, listed, world);
  if (listed.endorserKey === endorserKey && original.signerSha256 !== sha256) {
    terminal.say('The entry was signed with another certificate of the same name; please look at what is signed now.');
  }
  const own = history.filter((entry) => entry.endorserKey === endorserKey).map((entry) => entry.createdAt.getTime());
  const at = await waitUntilAfter(new Date(Math.max(0, ...own)), terminal.io.signal);
  const trust = await openTrust(settings.trust ?? 'any', terminal);
  const endorsing = await endorse(original.bytes, await act.change(original, at), endorser, {
    ...world,
    at,
    verify: (bytes) => verifyEntry(bytes, { profile: 'current', at, trust }, world),
  });
  if (!endorsing.ok) return sayRefusal(terminal, endorsing.findings);
  sayValidity(terminal, endorsing);
  return tellUpload(terminal, await client.upload(endorsing.bytes), { json: call.options.json === true });
}

/** The endorser's current entry. Throws `not-found`, saying who has one. */
export function chooseOwn(history: readonly ListedEntry[], endorserKey: string, email?: string): ListedEntry {
  const own = history.find((entry) => entry.endorserKey === endorserKey && entry.supersededBy === undefined);
  const others = [...new Set(history.map((entry) => entry.email))].join(', ');
  if (own === undefined) {
    throw new VouchError('not-found', `The certificate's owner has no entry about this image; these have: ${others}.`);
  }
  if (email !== undefined && email !== own.email) {
    throw new VouchError(
      'usage',
      `The ID names ${email}, but the certificate's owner endorsed the image as ${own.email}.`,
    );
  }
  return own;
}

async function fetchVerified(client: RegistryClient, listed: ListedEntry, world: World): Promise<VerifiedEntry> {
  const bytes = await client.document(listed.identifier, listed.email, listed.createdAt);
  const verdict = await verifyEntry(
    bytes,
    { profile: listed.isImported ? 'legacy' : 'current', at: listed.createdAt, trust: { mode: 'any' } },
    world,
  );
  if (!verdict.valid) {
    const first = verdict.findings.find((finding) => finding.severity === 'error');
    throw new VouchError(
      'malformed',
      `${listed.url} is not what its endorser signed: ${first?.message ?? 'it does not verify.'}`,
    );
  }
  const { entry, endorserKey, evidence } = verdict.verified;
  const signer = await readSigner(evidence.chain[0]!, world.crypto, world.signers);
  const keys = [endorserKey, ...(signer.ok ? [signer.signer.ownKey] : [])];
  if (entry.identifier !== listed.identifier || !keys.includes(listed.endorserKey)) {
    throw new VouchError('malformed', `${listed.url} is an entry of another image or endorser than the registry says.`);
  }
  return verdict.verified;
}

const PATIENCE_MS = 3_000;

/** Now, at least one second after `previous`, since entries are told apart by the second. Throws `usage` if the clock is far behind it. */
async function waitUntilAfter(previous: Date, signal: AbortSignal): Promise<Date> {
  const waitMs = (): number => previous.getTime() + 1000 - Date.now();
  if (waitMs() > PATIENCE_MS) {
    const last = writeEntryTime(previous);
    throw new VouchError(
      'usage',
      `The latest entry was signed at ${last}, which this machine's clock says is still to come; set the clock.`,
    );
  }
  // A timer may end a moment before the clock it was set by says so.
  for (let left = waitMs(); left > 0; left = waitMs()) await sleep(left, undefined, { signal });
  return new Date();
}
