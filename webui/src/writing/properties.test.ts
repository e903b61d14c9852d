/** What holds for every text, session and list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../client/types.ts';
import { activeSession, goesOn, standing } from './activity.ts';
import { addDays, dayOf, isDay, weekday } from './days.ts';
import { fold, foldTraced } from './fold.ts';
import { facetsOf, layoutOf, rowsBetween, rowsOf, shelfOf } from './history.ts';
import { byMonth, heatMap, insightsOf } from './insights.ts';
import { find, parseQuery, textFits } from './query.ts';
import { planRetention } from './retention.ts';
import { aSession, anyText, someNotebook, someSessions, TODAY, NOW } from './testing/samples.ts';
import { countWords } from './words.ts';

describe('folding', () => {
  it('folds a folded text to itself, but for marks that nothing keeps apart any more', () => {
    fc.assert(fc.property(anyText, (text) => { expect(fold(fold(text))).toBe(fold(text).normalize('NFKD')); }));
  });

  it('traced gives the same text, and places in order', () => {
    fc.assert(fc.property(anyText, (text) => {
      const { folded, starts, ends } = foldTraced(text);
      expect(folded).toBe(fold(text));
      expect(starts).toHaveLength(folded.length);
      expect(ends).toHaveLength(folded.length);
      starts.forEach((start, index) => {
        expect(start).toBeLessThan(ends[index] ?? 0);
        expect(start).toBeGreaterThanOrEqual(starts[index - 1] ?? 0);
      });
    }));
  });
});

describe('queries', () => {
  it('find a phrase that stands in a text, whole', () => {
    fc.assert(fc.property(anyText, anyText, anyText, (before, part, after) => {
      const phrase = part.replace(/["\u201C\u201D\u201E\xAB\xBB]/g, '');
      const query = parseQuery(`"${phrase}"`);
      const text = `${before} ${phrase} ${after}`;
      expect(textFits(query, fold(text))).toBe(true);
      const spans = find(query, text);
      expect(spans.length > 0).toBe(query.terms.length > 0);
      for (const [start, end] of spans) expect(fold(text.slice(start, end))).toContain(query.terms[0]);
    }));
  });

  it('give spans in order that do not touch', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'ab', ' ', 'ß', 'é', '私')), fc.constantFrom('a b', 'ab b', 'ss e', '私 a'), (parts, words) => {
      const text = parts.join('');
      const spans = find(parseQuery(words), text);
      spans.forEach(([start, end], index) => {
        expect(start).toBeLessThan(end);
        expect(start).toBeGreaterThan(spans[index - 1]?.[1] ?? -1);
        expect(end).toBeLessThanOrEqual(text.length);
      });
    }));
  });

  it('are what everything typed is', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('tag:', 'before:', '"', 'is:', 'a', ' ', ':', '2026', '-01', 'é') }), (text) => {
      const { terms, notes } = parseQuery(text);
      expect(new Set(terms).size).toBe(terms.length);
      for (const term of terms) expect(fold(term)).toBe(term);
      for (const note of notes) expect(note).toMatch(/^bad_(date|role|is):./);
    }));
  });
});

it('counts words piece by piece', () => {
  fc.assert(fc.property(anyText, anyText, (a, b) => {
    expect(countWords(`${a} ${b}`)).toBe(countWords(a) + countWords(b));
  }));
});

describe('activity', () => {
  it('has time left exactly while a session goes on', () => {
    fc.assert(fc.property(aSession, fc.integer({ min: 1, max: 60 }), (session, limit) => {
      const { state, left } = standing(session, NOW, limit);
      expect(left > 0).toBe(goesOn(state));
      expect(left).toBeLessThanOrEqual(limit * 60_000);
    }));
  });

  it('goes on with the one that was active last', () => {
    fc.assert(fc.property(someSessions, fc.integer({ min: 1, max: 60 }), (sessions, limit) => {
      const going = sessions.filter((session) => goesOn(standing(session, NOW, limit).state));
      const active = activeSession(sessions, NOW, limit);
      expect(active === null).toBe(going.length === 0);
      if (active === null) return;
      expect(going).toContain(active);
      for (const other of going) expect(other.activeAt).toBeLessThanOrEqual(active.activeAt);
    }));
  });
});

describe('days', () => {
  it('are those of the zone', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Apia'), (at, zone) => {
      const day = dayOf(at, zone);
      expect(isDay(day)).toBe(true);
      expect(new Date(at).toLocaleDateString('en-CA', { timeZone: zone })).toBe(day);
    }));
  });

  it('follow each other through the week', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 20_000 }), (count) => {
      const day = addDays('1970-01-05', count);
      expect(weekday(day)).toBe(count % 7);
      expect(addDays(day, -count)).toBe('1970-01-05');
    }));
  });

  it('in a zone nobody knows are those of UTC', () => expect(dayOf(0, 'Mars/Olympus')).toBe('1970-01-01'));
});

describe('retention', () => {
  it('never names a session twice, one that is pinned, or one in the trash', () => {
    fc.assert(fc.property(someSessions, fc.array(someNotebook), (sessions, notebooks) => {
      const settings = { continueMinutes: 5, backupDays: 30, retention: { archiveDays: 30, trashDays: 90, remindDays: 7 } };
      const { archive, trash, remind } = planRetention(sessions, notebooks, settings, NOW);
      const named = [...archive, ...trash, ...remind].map(({ sessionId }) => sessionId);
      expect(new Set(named).size).toBe(named.length);
      for (const due of [...archive, ...trash, ...remind]) {
        const session = sessions.find(({ id }) => id === due.sessionId);
        expect(session).toMatchObject({ pinned: false, trashedAt: null });
        expect(due.idleDays).toBeGreaterThanOrEqual(due.days);
      }
    }));
  });
});

describe('insights', () => {
  it('add up in every direction', () => {
    fc.assert(fc.property(someSessions, fc.array(someNotebook), (sessions, notebooks) => {
      const { days, total, streak, byNotebook, byPhase } = insightsOf(sessions, notebooks, TODAY);
      const words = (sums: readonly { words: number }[]) => sums.reduce((sum, one) => sum + one.words, 0);
      expect(words(days)).toBe(total.words);
      expect(words(byNotebook)).toBe(total.words);
      expect(words(byPhase)).toBeLessThanOrEqual(total.words);
      expect(streak.current).toBeLessThanOrEqual(streak.longest);
      expect(streak.longest).toBeLessThanOrEqual(days.length);
      expect(words(byMonth(days, TODAY))).toBe(words(days.filter(({ day }) => day.slice(0, 7) <= TODAY.slice(0, 7))));
    }));
  });

  it('make a heat map of whole weeks that ends today', () => {
    const cells = heatMap([{ day: TODAY, words: 5, seconds: 0 }], TODAY, 53);
    expect(cells).toHaveLength(53);
    expect(cells.slice(0, -1).every((week) => week.length === 7)).toBe(true);
    expect(cells.at(-1)?.at(-1)).toEqual({ day: TODAY, words: 5, seconds: 0, level: 1 });
  });
});

describe('the list', () => {
  it('has every session of its shelf once, pinned ones first, then latest first', () => {
    fc.assert(fc.property(someSessions, fc.constantFrom('open', 'archived', 'trash'), (sessions, shelf) => {
      const rows = rowsOf(sessions, { shelf }, 'UTC');
      const listed = rows.flatMap((row) => (row.kind === 'session' ? [row.session] : []));
      expect(new Set(listed)).toEqual(new Set(sessions.filter((session) => shelfOf(session) === shelf)));
      const rank = ({ pinned, activeAt }: SessionSummary) => (pinned && shelf === 'open' ? 1e15 : 0) + activeAt;
      for (let at = 1; at < listed.length; at += 1) {
        const [before, after] = [listed[at - 1], listed[at]];
        if (before && after) expect(rank(before)).toBeGreaterThanOrEqual(rank(after));
      }
      const facets = facetsOf(sessions, shelf);
      expect([...facets.notebooks.values()].reduce((sum, count) => sum + count, 0)).toBe(listed.length);
    }));
  });

  it('shows the rows between two heights', () => {
    fc.assert(fc.property(someSessions, fc.nat(5_000), fc.nat(1_000), (sessions, top, screen) => {
      const rows = rowsOf(sessions, { shelf: 'open' }, 'UTC');
      const layout = layoutOf(rows, { group: 30, session: 72 });
      const { from, to } = rowsBetween(layout, top, top + screen, 0);
      rows.forEach((_, index) => {
        const [start = 0, end = 0] = [layout.tops[index], layout.tops[index + 1]];
        if (start < top + screen && end > top) {
          expect(index).toBeGreaterThanOrEqual(from);
          expect(index).toBeLessThan(to);
        }
      });
      expect(to - from).toBeLessThanOrEqual(screen / 30 + 2);
    }));
  });
});
