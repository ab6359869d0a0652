// Preloaded into `latchkey serve`: its clock is ahead by LATCHKEY_SHIFT_MS.
const shift = Number(process.env['LATCHKEY_SHIFT_MS'] ?? 0)
const now = Date.now.bind(Date)
Date.now = () => now() + shift
