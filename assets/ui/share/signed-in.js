// After signing in at the provider: tells the frame that opened this tab whose it is, and closes it; else goes on to
// the page.
if (window.opener) {
  window.opener.postMessage({ kind: "aigc.signed-in", code: document.body.dataset.code }, location.origin);
  window.close();
}
location.replace("../../#signed-in");
