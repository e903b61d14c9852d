/** What a session's header says of its messages, kept right as they come and change (FORMAT §5.3, §5.5). */
import { MAX_OPENING, MAX_PREVIEW, type Day, type Message, type SessionHeader } from '../core/model.ts';
import { isDay } from '../core/optional.ts';
import { excerpt } from '../core/text.ts';
import { standing } from '../writing/activity.ts';
import { MAX_DATE_MS, dayOf } from '../writing/days.ts';
import { countWords } from '../writing/words.ts';

/** When the writer was last active in a session (FORMAT §5.5). */
export function lastActive({ activeAt, updatedAt }: SessionHeader): number {
  return activeAt ?? updatedAt;
}

/** The header after these messages came to its end. `count`, `digest` and the times are left as they are. */
export function withAdded(header: SessionHeader, messages: readonly Message[]): SessionHeader {
  const spoken = messages.filter(isSpoken);
  const [first, last] = [spoken[0], spoken.at(-1)];
  return {
    ...header,
    opening: header.opening !== '' || first === undefined ? header.opening : excerpt(first.text, MAX_OPENING),
    preview: last === undefined ? header.preview : excerpt(last.text, MAX_PREVIEW),
    days: countDays(header.days, messages, 1),
  };
}

/** The header after some messages, `before`, became `after`; `all` are those that there are then, in order. */
export function withChanged(
  header: SessionHeader, before: readonly Message[], after: readonly Message[], all: readonly Message[],
): SessionHeader {
  const spoken = all.filter(isSpoken);
  return {
    ...header,
    opening: excerpt(spoken[0]?.text ?? '', MAX_OPENING),
    preview: excerpt(spoken.at(-1)?.text ?? '', MAX_PREVIEW),
    days: countDays(countDays(header.days, before, -1), after, 1),
  };
}

/** The header after activity now. A session that had ended is resumed by it. */
export function takenUp(header: SessionHeader, now: number, limitMinutes: number): SessionHeader {
  const { state } = standing({ ...header, activeAt: lastActive(header) }, now, limitMinutes);
  const isOver = header.endedAt !== null || state === 'ended';
  return { ...header, activeAt: now, ...(isOver && { endedAt: null, resumedAt: now }) };
}

/** A prompt is no word of the writer's, and what is in the trash is not shown. */
function isSpoken({ trashedAt, role }: Message): boolean {
  return trashedAt === null && role !== 'system';
}

/** `days` with what these messages count added (1) or taken away (-1), never below nothing. */
function countDays(days: readonly Day[], messages: readonly Message[], sign: 1 | -1): readonly Day[] {
  const found = new Map(days.map((day) => [day.day, day]));
  for (const { role, text, seconds, createdAt, zone, trashedAt } of messages) {
    if (trashedAt !== null || Math.abs(createdAt) > MAX_DATE_MS) continue;
    const words = role === 'writer' ? countWords(text) : 0;
    const name = dayOf(createdAt, zone);
    if (words + seconds === 0 || !isDay(name)) continue;
    const day = found.get(name) ?? { day: name, words: 0, seconds: 0, extra: {} };
    found.set(name, {
      ...day, words: Math.max(0, day.words + sign * words), seconds: Math.max(0, day.seconds + sign * seconds),
    });
  }
  return [...found.values()].filter(({ words, seconds }) => words + seconds > 0).sort((a, b) => (a.day < b.day ? -1 : 1));
}
