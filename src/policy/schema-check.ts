import { Ajv2020 } from 'ajv/dist/2020.js';
import { type PathStep, readPointer, writeSchemaError } from './policy-problem.ts';

/** What a schema has against a value: where, and a sentence. */
export interface SchemaFault {
  readonly path: readonly PathStep[];
  readonly message: string;
}

/** Everything a JSON Schema has against values; nothing for those that keep to it. */
export function openSchemaCheck(schema: object): (value: unknown) => SchemaFault[] {
  const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(
    schema,
  );
  return (value) => {
    if (validate(value)) return [];
    // `if` and `anyOf` fail besides what is wrong inside of them.
    const faults = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
    return faults.map((error) => ({
      path: readPointer(error.instancePath, value),
      message: writeSchemaError(error),
    }));
  };
}
