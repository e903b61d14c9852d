/** What the writer types is not data from a server: where the core refuses its shape, only the typing is at fault. */
import { FormatError, UsageError } from '../errors.ts';

export async function asTyped<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof FormatError ? new UsageError(error.message) : error;
  }
}
