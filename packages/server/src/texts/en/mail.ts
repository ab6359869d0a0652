/** Mails. `{…}` are filled in; no code and no secret but a link ever is. */
export const mailTexts = {
  'mail.greeting': 'Hello {name},',
  'mail.what': 'What: {what}',
  'mail.when': 'When: {when}',
  'mail.where': 'From: {where}',
  'mail.where.unknown': 'the server itself',
  'mail.where.address': 'the address {address}',
  'mail.where.browser': '{browser}, the address {address}',
  'mail.was-you': 'If this was you, there is nothing to do.',
  'mail.was-not-you': 'If it was not you, open this page within 7 days and press the button on it:',
  'mail.was-not-you.elsewhere':
    'If it was not you, use the link that was mailed to your other address: this address was added too lately for one.',
  'mail.sign': '{site}',

  'mail.enrolment.subject': 'Your account at {site}',
  'mail.enrolment.body':
    'An account was made for you. Your user name is {user}. Choose a password and set up your second factor here, within 3 days:',
  'mail.password-reset.subject': 'A new password at {site}',
  'mail.password-reset.body': 'Somebody asked for a new password for your account. If that was you, open this page within 30 minutes:',
  'mail.password-reset.not-you': 'If it was not you, there is nothing to do: without this link nothing changes.',

  'notice.token-activated': 'A soft token was activated for your account',
  'notice.token-recreated': 'Your soft token was re-created; the old one has ended',
  'notice.token-unlocked': 'An unlock code was given out for your soft token',
  'notice.token-ended': 'A soft token was deleted from your account',
  'notice.token-disabled': 'A soft token of your account was disabled',
  'notice.token-enabled': 'A soft token of your account was enabled again',
  'notice.token-suspended':
    'Your soft token was suspended, because too many wrong security codes were tried, or because you said that it is lost',
  'notice.wrong-codes': 'Many wrong security codes were tried for your account',
  'notice.doors-shut':
    'Too many wrong security codes were tried through other applications; those are shut for you until you sign in here with your security code',
  'notice.old-copy': 'A security code of an old copy of your soft token was tried',
  'notice.ticket-opened-twice': 'Somebody tried to open a link for your soft token a second time',
  'notice.password-changed': 'Your password was changed',
  'notice.password-reset': 'Your password was set anew with the link that was mailed to you',
  'notice.questions-changed': 'Your security questions were changed',
  'notice.recovery-codes-renewed': 'You have new recovery codes; the old ones have ended',
  'notice.recovery-code-used': 'One of your recovery codes was used',
  'notice.recovery-locked': 'Your security questions were answered wrongly too often and are locked',
  'notice.address-added': 'A mail address was added to your account',
  'notice.address-removed': 'A mail address was removed from your account',
  'notice.address-back': 'A mail address that was removed is part of your account again',
  'notice.other-notice': 'Something changed in your account',
} as const
