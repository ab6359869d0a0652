import { useState } from 'preact/hooks'
import { t } from '../texts/texts.ts'
import { Icon } from './drawn.tsx'

/** A code on a screen: role `group` with its name, whose text without spaces and hyphens is the code. `code` is grouped already. */
export function CodeGroup({ id, label, code, copy = false }: { id: string; label: string; code: string; copy?: boolean }) {
  return (
    <div class="code-block">
      <div class="code-head">
        <span class="label" id={`${id}-label`}>
          {label}
        </span>
        {copy ? <CopyButton code={code} describedBy={`${id}-label`} /> : null}
      </div>
      <div class="code" role="group" id={id} aria-labelledby={`${id}-label`}>
        <Grouped code={code} />
      </div>
    </div>
  )
}

/** Lines break between groups only. */
export function Grouped({ code }: { code: string }) {
  return (
    <>
      {code.split(/(?=[- ])/).map((part, index) => {
        const gap = /^[- ]/.test(part) ? part.charAt(0) : ''
        return (
          <span key={index}>
            {gap === '' ? null : (
              <>
                <span class="code-gap">{gap}</span>
                <wbr />
              </>
            )}
            <span class="code-part">{part.slice(gap.length)}</span>
          </span>
        )
      })}
    </>
  )
}

function CopyButton({ code, describedBy }: { code: string; describedBy: string }) {
  const [copied, setCopied] = useState(false)
  if (navigator.clipboard === undefined) return null
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code)
    setCopied(true)
  }
  return (
    <button class="tool" type="button" aria-describedby={describedBy} onClick={() => void copy().catch(() => undefined)}>
      <Icon name={copied ? 'circleCheck' : 'copy'} />
      <span aria-live="polite">{t(copied ? 'button.copied' : 'button.copy')}</span>
    </button>
  )
}
