/** What people read between a relying party and its sign-in. */
export const oidcTexts = {
  'oidc.sign-out.title': 'Sign out',
  'oidc.sign-out.lead': 'You sign out here, and of everything that you opened with this sign-in.',
  'oidc.sign-out.button': 'Sign out',
  'oidc.signed-out.title': 'You are signed out',
  'oidc.signed-out.lead': 'If others use this computer too, close the browser.',
  'oidc.signed-out.again': 'Sign in',
  'oidc.error.title': 'That sign-in cannot be answered',
  'oidc.error.lead': 'The application that sent you here asked for something that cannot be done. Go back to it and start again.',
  'oidc.error.over': 'This sign-in took too long, or was finished in another tab. Go back to the application and start again.',
  'oidc.error.server': 'Something went wrong here. Nothing was changed. Go back to the application and try again.',
  'oidc.error.code': 'For whoever looks after that application: {error}, request {id}',
} as const
