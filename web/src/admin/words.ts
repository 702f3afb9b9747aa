import { catalogue } from "../words/catalogue.ts";
import { useWordsOf, type WordsOf } from "../words/words.ts";
import { content } from "./words/content.ts";
import { frame } from "./words/frame.ts";
import { routing } from "./words/routing.ts";
import { setup } from "./words/setup.ts";
import { system } from "./words/system.ts";
import { webhooks } from "./words/webhooks.ts";

/** The words of the administration, with those of the desk. They are loaded with it. */
const table = { ...catalogue, ...frame, ...routing, ...content, ...system, ...webhooks, ...setup } as const;

export type Key = keyof typeof table;
export type T = WordsOf<Key>;

export const useT = (): T => useWordsOf(table);
