const EN = {
  'site.name': 'Latchkey',
  'page.skip': 'Skip to the content',

  'front.title': 'Certificates',
  'front.lead': 'The certificate portal is the place for the certificates that are issued to you.',
  'front.how': 'Your password opens it. Whatever changes something asks for a security code as well.',
  'front.sign-in': 'Sign in',

  'dashboard.title': 'Dashboard',
  'dashboard.lead': 'Signed in as {name}.',
  'dashboard.settings': 'Settings',
  'dashboard.manage-account': 'Manage My Account',
  'dashboard.sign-out': 'Sign out',
  'dashboard.certificates': 'Certificates',
  'dashboard.none': 'There are no certificates yet.',
  'dashboard.none-detail':
    'This portal issues none so far. Once it does, yours stand here: what each is for, who issued it and when it ends.',
  'dashboard.sign-in': 'This sign-in',
  'dashboard.name': 'Name',
  'dashboard.when': 'Signed in',
  'dashboard.how': 'How',
  'dashboard.ends': 'Ends by itself',
  'dashboard.ends-detail': '{time}, or after an hour without use',
  'dashboard.one-factor': 'with the password',
  'dashboard.two-factors': 'with a second factor',

  'action.sign-in': 'Sign in',
  'action.sign-in-again': 'Sign in again',
  'action.try-again': 'Try again',
  'action.dashboard': 'To the dashboard',
  'action.front': 'To the front page',

  'expired.title': 'Start the sign-in again',
  'expired.text': 'This sign-in is no longer good. It was used already, took longer than ten minutes, or was started in another browser.',
  'expired.what': 'Nothing was lost. If you are signed in already, this button leads straight to the dashboard.',
  'denied.title': 'Not signed in',
  'denied.text': 'The sign-in was cancelled or refused.',
  'denied.what': 'If that was not your wish, sign in again.',
  'login-required.title': 'Not signed in',
  'login-required.text': 'The identity server asks you to sign in.',
  'login-required.what': 'Your session there may have ended. Sign in again.',
  'busy.title': 'The sign-in is busy',
  'busy.text': 'The identity server cannot take a sign-in at the moment.',
  'busy.what': 'Wait half a minute, then try again. This did not count as a wrong password or code.',
  'unreachable.title': 'The sign-in cannot be reached',
  'unreachable.text': 'The certificate portal is running, but it cannot reach the identity server that signs you in.',
  'unreachable.what':
    'Try again in a minute. If it stays like this, tell whoever runs this portal that the identity server does not answer it.',
  'failed.title': 'The sign-in failed',
  'failed.text': 'The identity server answered with an error.',
  'failed.what': 'Try again. If it happens once more, tell whoever runs this portal, with the reference below.',
  'not-verified.title': 'Not signed in',
  'not-verified.text': 'The answer to this sign-in could not be verified, so it was not accepted.',
  'not-verified.what': 'Start again from here, not from a link that somebody sent you.',
  'second-factor-missing.title': 'A second factor is needed',
  'second-factor-missing.text': 'You came back without the confirmation that this page asks for.',
  'second-factor-missing.what': 'Try again and answer with a security code. The dashboard stays open without one.',
  'other-person.title': 'Somebody else signed in',
  'other-person.text': 'The second factor was confirmed by another person than the one who is signed in here.',
  'other-person.what': 'Nothing was changed. To go on as the other person, sign out on the dashboard first.',
  'signed-out-here.title': 'Signed out of the portal',
  'signed-out-here.text': 'You are signed out here, but the identity server could not be reached.',
  'signed-out-here.what': 'You may still be signed in there. On a computer that others use, close the browser.',

  'foreign-origin.title': 'Not done',
  'foreign-origin.text': 'This request did not come from a page of this portal, so it was not acted on.',
  'foreign-origin.what': 'Go to the dashboard and use its buttons.',
  'not-found.title': 'No such page',
  'not-found.text': 'There is nothing at this address.',
  'not-found.what': 'It may have been mistyped or cut off.',
  'wrong-method.title': 'Not possible',
  'wrong-method.text': 'This address cannot be used in that way.',
  'wrong-method.what': 'Go to the dashboard and use its links and buttons.',
  'too-large.title': 'Too much at once',
  'too-large.text': 'The request was larger than this portal takes.',
  'too-large.what': 'Nothing was changed.',
  'wrong-type.title': 'Not understood',
  'wrong-type.text': 'The request was not sent by a form of this portal.',
  'wrong-type.what': 'Nothing was changed.',
  'broken.title': 'Something went wrong',
  'broken.text': 'The portal failed while it made this page.',
  'broken.what': 'Try again. If it happens once more, tell whoever runs this portal, with the reference below.',
  'notice.reference': 'Reference: {id}',
}

export type TextId = keyof typeof EN

/** The language of every page, until a second catalogue joins. */
export const LANGUAGE = 'en'

/** How dates are written: the day before the month, which is spelled out. */
export const DATE_LOCALE = 'en-GB'

/** The text with this identifier, its `{names}` filled in. The result is text, not markup. */
export function text(id: TextId, values: Readonly<Record<string, string>> = {}): string {
  return EN[id].replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}
