import { expect, it } from 'vitest';
import { ConflictError, UnavailableError } from '../../client/vault.ts';
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

it('can undo what is offered no more, and try again when the service was away', async () => {
  const undos = new Undos();
  const faults: Error[] = [new UnavailableError('away'), new ConflictError('changed since')];
  undos.offer('a change', () => Promise.reject(faults.shift() ?? new Error('once too often')));
  undos.dismiss();
  expect(undos.view.value).toMatchObject({ offered: null, last: { text: 'a change' } });
  await expect(undos.run()).rejects.toThrow(UnavailableError);
  expect(undos.view.value.offered?.text).toBe('a change');
  await expect(undos.run()).rejects.toThrow(ConflictError);
  await undos.run();
});
