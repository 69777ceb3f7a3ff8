/** A schema, or a parameter with one, as OpenAPI writes it. */
export type Schema = Readonly<Record<string, unknown>>;

/** One operation: what a client sends, and the media types it can get. */
export interface Operation {
  readonly summary: string;
  readonly parameters?: readonly Schema[];
  readonly body?: readonly string[];
  readonly replies: readonly string[];
  /** Status of the reply that is meant; 200 where absent. */
  readonly status?: number;
}

/** What most parameters are. */
export const text = { type: 'string' };
/** A parameter of the query. */
export const inQuery = (name: string, description: string, schema: Schema = text): Schema => ({
  name,
  in: 'query',
  description,
  schema,
});
/** A part of the path. */
export const inPath = (name: string, description: string): Schema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: text,
});

/** By path, then by method. */
export type Operations = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export const IDENTIFIER = inPath('identifier', 'Identifier of the image, 27 characters.');
export const JSON_ONLY = ['application/json'];
export const TEXT_ONLY = ['text/plain'];
