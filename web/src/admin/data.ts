import { useEffect, useState } from "react";
import { toast } from "../state/store.ts";
import { all } from "../wire/rest.ts";
import type { Names, Stored } from "./kind.ts";

/** Every object of a path, for what a form offers to choose from: none until they are there, and a word when they do not come. */
export function useAll<V extends Stored & { name: string }>(path: string): V[] {
  const [list, put] = useState<V[]>([]);
  useEffect(() => {
    let here = true;
    void all<V>(path).then((l) => here && put(l.toSorted((a, b) => a.name.localeCompare(b.name))), () => here && toast("bad", "failed"));
    return () => void (here = false);
  }, [path]);
  return list;
}

export const optionsOf = (list: { id: string; name: string }[]): { value: string; label: string }[] => list.map((v) => ({ value: v.id, label: v.name }));

/** The names of what several paths hold. */
export function useNames(paths: string[]): Names {
  const [names, put] = useState<Names>({});
  const key = paths.join(" ");
  useEffect(() => {
    let here = true;
    void Promise.all(key.split(" ").filter(Boolean).map((p) => all<{ id: string; name: string }>(p).catch(() => []))).then((lists) => {
      if (here) put(Object.fromEntries(lists.flat().map((v) => [v.id, v.name])));
    });
    return () => void (here = false);
  }, [key]);
  return names;
}
