/** `Wasn't it you?`, and what the help desk is mailed. `notice.…` says what happened (mail.ts). */
export const noticeTexts = {
  'wasnt-you.title': "Wasn't it you?",
  'wasnt-you.lead': 'This is what happened in your account:',
  'wasnt-you.what': 'What',
  'wasnt-you.when': 'When',
  'wasnt-you.was-me': 'If it was you, there is nothing to do: close this page.',
  'wasnt-you.button': "This wasn't me",
  'wasnt-you.button.what':
    'The button signs you out everywhere, suspends what was added, and brings back what was ended where that is safe. It is good once.',
  'wasnt-you.over': 'This link is over',
  'wasnt-you.over.lead': 'Links of this kind are good for 7 days. If something in your account still looks wrong, ask {helpDesk}.',
  'wasnt-you.change-password': 'Change the password',
  'wasnt-you.forgotten': 'Set a new password',

  'repudiated.title': 'You said that it was not you',
  'repudiated.sessions': 'You were signed out everywhere.',
  'repudiated.token-suspended': 'The soft token that was added is suspended: its codes are refused.',
  'repudiated.token-back': 'The soft token from before is back.',
  'repudiated.activation-void': 'The soft token that was being set up is void.',
  'repudiated.address-back': 'The mail address that was removed is part of your account again.',
  'repudiated.password-ended':
    'The password that was set is good no longer. To set a new one, choose “I’ve forgotten my password” where you sign in.',
  'repudiated.questions-ended': 'The security questions that were set no longer work.',
  'repudiated.recovery-codes-ended': 'The recovery codes that were made no longer work.',
  'repudiated.address-ended': 'The mail address that was added is no longer part of your account.',
  'repudiated.help-desk-told': 'The help desk was told.',
  'repudiated.next.password':
    'Whoever did this may know your password. Change it now, to one that you use nowhere else, then look at My account: soft tokens, mail addresses, recent activity.',
  'repudiated.next.forgotten':
    'Set a new password now, one that you use nowhere else. Then look at My account: soft tokens, mail addresses, recent activity.',
  'repudiated.next.help': 'If you cannot sign in, or something is not as it was, ask {helpDesk}.',

  'repudiated.mail.subject': '{site}: {user} says “This wasn’t me”',
  'repudiated.mail.body': '{user} ({id}) was told of a change in the account, and says that somebody else made it.',
  'repudiated.mail.next': 'Call back on a number that you know, and ask for nothing but a proof. A PIN or a code is never told to anybody.',
} as const
