import { useCallback } from "react";
import { lookNow, useLook } from "../state/look.ts";
import { catalogue, type Key } from "./catalogue.ts";

export type Values = { [name: string]: string | number };

export interface WordsOf<K extends string> {
  (key: K, values?: Values): string;
  /** The words of a key that the server decides on, such as an error code; `otherwise` where there are none. */
  or(key: string, otherwise: K, values?: Values): string;
}

export type Words = WordsOf<Key>;

const column = { pt: 0, en: 1, es: 2 } as const;

function say(words: readonly [string, string, string], language: keyof typeof column, values: Values = {}): string {
  let text: string = words[column[language]];
  // one|many, by {n}
  const forms = text.split("|");
  if (forms.length > 1) text = (values.n === 1 ? forms[0] : forms[1]) ?? "";
  // {{name}} is a variable of the server's texts and stays
  return text.replace(/(?<!\{)\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

function wordsIn<K extends string>(table: { readonly [key in K]: readonly [string, string, string] }, language: keyof typeof column): WordsOf<K> {
  const t = (key: K, values?: Values): string => say(table[key], language, values);
  return Object.assign(t, { or: (key: string, otherwise: K, values?: Values) => t(key in table ? (key as K) : otherwise, values) });
}

/** For code outside components. */
export const words = (): Words => wordsIn(catalogue, lookNow().language);

/** Words of a table of one's own, such as that of a part which is loaded later. */
export function useWordsOf<K extends string>(table: { readonly [key in K]: readonly [string, string, string] }): WordsOf<K> {
  const { language } = useLook();
  return useCallback(wordsIn(table, language), [table, language]);
}

export const useWords = (): Words => useWordsOf(catalogue);
