import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { FieldError } from "../wire/protocol.ts";
import { Refused, rest } from "../wire/rest.ts";
import type { Stored } from "./kind.ts";
import type { Form } from "./form.tsx";
import { patched, patchOf, withValue } from "./pointer.ts";
import { guard } from "./route.ts";

export interface Edited<V> {
  form: Form;
  base: V;
  draft: V;
  dirty: boolean;
  busy: boolean;
  saved: boolean;
  /** How often the server refused: the first wrong field gets the focus anew. */
  refusals: number;
  /** A code of the server, or empty. */
  problem: string;
  /** What somebody else has saved meanwhile; null: nobody did. */
  theirs: V | null;
  save(): Promise<V | null>;
  discard(): void;
  takeTheirs(): void;
  /** Decides nothing yet: the next saving asks again. */
  decideLater(): void;
  keepMine(): Promise<V | null>;
  remove(): Promise<boolean>;
}

export interface Source<V> {
  /** Of the object itself. */
  path: string;
  stored: V | null;
  blank: object;
  /** Makes a new one; without it only changes are written. */
  createAt?: string;
  send?: ((v: V) => object) | undefined;
  /** What is wrong that the server would take. */
  check?: (v: V) => FieldError[];
}

/** The id of the object that was made last: its page begins with the word that it is saved. */
let justMade = "";

/** An object that is being edited: its draft, what the server said of it, and what somebody else did meanwhile. */
export function useEditor<V extends Stored>(o: Source<V>): Edited<V> {
  const [base, setBase] = useState<V>(o.stored ?? (o.blank as V));
  const [draft, setDraft] = useState<V>(base);
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(!!o.stored && o.stored.id === justMade);
  const [named, setNamed] = useState(false); // the refusal named its fields
  const [refusals, setRefusals] = useState(0);
  const [theirs, setTheirs] = useState<V | null>(null);
  const labels = useRef(new Map<string, string>()).current;
  const shape = o.send ?? ((v: V): object => v);
  const dirty = useMemo(() => Object.keys(patchOf(shape(base), shape(draft))).length > 0, [base, draft]);
  useEffect(() => {
    guard(dirty);
    return () => guard(false);
  }, [dirty]);
  const set = useCallback((pointer: string, value: unknown) => {
    setSaved(false);
    setErrors((list) => list.filter((e) => e.pointer !== pointer && !e.pointer.startsWith(`${pointer}/`)));
    setDraft((d) => withValue(d, pointer, value));
  }, []);
  const form = useMemo<Form>(() => ({ value: draft, set, errors, labels }), [draft, set, errors, labels]);
  const begin = (): void => {
    setBusy(true);
    setErrors([]);
    setProblem("");
  };
  const refuse = (code: string, fields: FieldError[]): void => {
    setErrors(fields);
    setProblem(code);
    setNamed(fields.length > 0);
    setRefusals((n) => n + 1);
  };
  const refused = async (e: unknown): Promise<void> => {
    const code = e instanceof Refused ? e.code : "internal";
    if (code === "version_mismatch") {
      const now = await rest<V>(o.path).catch((x: unknown) => refuse(x instanceof Refused ? x.code : "internal", []));
      return now && setTheirs(now);
    }
    refuse(code, e instanceof Refused ? e.fields : []);
  };
  const write = async (from: V, to: V): Promise<V | null> => {
    const wrong = o.check?.(to) ?? [];
    if (wrong.length > 0) {
      refuse("bad_request", wrong);
      return null;
    }
    begin();
    try {
      const done = o.stored || !o.createAt
        ? await rest<V>(o.path, { method: "PATCH", body: patchOf(shape(from), shape(to)), version: from.version })
        : await rest<V>(o.createAt, { method: "POST", body: shape(to) });
      if (!o.stored) guard(false); // its own page comes next
      justMade = o.stored ? "" : done.id;
      setBase(done);
      setDraft((d) => patched(done, patchOf(to, d))); // it may have been written on while this was on its way
      setSaved(true);
      return done;
    } catch (e) {
      await refused(e);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const remove = async (): Promise<boolean> => {
    begin();
    try {
      await rest(o.path, { method: "DELETE", version: base.version });
      guard(false);
      return true;
    } catch (e) {
      await refused(e);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const rebase = (to: V): V => {
    const mine = patched(to, patchOf(base, { ...draft, version: base.version }));
    setBase(to);
    setDraft(mine);
    setTheirs(null);
    return mine;
  };
  const answered = problem === "bad_request" && named && errors.length === 0; // what was wrong is being put right
  return {
    form, base, draft, dirty, busy, saved, refusals, problem: answered ? "" : problem, theirs, remove,
    save: () => write(base, draft),
    discard: () => { setDraft(base); setErrors([]); setProblem(""); },
    takeTheirs: () => { if (theirs) { setBase(theirs); setDraft(theirs); setTheirs(null); } },
    decideLater: () => setTheirs(null),
    keepMine: () => (theirs ? write(theirs, rebase(theirs)) : Promise.resolve(null)),
  };
}
