/** How far apart two samples are: the normal score of the Mann-Whitney U test, ties averaged. Within ±2 most of the time where there is no difference. */
export function rankSumScore(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((value) => ({ value, mine: true })), ...second.map((value) => ({ value, mine: false }))]
  all.sort((one, other) => one.value - other.value)
  const [n, m] = [first.length, second.length]
  let ranks = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    const rank = (from + 1 + to) / 2
    ranks += rank * all.slice(from, to).filter(({ mine }) => mine).length
    from = to
  }
  const u = ranks - (n * (n + 1)) / 2
  return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
}
