/** What a writer can say in a vault: each check gives the value to seal, or throws UsageError. */
import * as canonical from '../core/canonical.ts';
import type { Payload } from '../core/canonical.ts';
import { MAX_HELPER, MAX_PHASE, MAX_TAGS, MAX_TITLE } from '../core/model.ts';
import { MAX_LABEL, TEMPLATE_NAME } from '../core/optional.ts';
import { codePoints, compareCodePoints } from '../core/text.ts';
import { FormatError, UsageError } from '../errors.ts';

/** null gives the title back to the opening. */
export function checkTitle(title: string | null): string | null {
  if (title !== null && (title.trim() === '' || codePoints(title) > MAX_TITLE)) {
    throw new UsageError(`A title has 1 to ${MAX_TITLE} characters. Choose another one.`);
  }
  return title?.toWellFormed() ?? null;
}

export function checkHelper(helper: string | null): string | null {
  return helper === null ? null : words('The name of a helper', helper, MAX_HELPER);
}

export function checkPhase(phase: number | null): number | null {
  if (phase !== null && !(Number.isInteger(phase) && phase >= 1 && phase <= MAX_PHASE)) {
    throw new UsageError(`A phase is a number from 1 to ${MAX_PHASE}. Choose another one.`);
  }
  return phase;
}

export function checkTemplateName(name: string | null): string | null {
  return name === null ? null : readable(() => TEMPLATE_NAME.read(name), 'There is no template of this name. Choose another one.');
}

/** Sorted as they are sealed, none twice. */
export function checkTags(tags: Iterable<string>): readonly string[] {
  const found = [...new Set([...tags].map((tag) => words('A tag', tag.trim(), MAX_LABEL)))].sort(compareCodePoints);
  if (found.length > MAX_TAGS) throw new UsageError(`There are at most ${MAX_TAGS} tags. Take some away first.`);
  return found;
}

/** What was made of the writer's words can be read again by every client. */
export function checkPayload<T>(payload: Payload, parse: (payload: Payload) => T, refusal: string): T {
  return readable(() => parse(canonical.decode(canonical.encode(payload))), refusal);
}

function words(what: string, text: string, most: number): string {
  if (text === '' || codePoints(text) > most) throw new UsageError(`${what} has 1 to ${most} characters. Choose another one.`);
  return text.toWellFormed();
}

function readable<T>(read: () => T, refusal: string): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatError ? new UsageError(refusal) : error;
  }
}
