export type Language = 'en' | 'es';

/** The same words in each language; one that is missing does not compile. */
export type Dictionary<Words> = Readonly<Record<Language, Words>>;

export function dictionary<Words>(words: { readonly en: Words; readonly es: NoInfer<Words> }): Dictionary<Words> {
  return words;
}
