import { z } from 'zod';

/** `setTimeout` turns anything longer into 1 ms. */
export const LONGEST_MS = 2_147_483_647;
export const HIGHEST_COUNT = 1_000_000;

declare module 'zod' {
  interface GlobalMeta {
    /** A value that would do, shown with the variable's name when another was refused. */
    example?: string;
    /** A value that is never shown, not even when it is refused. */
    isSecret?: boolean;
    /** The default, as the text that could be set instead. A test sets it and sees no difference. */
    defaultValue?: string;
    /** The default where it is no fixed text, described in Markdown. */
    otherwise?: string;
  }
}

/** A whole number in decimal digits. */
export function integer(min: number, max: number, example: number) {
  const fault = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, fault)
    .transform(Number)
    .refine((number) => number >= min && number <= max, fault)
    .meta({ example: String(example) });
}

export const count = (example: number) => integer(1, HIGHEST_COUNT, example);

/** Milliseconds. */
export const duration = (example: number) => integer(1, LONGEST_MS, example);

/** A part of a whole; 0 switches off. */
export function fraction(example: string) {
  return z
    .string()
    .regex(/^(0|1|0?\.\d{1,6}|1\.0{1,6})$/, 'must be a number from 0 to 1')
    .transform(Number)
    .meta({ example });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  const listed = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return z.enum(values, { error: `must be ${listed}` }).meta({ example: values[0] });
}

/** @param protocols with their colon: `https:` */
export function url(protocols: readonly string[], example: string) {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    )
    .meta({ example });
}

export const word = (pattern: RegExp, fault: string, example: string) =>
  z.string().regex(pattern, fault).meta({ example });
