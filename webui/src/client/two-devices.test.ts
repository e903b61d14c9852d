/** Whatever two devices do at once, no text is lost, both come to show the same, and every undo leaves a vault that reads. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConflictError, newId, NotFoundError, UsageError, type SessionChange, type Undo, type Vault } from './vault.ts';
import { Device } from './testing/platform.ts';
import { begin, unlock } from './testing/scenario.ts';

const text = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,3}$/);
const change: fc.Arbitrary<SessionChange> = fc.oneof(
  fc.record({ ended: fc.boolean() }), fc.record({ archived: fc.boolean() }), fc.record({ trashed: fc.boolean() }), fc.record({ pinned: fc.boolean() }),
  fc.record({ title: fc.option(text) }), fc.record({ addTags: fc.array(text, { maxLength: 3 }) }), fc.record({ removeTags: fc.array(text, { maxLength: 2 }) }),
);
const deed = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), nth: fc.nat(), text, isNew: fc.boolean() }),
  fc.record({ kind: fc.constant('edit' as const), nth: fc.nat(), text }),
  fc.record({ kind: fc.constant('change' as const), nth: fc.nat(), change }),
  fc.record({ kind: fc.constant('merge' as const), nth: fc.nat(), other: fc.nat() }),
  fc.record({ kind: fc.constant('notebook' as const), text }),
  fc.record({ kind: fc.constant('undo' as const) }),
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

class Writer {
  readonly #undos: Undo[] = [];

  /** `said` takes every text that was acknowledged. */
  constructor(readonly vault: Vault, private readonly said: Set<string>) {}

  async does(done: Deed): Promise<void> {
    try {
      await this.#do(done);
    } catch (error) {
      // What another device did meanwhile may make it impossible; that is all that may.
      if (!(error instanceof UsageError || error instanceof NotFoundError || error instanceof ConflictError)) throw error;
    }
  }

  async #do(done: Deed): Promise<void> {
    const { vault } = this;
    const ids = vault.sessions().map(({ id }) => id).sort();
    const nth = (number: number) => ids[number % Math.max(1, ids.length)];
    const id = 'nth' in done ? nth(done.nth) : undefined;
    switch (done.kind) {
      case 'write': {
        const home = done.isNew || id === undefined ? { sessionId: null, newSessionId: newId() } : { sessionId: id };
        await vault.write({ text: done.text, recordId: newId(), ...home });
        this.said.add(done.text);
        return;
      }
      case 'edit': {
        const [message] = id === undefined ? [] : await vault.open(id);
        if (id === undefined || message === undefined) return;
        await vault.editMessage(id, message.id, done.text);
        this.said.add(done.text);
        return;
      }
      case 'change':
        if (id !== undefined) this.#undos.push(await vault.change([id], done.change));
        return;
      case 'merge': {
        const from = nth(done.other);
        if (id !== undefined && from !== undefined) this.#undos.push(await vault.merge(id, from));
        return;
      }
      case 'notebook':
        await vault.saveNotebook({ title: done.text, kind: 'project', notes: '', colour: null, date: null, programme: null, retention: null });
        return;
      case 'undo':
        await this.#undos.pop()?.();
    }
  }
}

async function whole(vault: Vault) {
  await vault.refresh();
  const sessions = [];
  for (const session of vault.sessions()) sessions.push({ session, messages: await vault.open(session.id) });
  return { sessions, notebooks: vault.notebooks() };
}

it('holds for every order of deeds', async () => {
  await fc.assert(fc.asyncProperty(fc.array(deed, { maxLength: 12 }), fc.array(deed, { maxLength: 12 }), async (mine, theirs) => {
    const { vault, service } = await begin();
    const said = new Set<string>();
    const [here, there] = [new Writer(vault, said), new Writer(await unlock(new Device().tab(service.fetch)), said)];
    await Promise.all([[here, mine], [there, theirs]].map(async ([writer, deeds]) => {
      for (const one of deeds as Deed[]) await (writer as Writer).does(one);
    }));
    const shown = await whole(here.vault);
    expect(await whole(there.vault)).toEqual(shown);
    expect(await whole(await unlock(new Device().tab(service.fetch)))).toEqual(shown);
    const kept = new Set(shown.sessions.flatMap(({ messages }) => messages.flatMap((message) => [message.text, ...message.versions.map((version) => version.text)])));
    expect([...said].filter((one) => !kept.has(one))).toEqual([]);
  }), { numRuns: 40 });
}, 60_000);
