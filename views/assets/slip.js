// The signed text of a slip stands behind # in the address its QR leads to: it goes into the form, and out of the address.
const text = location.hash.slice(1);
if (text) {
  history.replaceState(null, '', location.pathname + location.search);
  document.getElementById('input-signed').value = text;
  document.getElementById('form-slip').submit();
}
