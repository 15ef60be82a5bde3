// Says, before the page is drawn, that JavaScript runs; GOV.UK Frontend's styles depend on it.
// A file of its own because the Content-Security-Policy forbids inline scripts.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
