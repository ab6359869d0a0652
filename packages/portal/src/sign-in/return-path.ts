/** Where a sign-in may lead back to. */
export type ReturnPath = '/dashboard' | '/manage-account'

/** Nothing that a request says is made into an address: it is one of our own pages to the letter, or it is the dashboard. */
export function returnPath(path: string): ReturnPath {
  return path === '/manage-account' ? path : '/dashboard'
}
