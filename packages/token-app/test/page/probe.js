/** Tries, from inside a worker, what a script that was put there would try; says of each whether it went through. */
const answers = {}
const attempt = async (name, work) => {
  try {
    answers[name] = await work()
  } catch (error) {
    answers[name] = `refused: ${error.name}`
  }
}
const through = () => 'through'
/** (module (func (export "f") (result i32) i32.const 7)) */
const SEVEN = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 7, 11]
const addressOf = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
const heard = (source, good, bad) =>
  new Promise((resolve, reject) => {
    source.addEventListener(good, () => resolve('through'))
    source.addEventListener(bad, () => reject(new DOMException('', 'Blocked')))
  })
const indirectEval = self.eval
const AsyncFunction = (async () => {}).constructor
const broken = new Set()
self.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => broken.add(effectiveDirective))

await attempt('wasm', async () => (await WebAssembly.instantiate(Uint8Array.from(SEVEN))).instance.exports.f())
await attempt('eval', () => indirectEval('"through"'))
await attempt('new Function', () => new Function('return "through"')())
await attempt('new AsyncFunction', () => new AsyncFunction('return "through"')())
await attempt('timer', () => {
  const { promise, resolve } = Promise.withResolvers()
  self.timedOut = () => resolve('through')
  setTimeout('timedOut()')
  return promise
})
await attempt('fetch', () => fetch('/').then(through))
await attempt('fetch elsewhere', () => fetch(`http://token.test:${location.port}/`, { mode: 'no-cors' }).then(through))
await attempt('request', () => {
  const request = new XMLHttpRequest()
  request.open('GET', '/')
  request.send()
  return heard(request, 'load', 'error')
})
await attempt('import', () => import('/assets/imported.js').then(through))
await attempt('import of data', () => import('data:text/javascript,1').then(through))
await attempt('import of a blob', () => import(addressOf('1')).then(through))
await attempt('worker', () => heard(new Worker('/assets/imported.js', { type: 'module' }), 'message', 'error'))
await attempt('worker of a blob', () => heard(new Worker(addressOf('postMessage(1)')), 'message', 'error'))
await attempt('socket', () => heard(new WebSocket(`ws://${location.host}/`), 'open', 'error'))
await attempt('events', () => heard(new EventSource('/'), 'open', 'error'))
self.postMessage({ answers, broken: [...broken].sort() })
