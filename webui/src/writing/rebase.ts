/** One form, three states of it: before the writer changed it, as they changed it, and as the vault has it by now. */
export interface Change<T extends object> {
  readonly base: T;
  readonly mine: T;
}

/** Values of JSON are the same when they are written the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The fields that the writer has not changed follow the vault; those changed there to the same are no longer changed. */
export function rebased<T extends object>({ base, mine }: Change<T>, theirs: T): Change<T> {
  const [nextBase, nextMine] = [{ ...base }, { ...mine }];
  for (const name of namesOf(theirs)) {
    if (isSame(mine[name], base[name])) nextMine[name] = theirs[name];
    if (isSame(nextMine[name], theirs[name])) nextBase[name] = theirs[name];
  }
  return { base: nextBase, mine: nextMine };
}

/** Fields that the writer and somebody else changed, and not alike. */
export function conflicts<T extends object>({ base, mine }: Change<T>, theirs: T): (keyof T)[] {
  return namesOf(theirs).filter((name) => !isSame(theirs[name], base[name]) && !isSame(theirs[name], mine[name]));
}

function namesOf<T extends object>(fields: T): (keyof T)[] {
  return Object.keys(fields) as (keyof T)[];
}
