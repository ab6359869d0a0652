// What script adds to a page that works without it. Everything hangs on data attributes; nothing is fetched but a `data-poll` path of our own origin.

{
  const all = (selector) => document.querySelectorAll(selector)
  const on = (selector, type, act) => {
    for (const element of all(selector)) element.addEventListener(type, (event) => act(element, event))
  }
  const target = (path) => document.querySelector(path)
  const label = (button) => button.querySelector('span') ?? button

  // A list is copied and saved a code a line; a single code as it is read.
  const textOf = (element) => {
    const lines = element.querySelectorAll('[data-line]')
    return lines.length > 0 ? Array.from(lines, (line) => line.textContent).join('\n') : element.textContent.trim()
  }

  // One live region says what a button has done.
  const status = document.createElement('div')
  status.className = 'unseen'
  status.setAttribute('role', 'status')
  document.body.append(status)

  const sayDone = (button) => {
    const { done } = button.dataset
    if (done === undefined || button.dataset.text !== undefined) return
    const text = label(button)
    button.dataset.text = text.textContent
    button.style.minInlineSize = `${button.offsetWidth}px`
    text.textContent = done
    status.textContent = done
    setTimeout(() => {
      text.textContent = button.dataset.text
      status.textContent = ''
      delete button.dataset.text
    }, 2000)
  }

  const save = ({ dataset }) => {
    const url = URL.createObjectURL(new Blob([`${dataset.heading}\n\n${textOf(target(dataset.download))}\n`], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = url
    link.download = dataset.filename
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  }

  if (navigator.clipboard !== undefined) {
    for (const button of all('[data-copy]')) button.hidden = false
    on('[data-copy]', 'click', (button) =>
      navigator.clipboard.writeText(textOf(target(button.dataset.copy))).then(
        () => sayDone(button),
        () => undefined,
      ),
    )
  }
  for (const button of all('[data-download], [data-print], [data-reveal]')) button.hidden = false
  on('[data-download]', 'click', save)
  on('[data-print]', 'click', () => print())

  // A password that was shown is hidden again before it is sent: browsers save and complete only hidden ones.
  const setShown = (button, shown) => {
    const text = label(button)
    button.dataset.show ??= text.textContent
    target(button.dataset.reveal).type = shown ? 'text' : 'password'
    text.textContent = shown ? button.dataset.hide : button.dataset.show
  }
  on('[data-reveal]', 'click', (button) => setShown(button, target(button.dataset.reveal).type === 'password'))
  const hidePasswords = () => {
    for (const button of all('[data-reveal]')) setShown(button, false)
  }

  // Time that is left, counted by how long the page is open: the reader's clock may be wrong, the server's was right when it drew the page.
  const opened = Date.now()
  const two = (value) => String(value).padStart(2, '0')
  const timeLeft = (milliseconds) => {
    const seconds = Math.ceil(milliseconds / 1000)
    const minutes = Math.floor(seconds / 60)
    const rest = two(seconds % 60)
    return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`
  }
  const count = (element) => {
    const { expires, now, text, over } = element.dataset
    const left = Number(expires) - Number(now ?? opened) - (Date.now() - opened)
    const shown = left > 0 ? text.replace('{time}', timeLeft(left)) : over
    if (element.textContent !== shown) element.textContent = shown
  }
  const clocks = all('[data-expires]')
  if (clocks.length > 0) setInterval(() => clocks.forEach(count), 250)

  // Asked before leaving, unless a form of the page leads on.
  let leaving = false
  if (target('[data-warn-leaving]') !== null) {
    addEventListener('beforeunload', (event) => {
      if (!leaving) event.preventDefault()
    })
  }

  // A form is sent once. The button is not disabled: its name and value would not be sent, and its focus would be lost.
  const release = (form) => {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('[aria-disabled]')) {
      button.removeAttribute('aria-disabled')
      if (button.dataset.text !== undefined) label(button).textContent = button.dataset.text
      delete button.dataset.text
    }
  }
  on('form', 'submit', (form, event) => {
    if (form.dataset.sent !== undefined) return event.preventDefault()
    form.dataset.sent = ''
    leaving = true
    hidePasswords()
    const button = event.submitter
    if (button === null) return
    button.setAttribute('aria-disabled', 'true')
    if (form.dataset.checking === undefined) return
    button.style.minInlineSize = `${button.offsetWidth}px`
    button.dataset.text = label(button).textContent
    label(button).textContent = form.dataset.checking
    status.textContent = form.dataset.checking
  })
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    leaving = false
    for (const form of all('form[data-sent]')) release(form)
  })

  // Groups of a code while it is typed. Only separators come and go, and a text with anything but letters, digits and separators is left alone.
  const regroup = (input, event) => {
    const { value, selectionStart } = input
    if (event.isComposing || !/^[\da-z\s-]*$/i.test(value)) return
    const bare = (text) => text.replace(/[\s-]/g, '')
    const before = bare(value.slice(0, selectionStart)).length
    const sizes = input.dataset.groups.split('-').map(Number)
    let [rest, at, caret, out] = [bare(value), 0, 0, '']
    sizes.forEach((size, index) => {
      const part = index === sizes.length - 1 ? rest : rest.slice(0, size)
      rest = rest.slice(part.length)
      if (part === '') return
      if (index > 0) out += '-'
      if (before > at) caret = out.length + Math.min(before - at, part.length)
      out += part
      at += part.length
    })
    if (out === value) return
    input.value = out
    input.setSelectionRange(caret, caret)
  }
  on('[data-groups]', 'input', regroup)

  // Arrow keys in a menu; Tab and Escape are the browser's.
  const items = (menu) => Array.from(menu.querySelectorAll('[role=menuitem]'))
  const move = (menu, event) => {
    const list = items(menu)
    const now = list.indexOf(document.activeElement)
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: list.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    list.at(next % list.length)?.focus()
  }
  on('[role=menu]', 'keydown', move)
  on('[popovertarget]', 'keydown', (button, event) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    const menu = target(`#${button.getAttribute('popovertarget')}`)
    menu.showPopover({ source: button })
    items(menu)[0]?.focus()
  })

  // The page moves on by itself when the server says so; it asks only while somebody looks, and less often while it gets no answer.
  const poll = (path, pause) => {
    setTimeout(async () => {
      if (document.hidden) return document.addEventListener('visibilitychange', () => poll(path, 0), { once: true })
      const answer = await fetch(path, { headers: { accept: 'application/json' } })
        .then(
          (response) => (response.ok ? response.json() : null),
          () => null,
        )
        .catch(() => null)
      const next = typeof answer?.go === 'string' ? new URL(answer.go, location.href) : undefined
      if (next?.origin !== location.origin) return poll(path, answer === null ? Math.min(Math.max(pause, 1000) * 2, 30_000) : 2000)
      leaving = true
      location.replace(next)
    }, pause)
  }
  const polled = target('[data-poll]')
  if (polled !== null) poll(polled.dataset.poll, 2000)

  target('[role=alert]')?.focus()
}
