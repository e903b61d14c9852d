/** Helps a writer to a good passphrase. */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Strength } from './types.ts';

const WORDS = 7;

/** Seven random words of the BIP-39 English list: 77 bits. */
export function newPassphrase(): string {
  // 2,048 words divide 65,536 evenly: no word is likelier than another.
  const numbers = crypto.getRandomValues(new Uint16Array(WORDS));
  return Array.from(numbers, (number) => wordlist[number % wordlist.length]).join(' ');
}

interface Estimator {
  check(text: string, hints: string[]): {
    score: Strength['score'];
    guesses: number;
    feedback: { warning: string | null; suggestions: string[] };
  };
}

let estimator: Promise<Estimator> | null = null;

/** zxcvbn (Wheeler, USENIX Security 2016) with its English dictionaries, loaded on first use. */
async function load(): Promise<Estimator> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common'), import('@zxcvbn-ts/language-en'),
  ]);
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  });
}

export async function estimateStrength(text: string, hints: readonly string[]): Promise<Strength> {
  estimator ??= load().catch((error: unknown) => {
    estimator = null;
    throw error;
  });
  const { score, guesses, feedback } = (await estimator).check(text, [...hints, 'inkvault']);
  const advice = [feedback.warning, ...feedback.suggestions].filter((sentence): sentence is string => Boolean(sentence));
  return { score, guesses, advice };
}
