/** The codes that a person types (STP-1, 1). `length` counts symbols, check symbols included; `value` begins the word that is checked. */
export const KINDS = {
  activation: { value: 1, length: 20, otherOfThatLength: 'registration' },
  registration: { value: 2, length: 20, otherOfThatLength: 'activation' },
  reset: { value: 3, length: 8, otherOfThatLength: undefined },
  unlock: { value: 4, length: 12, otherOfThatLength: undefined },
} as const

export type Kind = keyof typeof KINDS
export type OtherKind = 'activation' | 'registration'
