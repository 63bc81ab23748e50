// Offers a passkey where the browser can: its answer goes into the form's own field, and the form goes its usual way.
const form = document.querySelector('form[data-passkey]');
const button = document.getElementById('button-passkey');
const creates = form?.dataset.ceremony === 'create';
const read =
  globalThis.PublicKeyCredential?.[creates ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'];

if (form && button && read) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    if (creates && ![...form.elements].every((one) => one.name === 'code' || one.reportValidity())) return;
    button.disabled = true;
    try {
      const publicKey = read.call(PublicKeyCredential, JSON.parse(form.dataset.passkey));
      const credential = await navigator.credentials[creates ? 'create' : 'get']({ publicKey });
      form.elements.namedItem('passkey').value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      // Given up, or no key here: the other way is still on the page.
      button.disabled = false;
    }
  });
}
