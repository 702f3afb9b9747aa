import type { LucideIcon } from "lucide-react";
import type { ComponentType, ReactNode } from "react";
import type { Key, T } from "./words.ts";

export interface Stored {
  id: string;
  version: number;
}

export interface Column<V> {
  label: Key;
  show: (v: V, names: Names, t: T) => ReactNode;
}

/** Names of other objects by id. */
export type Names = { [id: string]: string };

/** One kind of configuration: where it lives, how it is listed, how it is edited. */
export interface Kind<V extends Stored> {
  /** Of the pages: /desk/admin/<section>. */
  section: string;
  /** Of the REST interface. */
  path: string;
  icon: LucideIcon;
  /** Keys: kind.<section>, kind.<section>.new, kind.<section>.text, kind.<section>.empty. */
  nameOf: (v: V) => string;
  blank: Omit<V, "id" | "version">;
  columns: Column<V>[];
  /** Paths whose names the columns show. */
  names?: string[];
  Form: ComponentType<{ id: string }>;
  /** What is sent of what was edited. */
  send?: (v: V) => object;
  /** Gets the answer to a creation before its page comes; it may hold what is never answered again. */
  made?: (v: V) => void;
  /** Shown beside the form. */
  Aside?: ComponentType<{ id: string }>;
  /** Further pages of one object: the last part of their address. */
  pages?: { id: string; label: Key; Page: ComponentType<{ id: string }> }[];
}
