/** Conversations that branch: messages that name the one before them. The twin of vault/transfer/trees.py. */

/**
 * Takes a tree apart into paths, each node in one: first the path from a root to `current`, then the other branches. `parents`
 * names the node before each node, in the order of the nodes; one that is not there, or null, is before a first one. A branch
 * begins after the last node that is in an earlier path. Any graph is taken apart in linear time, circles too.
 */
export function branches(parents: ReadonlyMap<string, string | null>, current: string | null): string[][] {
  const hasChild = new Set(parents.values());
  const names = [...parents.keys()];
  const leaves = names.filter((node) => !hasChild.has(node));
  const first = current !== null && parents.has(current) ? [current] : names.slice(-1);
  const seen = new Set<string>();
  const paths: string[][] = [];
  for (const end of [...first, ...leaves, ...names.toReversed()]) {
    const path: string[] = [];
    for (let node: string | null = end; node !== null && parents.has(node) && !seen.has(node); node = parents.get(node) ?? null) {
      seen.add(node);
      path.push(node);
    }
    if (path.length > 0) paths.push(path.reverse());
  }
  return paths;
}
