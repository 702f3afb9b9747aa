import type { Reason } from "../../wire/protocol.ts";

/** Where a node stands: its index among its siblings, after those of the nodes above it. */
export type Path = readonly number[];

export const pointerOf = (path: Path): string => `/reasons/${path.join("/children/")}`;

const childrenOf = (r: Reason): Reason[] => r.children ?? [];

/** A tree in which the siblings at a path are something else. */
function siblings(list: Reason[], above: Path, change: (list: Reason[]) => Reason[]): Reason[] {
  const [i, ...rest] = above;
  if (i === undefined) return change(list);
  return list.map((r, n) => {
    if (n !== i) return r;
    const children = siblings(childrenOf(r), rest, change);
    const { children: _, ...bare } = r;
    return children.length ? { ...bare, children } : bare;
  });
}

const nodeAt = (list: Reason[], path: Path): Reason | undefined => path.reduce<Reason | undefined>((r, i, n) => (n === 0 ? list[i] : r && childrenOf(r)[i]), undefined);

export interface Moved {
  tree: Reason[];
  /** Where the node that was touched stands now. */
  at: Path;
}

const blank = (): Reason => ({ id: "", label: "" });

export function addAfter(tree: Reason[], path: Path): Moved {
  const at = [...path.slice(0, -1), path.at(-1)! + 1];
  return { tree: siblings(tree, path.slice(0, -1), (l) => l.toSpliced(at.at(-1)!, 0, blank())), at };
}

export function addChild(tree: Reason[], path: Path): Moved {
  const n = path.length ? childrenOf(nodeAt(tree, path)!).length : tree.length;
  return { tree: siblings(tree, path, (l) => [...l, blank()]), at: [...path, n] };
}

export function remove(tree: Reason[], path: Path): Moved {
  const i = path.at(-1)!;
  const above = path.slice(0, -1);
  return { tree: siblings(tree, above, (l) => l.toSpliced(i, 1)), at: i > 0 ? [...above, i - 1] : above };
}

export function shift(tree: Reason[], path: Path, by: 1 | -1): Moved | null {
  const i = path.at(-1)!;
  const above = path.slice(0, -1);
  const list = above.length ? childrenOf(nodeAt(tree, above)!) : tree;
  const to = i + by;
  if (to < 0 || to >= list.length) return null;
  return { tree: siblings(tree, above, (l) => l.map((r, n) => (n === i ? l[to]! : n === to ? l[i]! : r))), at: [...above, to] };
}

/** Below the sibling before it. */
export function indent(tree: Reason[], path: Path): Moved | null {
  const i = path.at(-1)!;
  if (i === 0) return null;
  const under = [...path.slice(0, -1), i - 1];
  const node = nodeAt(tree, path)!;
  const n = childrenOf(nodeAt(tree, under)!).length;
  return { tree: siblings(siblings(tree, path.slice(0, -1), (l) => l.toSpliced(i, 1)), under, (l) => [...l, node]), at: [...under, n] };
}

/** Beside the node above it. */
export function outdent(tree: Reason[], path: Path): Moved | null {
  if (path.length < 2) return null;
  const above = path.slice(0, -1);
  const node = nodeAt(tree, path)!;
  const at = [...above.slice(0, -1), above.at(-1)! + 1];
  return { tree: siblings(siblings(tree, above, (l) => l.toSpliced(path.at(-1)!, 1)), above.slice(0, -1), (l) => l.toSpliced(at.at(-1)!, 0, node)), at };
}

/** With an id for every node, as the preview needs before the server has made them. */
export function withIds(list: Reason[], above: Path = []): Reason[] {
  return list.map((r, i) => ({ ...r, id: r.id || `new${[...above, i].join("-")}`, ...(r.children ? { children: withIds(r.children, [...above, i]) } : {}) }));
}
