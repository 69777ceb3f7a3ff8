import { RDF, XSD } from '../../../rdf/vocabulary.ts';
import { KIND } from '../quads/column.ts';
import type { Expression } from './algebra.ts';
import { type Evaluation, fromString, fromTerm, fromTest, type StringValue, type Truth } from './evaluation.ts';
import type { ExpressionContext } from './expression.ts';
import { toRegularExpression } from './regular-expression.ts';
import type { TermSpace } from './term-space.ts';
import { Unsure } from './unsure.ts';

type Build = (args: readonly Evaluation[], context: ExpressionContext) => Evaluation;

const PLAIN = /^[\x20-\x7e]*$/;

/** Functions of one term that are true or false of what it is. */
function ofKind(isSo: (kind: number) => boolean): Build {
  return ([first], { terms }) =>
    fromTest(terms, () => {
      const term = first!.term();
      return term === 0 ? -1 : isSo(terms.kindOf(term)) ? 1 : 0;
    });
}

/** Functions that look for one string in another. */
function ofStrings(isSo: (text: string, part: string) => boolean): Build {
  return ([first, second], { terms }) =>
    fromTest(terms, (): Truth => {
      const [text, part] = [first!.string(), second!.string()];
      if (text === undefined || part === undefined || !areCompatible(text, part)) return -1;
      return isSo(text.text, part.text) ? 1 : 0;
    });
}

function ofPart(toPart: (text: string, part: string) => string | undefined): Build {
  return ([first, second], { terms }) =>
    fromString(terms, () => {
      const [text, part] = [first!.string(), second!.string()];
      if (text === undefined || part === undefined || !areCompatible(text, part)) return undefined;
      const found = toPart(text.text, part.text);
      return found === undefined ? { text: '', language: '' } : { text: found, language: text.language };
    });
}

function ofCase(change: (text: string) => string): Build {
  return ([first], { terms }) =>
    fromString(terms, () => {
      const value = first!.string();
      if (value === undefined) return undefined;
      if (!PLAIN.test(value.text)) throw new Unsure('the case of letters outside ASCII');
      return { text: change(value.text), language: value.language };
    });
}

/** Parts of a time, by where they stand in its text. */
function ofTime(from: number, to: number): Build {
  return ([first], { terms }) =>
    fromTerm(terms, () => {
      const term = first!.term();
      if (term === 0) return 0;
      const kind = terms.kindOf(term);
      if (kind === KIND.unsure || kind === KIND.opaque) throw new Unsure('a part of such a time');
      if (kind !== KIND.dateTime) return 0;
      return terms.typed(String(Number(terms.textOf(term).slice(from, to))), XSD.integer);
    });
}

const FUNCTIONS: Readonly<Record<string, Build>> = {
  isiri: ofKind((kind) => kind === KIND.iri),
  isuri: ofKind((kind) => kind === KIND.iri),
  isblank: ofKind((kind) => kind === KIND.blank),
  isliteral: ofKind((kind) => kind > KIND.blank),
  isnumeric: ofKind((kind) => {
    if (kind === KIND.unsure || kind === KIND.opaque) throw new Unsure('whether a literal is numeric');
    return kind === KIND.integer || kind === KIND.decimal;
  }),
  contains: ofStrings((text, part) => text.includes(part)),
  strstarts: ofStrings((text, part) => text.startsWith(part)),
  strends: ofStrings((text, part) => text.endsWith(part)),
  strbefore: ofPart((text, part) => (text.includes(part) ? text.slice(0, text.indexOf(part)) : undefined)),
  strafter: ofPart((text, part) => {
    return text.includes(part) ? text.slice(text.indexOf(part) + part.length) : undefined;
  }),
  lcase: ofCase((text) => text.toLowerCase()),
  ucase: ofCase((text) => text.toUpperCase()),
  year: ofTime(0, 4),
  month: ofTime(5, 7),
  day: ofTime(8, 10),
  hours: ofTime(11, 13),
  minutes: ofTime(14, 16),
  sameterm: ([first, second], { terms }) =>
    fromTest(terms, () => {
      const [one, other] = [first!.term(), second!.term()];
      return one === 0 || other === 0 ? -1 : one === other ? 1 : 0;
    }),
  str: ([first], { terms }) =>
    fromString(terms, () => {
      const term = first!.term();
      if (term === 0) return undefined;
      const kind = terms.kindOf(term);
      if (kind === KIND.unsure) throw new Unsure('the text of a literal');
      return kind === KIND.blank ? undefined : { text: terms.textOf(term), language: '' };
    }),
  lang: ([first], { terms }) =>
    fromString(terms, () => {
      const term = first!.term();
      if (term === 0 || terms.kindOf(term) <= KIND.blank) return undefined;
      return { text: terms.kindOf(term) === KIND.lang ? terms.typeOf(term) : '', language: '' };
    }),
  datatype: ([first], { terms }) =>
    fromTerm(terms, () => {
      const term = first!.term();
      if (term === 0 || terms.kindOf(term) <= KIND.blank) return 0;
      if (terms.kindOf(term) === KIND.unsure) throw new Unsure('the datatype of a literal');
      return terms.iri(terms.kindOf(term) === KIND.lang ? RDF.langString : terms.typeOf(term));
    }),
  strlen: ([first], { terms }) =>
    fromTerm(terms, () => {
      const value = first!.string();
      return value === undefined ? 0 : terms.typed(String([...value.text].length), XSD.integer);
    }),
  concat: (args, { terms }) =>
    fromString(terms, () => {
      let text = '';
      for (const arg of args) {
        const value = arg.string();
        if (value === undefined) return undefined;
        if (value.language !== '') throw new Unsure('CONCAT of strings with a language');
        text += value.text;
      }
      return { text, language: '' };
    }),
  now: (_, { terms, dataset, nowMs }) =>
    fromTerm(terms, () => {
      dataset.isTimed = true;
      return terms.typed(`${new Date(nowMs).toISOString().slice(0, 19)}Z`, XSD.dateTime);
    }),
};

/** A function by its name. Throws `Unsure` for those the executor does not take. */
export function compileFunction(
  name: string,
  args: readonly Expression[],
  compiled: readonly Evaluation[],
  context: ExpressionContext,
): Evaluation {
  if (name === 'regex') return compileRegex(args, compiled, context.terms);
  const build = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (build === undefined) throw new Unsure(`the function ${name}`);
  return build(compiled, context);
}

function compileRegex(args: readonly Expression[], compiled: readonly Evaluation[], terms: TermSpace): Evaluation {
  const [, pattern, flags] = args;
  if (pattern?.type !== 'term' || terms.kindOf(pattern.term) !== KIND.string) throw new Unsure('a regular expression');
  if (flags !== undefined && (flags.type !== 'term' || terms.kindOf(flags.term) !== KIND.string)) {
    throw new Unsure('a regular expression');
  }
  const expression = toRegularExpression(
    terms.textOf(pattern.term),
    flags === undefined ? '' : terms.textOf(flags.term),
  );
  const [text] = compiled;
  return fromTest(terms, () => {
    const value = text!.string();
    return value === undefined ? -1 : expression.test(value.text) ? 1 : 0;
  });
}

function areCompatible(text: StringValue, part: StringValue): boolean {
  return part.language === '' || part.language === text.language;
}
