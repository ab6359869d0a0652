/** GF(32) with x^5 + x^2 + 1 and α = 2 (STP-1, 1): the field has 31 elements beside zero, all powers of α. */
export const ORDER = 31

const POLYNOMIAL = 0b100101
const EXP: readonly number[] = powersOfAlpha()
const LOG: readonly number[] = Array.from({ length: ORDER + 1 }, (_, value) => EXP.indexOf(value))

function powersOfAlpha(): number[] {
  const powers = [1]
  while (powers.length < ORDER) {
    const doubled = (powers.at(-1) ?? 0) << 1
    powers.push(doubled > ORDER ? doubled ^ POLYNOMIAL : doubled)
  }
  return powers
}

/** α to the power `exponent`, any integer. */
export function alphaTo(exponent: number): number {
  return EXP[((exponent % ORDER) + ORDER) % ORDER] ?? 0
}

/** The exponent 0 to 30 with `alphaTo(exponent) === value`; `value` is 1 to 31. */
export function logOf(value: number): number {
  return LOG[value] ?? 0
}

export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : alphaTo(logOf(a) + logOf(b))
}

/** `a / b`; neither is zero. */
export function divide(a: number, b: number): number {
  return alphaTo(logOf(a) - logOf(b))
}
