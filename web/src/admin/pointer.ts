/** Values by JSON pointer, and the difference of two objects as a merge patch. Nothing is changed in place. */

type Bag = { [key: string]: unknown };

const parts = (pointer: string): string[] => (pointer === "" ? [] : pointer.slice(1).split("/").map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~")));

export const escapePart = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");

export function valueAt(from: unknown, pointer: string): unknown {
  return parts(pointer).reduce<unknown>((v, p) => (v && typeof v === "object" ? (v as Bag)[p] : undefined), from);
}

/** With another value at the pointer; undefined takes a key out. What is missing on the way becomes an object. */
export function withValue<T>(from: T, pointer: string, value: unknown): T {
  return put(from, parts(pointer), value) as T;
}

function put(from: unknown, path: string[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(from)) return from.map((v, i) => (i === Number(first) ? put(v, rest, value) : v));
  const out: Bag = { ...(from as Bag) };
  const next = put(out[first], rest, value);
  if (next === undefined) delete out[first];
  else out[first] = next;
  return out;
}

const isBag = (v: unknown): v is Bag => typeof v === "object" && v !== null && !Array.isArray(v);

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => same(v, b[i]));
  if (!isBag(a) || !isBag(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((k) => same(a[k], b[k]));
}

/** What turns one object into the other: changed keys with their values, null for those that are gone (RFC 7396). */
export function patchOf(from: object, to: object): Bag {
  const out: Bag = {};
  const a = from as Bag;
  const b = to as Bag;
  for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (same(a[k], b[k])) continue;
    out[k] = isBag(a[k]) && isBag(b[k]) ? patchOf(a[k], b[k]) : (b[k] ?? null);
  }
  return out;
}

export function patched<T extends object>(from: T, patch: Bag): T {
  const out: Bag = { ...(from as Bag) };
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k];
    else out[k] = isBag(v) ? patched(isBag(out[k]) ? out[k] : {}, v) : v;
  }
  return out as T;
}
