/** An address that Vite gives the built script. */
declare module '*?worker&url' {
  const url: string

  export { url as default }
}

/** Vite takes a style sheet in by its name. */
declare module '*.css'
