/** An address that Vite gives the built script. */
declare module '*?worker&url' {
  const url: string

  export { url as default }
}
