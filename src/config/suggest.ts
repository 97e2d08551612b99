/** "Did you mean": the nearest of a few known words. */

/** Number of single-letter insertions, deletions, replacements and swaps of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** The known word closest to `word`, if it is close enough to have been meant: a third of its letters may differ. */
export function closest(word: string, known: readonly string[]): string | undefined {
  // Long input is no typing error, and the distance costs the product of the lengths.
  if (word.length > 64) return undefined;
  const given = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(given, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  const length = Math.max(word.length, best?.length ?? 0);
  return bestDistance <= Math.max(1, Math.floor(length / 3)) ? best : undefined;
}
