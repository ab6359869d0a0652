/** The mail that holds a recovery code. The one mail with a code: it is the proof that the mailbox is the person's. */
export const mailedCodeTexts = {
  'mail.mailed-code.subject': 'Your code at {site}',
  'mail.mailed-code.body':
    'Somebody who knows your password asked for a code to recover your account. If that was you, type this code where you asked for it, within 10 minutes:',
  'mail.mailed-code.not-you': 'If it was not you, tell nobody the code, and change your password: somebody knows it.',
} as const
