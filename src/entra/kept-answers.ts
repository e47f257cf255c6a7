// Answers about one person each, kept for a moment, and one question at a time for each.

export interface KeptAnswersOptions {
  /** Seconds for which an answer counts. */
  readonly freshFor: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** The answer for a key, from `look` if there is none. What `look` rejects with is not kept. */
export function keptAnswers<T>({ freshFor, now }: KeptAnswersOptions): (key: string, look: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { readonly value: T; readonly since: number }>();
  const looking = new Map<string, Promise<T>>();
  /** A clock that was set back makes nothing young. */
  const isFresh = (since: number): boolean => now() - since >= 0 && now() - since < freshFor;
  /** They stand in the order in which they came. */
  const forgetOld = (): void => {
    for (const [key, { since }] of kept) {
      if (isFresh(since)) return;
      kept.delete(key);
    }
  };
  const ask = async (key: string, look: () => Promise<T>): Promise<T> => {
    try {
      const value = await look();
      forgetOld();
      kept.delete(key);
      kept.set(key, { value, since: now() });
      return value;
    } finally {
      looking.delete(key);
    }
  };
  return async (key, look) => {
    const present = kept.get(key);
    if (present !== undefined && isFresh(present.since)) return present.value;
    let answer = looking.get(key);
    if (answer === undefined) looking.set(key, answer = ask(key, look));
    return answer;
  };
}
