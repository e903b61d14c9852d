/** Reports of imports, which the root keeps: those that tell of what goes have to go with it (FORMAT §5.3). */
import { isPayload, type Json, type Payload } from '../../core/canonical.ts';
import { MAX_OPENING, type Message } from '../../core/model.ts';
import type { RootRecord } from '../../core/rootrecords.ts';
import { excerpt } from '../../core/text.ts';
import type { OpenSession } from '../contents.ts';
import type { OpenRecord } from '../records.ts';

export interface Told {
  readonly sessions: readonly OpenSession[];
  /** Notebooks and templates. */
  readonly shelved: readonly RootRecord[];
  /** Messages that go out of sessions that stay. */
  readonly messages: readonly Message[];
  /** Messages that stay, and lose their earlier texts. */
  readonly edited: readonly Message[];
}

/** Whether a record is the report of the import that something of it came with, or names something of it. */
export function tellsOf({ sessions, shelved, messages, edited }: Told): (record: OpenRecord) => boolean {
  const titled = shelved.filter((record) => record.type === 'notebook' || record.type === 'template');
  const texts = [...messages.map(({ text }) => text), ...[...messages, ...edited].flatMap(({ versions }) => versions.map(({ text }) => text))];
  const names = new Set([
    ...sessions.map(({ header: { title, opening } }) => title ?? opening),
    ...titled.map(({ title }) => title),
    ...texts.map((text) => excerpt(text, MAX_OPENING)),
  ]);
  const runs = new Set([...sessions.map(({ header }) => header.extra), ...titled.map(({ extra }) => extra)].flatMap(({ imported }) => {
    return imported !== undefined && isPayload(imported) && typeof imported['run'] === 'string' ? [imported['run']] : [];
  }));
  return ({ recordId, payload }) => payload['type'] === 'report' && (runs.has(recordId) || namedBy(payload).some((name) => names.has(name)));
}

/** What a report calls by name: items, and examples of what was doubtful in them. */
function namedBy({ items, doubts }: Payload): string[] {
  const examples = objects(doubts).flatMap((doubt) => (Array.isArray(doubt['examples']) ? doubt['examples'] : [])).map(String);
  return [
    ...objects(items).map((item) => String(item['name'])),
    ...examples.flatMap((example) => [example, example.slice(0, Math.max(0, example.lastIndexOf(': ')))]),
  ];
}

function objects(value: Json | undefined): Payload[] {
  return Array.isArray(value) ? value.filter((item) => isPayload(item)) : [];
}
