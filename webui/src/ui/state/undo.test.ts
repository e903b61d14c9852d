import { expect, it } from 'vitest';
import { ConflictError, LockedError, NotFoundError, QuotaError, RateLimitError, UnavailableError } from '../../client/vault.ts';
import { Undos } from './undo.ts';

it('puts back one change after the other, the last one first', async () => {
  const undos = new Undos();
  const log: string[] = [];
  for (const name of ['first', 'second']) undos.offer(name, async () => void log.push(name));
  expect(undos.view.value.offered?.text).toBe('second');
  await undos.run();
  expect(undos.view.value).toMatchObject({ last: { text: 'first' }, offered: null });
  await undos.run();
  await undos.run();
  expect(log).toEqual(['second', 'first']);
  expect(undos.view.value.last).toBeNull();
});

it('can undo what is offered no more', async () => {
  const undos = new Undos();
  undos.offer('a change', async () => undefined);
  undos.dismiss();
  expect(undos.view.value).toMatchObject({ offered: null, last: { text: 'a change' } });
  await undos.run();
  expect(undos.view.value).toEqual({ last: null, offered: null, undone: 'a change' });
  undos.dismiss();
  expect(undos.view.value.undone).toBeNull();
});

it.each([new UnavailableError('away'), new ConflictError('busy'), new RateLimitError('slow', 5), new QuotaError('full')])('can be tried again after %o', async (error) => {
  const undos = new Undos();
  const faults: Error[] = [error];
  undos.offer('a change', async () => {
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
  });
  await expect(undos.run()).rejects.toThrow(error);
  expect(undos.view.value).toMatchObject({ offered: { text: 'a change' }, undone: null });
  await undos.run();
  expect(undos.view.value).toEqual({ last: null, offered: null, undone: 'a change' });
});

it.each([new NotFoundError('gone'), new LockedError()])('cannot be tried again after %o', async (error) => {
  const undos = new Undos();
  undos.offer('a change', () => Promise.reject(error));
  await expect(undos.run()).rejects.toThrow(error);
  expect(undos.view.value).toEqual({ last: null, offered: null, undone: null });
});

it('puts back one at a time, and hides nothing that was done meanwhile', async () => {
  const undos = new Undos();
  const log: string[] = [];
  let finish = (): void => undefined;
  undos.offer('first', async () => void log.push('first'));
  undos.offer('second', () => new Promise((resolve) => {
    finish = () => resolve();
  }));
  const running = undos.run();
  await undos.run();
  expect(log).toEqual([]);
  undos.offer('third', async () => void log.push('third'));
  finish();
  await running;
  expect(undos.view.value).toMatchObject({ offered: { text: 'third' }, undone: null });
  await undos.run();
  await undos.run();
  expect(log).toEqual(['third', 'first']);
});
