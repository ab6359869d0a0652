/** Whether `If-None-Match` names this tag: a list, compared weakly (RFC 9110, 13.1.2). What is sent compressed has a weak tag. */
export function isSameTag(asked: string | undefined, tag: string): boolean {
  return asked?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) ?? false
}
