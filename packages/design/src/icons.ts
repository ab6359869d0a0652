import * as shapes from './icon-shapes.ts'

/** The icons of the pages, by their name in Lucide. */
export const ICONS: Readonly<Record<IconName, string>> = {
  'badge-check': shapes.badgeCheck,
  'chevron-down': shapes.chevronDown,
  'chevron-right': shapes.chevronRight,
  'circle-alert': shapes.circleAlert,
  'circle-check': shapes.circleCheck,
  'circle-question-mark': shapes.circleQuestionMark,
  clock: shapes.clock,
  copy: shapes.copy,
  download: shapes.download,
  eye: shapes.eye,
  'eye-off': shapes.eyeOff,
  'file-badge': shapes.fileBadge,
  history: shapes.history,
  info: shapes.info,
  'key-round': shapes.keyRound,
  languages: shapes.languages,
  'list-ordered': shapes.listOrdered,
  lock: shapes.lock,
  'lock-open': shapes.lockOpen,
  'log-out': shapes.logOut,
  mail: shapes.mail,
  'message-circle-question-mark': shapes.messageCircleQuestionMark,
  monitor: shapes.monitor,
  pencil: shapes.pencil,
  plus: shapes.plus,
  printer: shapes.printer,
  'refresh-cw': shapes.refreshCw,
  'rotate-ccw': shapes.rotateCcw,
  settings: shapes.settings,
  'shield-check': shapes.shieldCheck,
  smartphone: shapes.smartphone,
  ticket: shapes.ticket,
  'trash-2': shapes.trash2,
  'triangle-alert': shapes.triangleAlert,
  'user-round': shapes.userRound,
}

export type IconName =
  | 'badge-check'
  | 'chevron-down'
  | 'chevron-right'
  | 'circle-alert'
  | 'circle-check'
  | 'circle-question-mark'
  | 'clock'
  | 'copy'
  | 'download'
  | 'eye'
  | 'eye-off'
  | 'file-badge'
  | 'history'
  | 'info'
  | 'key-round'
  | 'languages'
  | 'list-ordered'
  | 'lock'
  | 'lock-open'
  | 'log-out'
  | 'mail'
  | 'message-circle-question-mark'
  | 'monitor'
  | 'pencil'
  | 'plus'
  | 'printer'
  | 'refresh-cw'
  | 'rotate-ccw'
  | 'settings'
  | 'shield-check'
  | 'smartphone'
  | 'ticket'
  | 'trash-2'
  | 'triangle-alert'
  | 'user-round'
