// What script adds to a page that works without it.
{
  const all = (selector) => [...document.querySelectorAll(selector)]
  const one = (selector) => document.querySelector(selector)
  const on = (selector, type, act) => {
    for (const element of all(selector)) element.addEventListener(type, (event) => act(element, event))
  }
  const label = (button) => button.querySelector('span') ?? button
  const say = (button, text) => {
    button.style.minInlineSize = `${button.offsetWidth}px`
    button.dataset.was ??= label(button).textContent
    label(button).textContent = status.textContent = text
  }
  const unsay = (button) => {
    label(button).textContent = button.dataset.was
    status.textContent = ''
  }
  const status = document.createElement('div')
  status.className = 'unseen'
  status.role = 'status'
  document.body.append(status)

  // A list is copied a code a line.
  const textOf = (selector) => {
    const lines = all(`${selector} [data-line]`)
    return (lines.length > 0 ? lines : all(selector)).map((line) => line.textContent).join('\n')
  }
  const bring = (selector, act) => {
    for (const button of all(selector)) button.hidden = false
    on(selector, 'click', act)
  }
  if (navigator.clipboard) {
    bring('[data-copy]', async (button) => {
      await navigator.clipboard.writeText(textOf(button.dataset.copy))
      if (!button.dataset.done) return
      say(button, button.dataset.done)
      setTimeout(unsay, 2000, button)
    })
  }
  bring('[data-print]', () => print())
  bring('[data-download]', ({ dataset }) => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([`${dataset.heading}\n\n${textOf(dataset.download)}\n`]))
    link.download = dataset.filename
    link.click()
    setTimeout(URL.revokeObjectURL, 60_000, link.href)
  })

  // A shown password is sent hidden: browsers save only hidden ones.
  const reveal = (button, shown) => {
    button.dataset.show ??= label(button).textContent
    one(button.dataset.reveal).type = shown ? 'text' : 'password'
    label(button).textContent = shown ? button.dataset.hide : button.dataset.show
  }
  bring('[data-reveal]', (button) => reveal(button, one(button.dataset.reveal).type === 'password'))

  // What is left, by how long the page is open: the reader's clock may be wrong.
  const opened = Date.now()
  const two = (value) => String(Math.floor(value)).padStart(2, '0')
  const time = (s) => (s < 3600 ? Math.floor(s / 60) : `${Math.floor(s / 3600)}:${two((s / 60) % 60)}`)
  const count = (element) => {
    const { expires, now, text, over } = element.dataset
    const left = Math.ceil((expires - (now ?? opened) - (Date.now() - opened)) / 1000)
    const shown = left > 0 ? text.replace('{time}', `${time(left)}:${two(left % 60)}`) : over
    if (element.textContent !== shown) element.textContent = shown
  }
  const clocks = all('[data-expires]')
  if (clocks.length > 0) setInterval(() => clocks.forEach(count), 250)

  // A form is sent once. A disabled button's value would not be sent.
  let leaving = false
  on('form', 'submit', (form, event) => {
    if (form.dataset.sent) return event.preventDefault()
    form.dataset.sent = leaving = true
    for (const button of all('[data-reveal]')) reveal(button, false)
    event.submitter?.setAttribute('aria-disabled', true)
    if (event.submitter && form.dataset.checking) say(event.submitter, form.dataset.checking)
  })
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    leaving = false
    for (const form of all('[data-sent]')) delete form.dataset.sent
    for (const button of all('[aria-disabled]')) {
      button.removeAttribute('aria-disabled')
      if (button.dataset.was) unsay(button)
    }
  })
  if (one('[data-warn-leaving]')) addEventListener('beforeunload', (event) => leaving || event.preventDefault())

  // Groups of a code while it is typed: only separators come and go.
  on('[data-groups]', 'input', (input, event) => {
    const { value, selectionStart } = input
    if (event.isComposing || !/^[\da-z\s-]*$/i.test(value)) return
    const bare = (text) => text.replace(/[\s-]/g, '')
    const ends = new Set()
    let end = 0
    for (const size of input.dataset.groups.split('-')) {
      end += Number(size)
      ends.add(end)
    }
    const group = (text) => Array.from(bare(text), (symbol, index) => (ends.has(index) ? `-${symbol}` : symbol)).join('')
    const shown = group(value)
    if (shown === value) return
    const caret = group(value.slice(0, selectionStart)).length
    input.value = shown
    input.setSelectionRange(caret, caret)
  })

  // Arrow keys in a menu; Tab and Escape are the browser's.
  on('[role=menu]', 'keydown', (menu, event) => {
    const items = [...menu.querySelectorAll('[role=menuitem]')]
    const at = items.indexOf(document.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    items.at(next % items.length).focus()
  })
  on('[popovertarget]', 'keydown', (button, event) => {
    if (event.key === 'ArrowDown') button.click()
  })

  // Moves on when the server says so. Asks while it is seen, less often without an answer.
  const poll = async (path, pause) => {
    if (document.hidden) return document.addEventListener('visibilitychange', () => poll(path, pause), { once: true })
    const answer = await fetch(path)
      .then((response) => response.ok && response.json())
      .catch(() => false)
    const next = answer?.go && new URL(answer.go, location)
    if (next && next.origin === location.origin) {
      leaving = true
      location.replace(next)
    } else setTimeout(poll, pause, path, answer ? 2000 : Math.min(pause * 2, 30_000))
  }
  for (const { dataset } of all('[data-poll]')) setTimeout(poll, 2000, dataset.poll, 2000)

  // After autofocus, which comes first in a frame.
  requestAnimationFrame(() => one('[role=alert]')?.focus())
}
