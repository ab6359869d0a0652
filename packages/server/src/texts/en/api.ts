/** What the doors for programs say beside an error's name, and the token origin's page. Programs read names; these are for the people who write them. */
export const apiTexts = {
  'api.malformed': 'The body must be the JSON object that /api/v1/openapi.json describes, and nothing may stand in the query.',
  'api.unauthorised': 'An API key is needed, in the header Authorization (Bearer) or X-API-Key, never in the address.',
  'api.foreign-origin': 'Pages of this origin may not ask this.',
  'api.method': 'This method is not answered here.',
  'api.too-large': 'The body is larger than anything that is asked for here.',
  'api.media-type': 'The body must be application/json.',
  'api.too-many': 'This API key asks too often. Wait a second, then go on more slowly.',
  'api.busy': 'There is too much to do at this moment. Nothing was counted; try again in a few seconds.',
  'api.failed': 'Something went wrong here, and nothing was changed.',
  'api.refused': 'This ticket is not good, or not any more, or the code is wrong. Get new codes on the site.',
  'api.typing': 'There is a typing error in the registration code.',
  'api.length': 'The registration code has 20 characters.',
  'api.symbol': 'The registration code has a character that no code has.',

  'check.accepted': 'The code was accepted.',
  'check.rejected': 'The code was not accepted.',
  'check.no-challenge': 'There is no challenge: the soft token shows its codes by itself.',
  'check.missing': 'A parameter is missing: {name}.',
  'check.twice': 'A parameter comes twice, or two that exclude each other: {name}.',
  'check.not-text': 'A parameter is not text: {name}.',
  'check.malformed': 'The body must be a form (application/x-www-form-urlencoded or multipart/form-data) or a JSON object.',
  'check.query': 'Nothing may stand in the query of the address: send the parameters in the body.',
  'check.method': 'Codes and names are not taken from an address: send them by POST, in the body.',
  'check.not-offered': 'This call is not offered here. Programs have an API key, and people activate their tokens themselves.',
  'check.too-many': 'You ask too often. Wait a second, then go on more slowly.',

  'token-place.unbuilt': 'The token app is not built.',
  'token-place.build':
    'Its administrator runs “npm run build” in the folder of Latchkey, then starts the server again. Codes on the site stay good.',
} as const
