/**
 * Thrown where the executor does not know for certain what the complete engine would answer: the query is then put to that
 * one. Nothing has left the executor by then.
 */
export class Unsure extends Error {
  constructor(why: string) {
    super(`The executor leaves this to the complete engine: ${why}.`);
    this.name = 'Unsure';
  }
}
