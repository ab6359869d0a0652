/** What a person does on a page, by its accessible names. A page that never arrives is a `Lost`. */
export type Visitor = {
  readonly open: (url: string) => Promise<void>
  /** The last request again, as a browser's reload. */
  readonly again: () => Promise<void>
  readonly heading: () => Promise<string>
  /** The refusal that stands on the page, or nothing. */
  readonly alert: () => Promise<string>
  /** The text of a group: a code without its separators, or a list of codes. */
  readonly code: (group: string) => Promise<string>
  /** The labels of the page's fields. */
  readonly fields: () => Promise<readonly string[]>
  readonly fill: (label: string, text: string) => Promise<void>
  /** Chooses the n-th entry, counted from 0, and says what it is called. */
  readonly choose: (label: string, nth: number) => Promise<string>
  readonly tick: (label: string) => Promise<void>
  readonly press: (button: string) => Promise<void>
  readonly follow: (link: string) => Promise<void>
}

/** Over HTTP, without a browser: the pages work without script. `loseAnswer` drops the answer to one request of the next step, counted from 0, as a broken connection does. */
export type HttpVisitor = Visitor & { readonly loseAnswer: (hop: number) => void }

export class Lost extends Error {
  override name = 'Lost'
}

type Asked = { url: string; body: string | undefined; origin: string }
type Seen = { url: string; text: string }
type Place = { jar: Map<string, string>; last: Asked; seen: Seen; typed: Map<string, string>; deafIn: number | undefined }

const MOST_REDIRECTS = 12
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

export function openVisitor(): HttpVisitor {
  const nowhere: Asked = { url: 'about:blank', body: undefined, origin: '' }
  const place: Place = { jar: new Map(), last: nowhere, seen: { url: nowhere.url, text: '' }, typed: new Map(), deafIn: undefined }
  const text = (): string => place.seen.text
  return {
    open: (url) => go(place, { url, body: undefined, origin: '' }),
    again: () => go(place, place.last),
    heading: async () => plain(/<h1>(.*?)<\/h1>/s.exec(text())?.[1] ?? ''),
    alert: async () => plain(/<div[^>]* role="alert"[^>]*>(.*?)<\/div>\s*<\/div>/s.exec(text())?.[1] ?? ''),
    code: async (group) => plain(groupOf(text(), group)).replaceAll(/[\s-]/g, ''),
    fields: async () => [...labelsOf(text()).keys()],
    fill: async (label, typed) => void place.typed.set(fieldOf(place, label).name, typed),
    choose: async (label, nth) => choose(place, label, nth),
    tick: async (label) => void place.typed.set(fieldOf(place, label).name, attribute(fieldOf(place, label).tag, 'value')),
    press: (button) => press(place, button),
    follow: (link) => go(place, { url: new URL(linkOf(place, link), place.seen.url).href, body: undefined, origin: '' }),
    loseAnswer: (hop) => {
      place.deafIn = hop
    },
  }
}

/** Follows redirects itself: cookies belong to the host, whatever its port, as in a browser. */
async function go(place: Place, asked: Asked): Promise<void> {
  let next = asked
  for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
    place.last = next
    const { location, text } = await ask(place, next)
    if (location === undefined) {
      place.seen = { url: next.url, text }
      place.typed.clear()
      place.deafIn = undefined
      return
    }
    next = { url: new URL(location, next.url).href, body: undefined, origin: '' }
  }
  throw new Error(`too many redirects from ${asked.url}`)
}

async function ask(place: Place, { url, body, origin }: Asked): Promise<{ location: string | undefined; text: string }> {
  const { jar, deafIn } = place
  place.deafIn = deafIn === undefined || deafIn === 0 ? undefined : deafIn - 1
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin }
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { cookie, accept: 'text/html', 'accept-language': 'en', ...(body === undefined ? {} : form) },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    if (deafIn === 0) throw new Lost(url)
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    return { location: response.headers.get('location') ?? undefined, text }
  } catch (error) {
    if (error instanceof TypeError) throw new Lost(`${new URL(url).pathname}: ${String(error.cause ?? error)}`)
    throw error
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const [name = '', ...value] = pair.split('=')
  const over = attributes.some((text) => /^max-age=0$/i.test(text) || (/^expires=/i.test(text) && Date.parse(text.slice(8)) <= Date.now()))
  if (over) jar.delete(name)
  else jar.set(name, value.join('='))
}

