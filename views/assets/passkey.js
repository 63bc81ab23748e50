// Passkeys: asks the browser, puts its answer into the form, and sends that like any other.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const open = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));

async function ask({ options: href, ask: kind }) {
  const answer = await fetch(href, { method: 'POST' });
  if (!answer.ok) throw new Error(answer.statusText);
  const options = await answer.json();
  options.challenge = toBytes(options.challenge);
  options.allowCredentials = open(options.allowCredentials);
  options.excludeCredentials = open(options.excludeCredentials);
  if (options.user) options.user.id = toBytes(options.user.id);
  const { id, type, rawId, response } = await navigator.credentials[kind]({ publicKey: options });
  const parts = { clientDataJSON: toText(response.clientDataJSON) };
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle'])
    if (response[name]) parts[name] = toText(response[name]);
  if (kind === 'create') parts.transports = response.getTransports?.() ?? [];
  return JSON.stringify({ id, type, rawId: toText(rawId), response: parts });
}

if (globalThis.PublicKeyCredential)
  for (const form of document.querySelectorAll('form[data-ask]')) {
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const said = form.querySelector('[role=alert]');
      const button = form.querySelector('button');
      said.hidden = true;
      button.disabled = true;
      try {
        form.elements.answer.value = await ask(form.dataset);
        form.submit();
      } catch {
        // Given up, no key here, or no network: the other ways are on the page.
        said.hidden = false;
      }
      button.disabled = false;
    });
  }
