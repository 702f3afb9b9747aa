/** What this browser keeps for an agent: drafts, answers of a script, the look. Nothing of it is needed to work. */

export function read<T>(key: string, otherwise: T, store: Storage = localStorage): T {
  try {
    const line = store.getItem(key);
    return line === null ? otherwise : (JSON.parse(line) as T);
  } catch {
    return otherwise;
  }
}

export function write(key: string, value: unknown, store: Storage = localStorage): void {
  try {
    if (value === undefined) store.removeItem(key);
    else store.setItem(key, JSON.stringify(value));
  } catch {
    // no room, or storage is switched off: it lives as long as the page
  }
}

export const keyOf = (agent: string, what: string): string => `pronto.${what}.${agent}`;
