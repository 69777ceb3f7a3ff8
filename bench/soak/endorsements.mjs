// What the endorsers of a soak do, and what is known of every image after it: who said what of it last.
import { createHash } from 'node:crypto';
import { toIdentifier } from '../../dist/entry/identifier.js';
import { describe, makeAuthority, makeEntry, makeSigner } from '../entries.mjs';

/** Bob is one whom the site's policy does not believe. */
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Bob'];
export const DENIED = 'bob@example.org';
/** Parts of a hundred: new images, replacements, endorsements of somebody else's image; the rest are deprecations. */
const [NEW, REPLACED, SECOND] = [55, 70, 87];

const toSecond = (ms) => Math.floor(ms / 1_000) * 1_000;

/** A world of endorsers and images. An image that is `busy` is being written about: nobody looks at it, and nobody else writes. */
export async function openEndorsements() {
  const authority = await makeAuthority();
  const signers = await Promise.all(NAMES.map((name) => makeSigner(name, authority)));
  const images = [];
  let turn = 0;

  const write = async (image, signer, deprecated) => {
    image.busy = true;
    const before = image.statements.get(signer.email)?.createdMs ?? 0;
    const createdMs = Math.max(toSecond(Date.now()), before + 1_000);
    const changes = deprecated ? { deprecated: 'A newer one is out', locations: [] } : {};
    const bytes = await makeEntry(signer, { ...describe(image.number), ...changes }, new Date(createdMs));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { image, bytes, sha256, email: signer.email, createdMs, deprecated };
  };
  const addImage = () => {
    const number = images.length;
    const identifier = toIdentifier(createHash('sha1').update(`image ${number}`).digest('hex'));
    const image = { number, identifier, statements: new Map(), version: 0, busy: true };
    images.push(image);
    return image;
  };
  const pick = (fits) => {
    for (let tries = 0; tries < 50; tries++) {
      const image = images[Math.floor(Math.random() * images.length)];
      if (!image.busy && fits(image)) return image;
    }
    return undefined;
  };
  const standing = (image) => [...image.statements].filter(([, { deprecated }]) => !deprecated).map(([email]) => email);

  return {
    authority,
    /** An image that nobody writes about now. */
    pickSettled: () => pick(() => true),
    /** The next entry somebody uploads; its image is busy from now on. */
    async next({ isNew = false } = {}) {
      turn += 1;
      const signer = signers[turn % signers.length];
      const lot = isNew ? 0 : Math.random() * 100;
      // Of this second there is one statement already where `createdMs` says so.
      const isPast = (image, email) => image.statements.get(email).createdMs < toSecond(Date.now());
      if (lot >= NEW) {
        const own = pick((image) => standing(image).includes(signer.email) && isPast(image, signer.email));
        const others = pick((image) => image.statements.size > 0 && !image.statements.has(signer.email));
        if (lot < REPLACED && own !== undefined) return write(own, signer, false);
        if (lot >= REPLACED && lot < SECOND && others !== undefined) return write(others, signer, false);
        if (lot >= SECOND && own !== undefined) return write(own, signer, true);
      }
      return write(addImage(), signer, false);
    },
    /** Notes what was acknowledged. */
    accept({ image, email, createdMs, deprecated }) {
      image.statements.set(email, { createdMs, deprecated });
      image.version += 1;
    },
    /** What the site must decide: somebody whom it believes stands by the image. */
    decisionOn: (image) => (standing(image).some((email) => email !== DENIED) ? 'allow' : 'deny'),
  };
}