async function press(place: Place, button: string): Promise<void> {
  const form = formsOf(place.seen.text).find(({ buttons }) => buttons.some(({ text }) => text === button))
  if (form === undefined) throw new Error(`there is no button “${button}” at ${place.seen.url}`)
  const pressed = form.buttons.find(({ text }) => text === button)
  const fields = new URLSearchParams()
  for (const { name, value } of form.fields) fields.set(name, place.typed.get(name) ?? value)
  for (const name of form.ticks) if (place.typed.has(name)) fields.set(name, place.typed.get(name) ?? '')
  if (pressed !== undefined && pressed.name !== '') fields.set(pressed.name, pressed.value)
  const url = new URL(form.action, place.seen.url)
  await go(place, { url: url.href, body: fields.toString(), origin: url.origin })
}

type Button = { text: string; name: string; value: string }
type Form = { action: string; fields: { name: string; value: string }[]; ticks: string[]; buttons: Button[] }

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, head = '', body = '']) => {
    const controls = [...body.matchAll(/<input[^>]*>/g)].map(([tag]) => tag)
    const isTick = (tag: string): boolean => attribute(tag, 'type') === 'checkbox'
    const boxes = controls.filter(isTick)
    const ticked = boxes.filter((tag) => / checked[ >]/.test(tag))
    return {
      action: attribute(head, 'action'),
      fields: [
        ...[...controls.filter((tag) => !isTick(tag)), ...ticked].map((tag) => ({
          name: attribute(tag, 'name'),
          value: attribute(tag, 'value'),
        })),
        ...[...body.matchAll(/(<select[^>]*>)(.*?)<\/select>/gs)].map(([, tag = '', list = '']) => ({
          name: attribute(tag, 'name'),
          value: chosen(list),
        })),
      ],
      ticks: boxes.map((tag) => attribute(tag, 'name')),
      buttons: [...body.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)].map(([, tag = '', text = '']) => ({
        text: plain(text),
        name: attribute(tag, 'name'),
        value: attribute(tag, 'value'),
      })),
    }
  })
}

/** The entry that is marked, else the first. */
function chosen(list: string): string {
  const heads = [...list.matchAll(/<option([^>]*)>/g)].map(([, head = '']) => head)
  return attribute(heads.find((head) => / selected/.test(head)) ?? heads[0] ?? '', 'value')
}

function labelsOf(html: string): Map<string, string> {
  const pairs = [...html.matchAll(/<label for="([^"]*)"[^>]*>(.*?)<\/label>/gs)]
  return new Map(pairs.map(([, id = '', text = '']) => [plain(text), id]))
}

function fieldOf({ seen }: Place, label: string): { id: string; tag: string; name: string } {
  const id = labelsOf(seen.text).get(label)
  const tag = [...seen.text.matchAll(/<(?:input|select)[^>]*>/g)].map(([found]) => found).find((found) => attribute(found, 'id') === id)
  if (id === undefined || tag === undefined) throw new Error(`there is no field “${label}” at ${seen.url}`)
  return { id, tag, name: attribute(tag, 'name') }
}

function choose(place: Place, label: string, nth: number): string {
  const { tag, name } = fieldOf(place, label)
  const list = place.seen.text.slice(place.seen.text.indexOf(tag) + tag.length).split('</select>')[0] ?? ''
  const [, head = '', text = ''] = [...list.matchAll(/<option([^>]*)>(.*?)<\/option>/gs)][nth] ?? []
  place.typed.set(name, attribute(head, 'value'))
  return plain(text)
}

function groupOf(html: string, name: string): string {
  const id = /<span class="label" id="([^"]*)-label">/g
  const labelled = [...html.matchAll(id)].map(([, found = '']) => found)
  for (const found of labelled) {
    const label = new RegExp(`id="${found}-label">(.*?)</span>`, 's').exec(html)?.[1] ?? ''
    if (plain(label) === name) return new RegExp(`role="group" id="${found}"[^>]*>(.*?)</div>`, 's').exec(html)?.[1] ?? ''
  }
  const list = [...html.matchAll(/<div role="group" id="[^"]*" aria-label="([^"]*)">(.*?)<\/div>/gs)]
  return list.find(([, label = '']) => decoded(label) === name)?.[2] ?? ''
}

function linkOf({ seen }: Place, name: string): string {
  const links = [...seen.text.matchAll(/<a([^>]*)>(.*?)<\/a>/gs)]
  const found = links.find(([, , text = '']) => plain(text) === name)
  if (found === undefined) throw new Error(`there is no link “${name}” at ${seen.url}`)
  return attribute(found[1] ?? '', 'href')
}

function attribute(tag: string, name: string): string {
  return decoded(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

/** Text as it is read: no tags, no drawings. */
function plain(html: string): string {
  return decoded(html.replaceAll(/<svg.*?<\/svg>/gs, '').replaceAll(/<[^>]*>/g, '')).trim()
}

function decoded(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole)
}
