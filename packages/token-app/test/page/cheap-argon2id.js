/** Stands in for the Argon2id worker where its cost is not what is tested. The other half is `cheapArgon2id` of `person.ts`. */
self.addEventListener('message', async ({ data }) => {
  const both = Uint8Array.from([...data.password, ...data.salt])
  self.postMessage(new Uint8Array(await crypto.subtle.digest('SHA-256', both)))
})
self.postMessage('ready')
