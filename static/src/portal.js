// Every page works without this file; it makes some of them quicker to use.

import { FilterToggleButton, initAll as initMoj } from "@ministryofjustice/frontend";
import { createAll, initAll as initGovuk } from "govuk-frontend";
// htmx reads its settings (no eval, no injected styles, no page history kept in the browser)
// from a <meta> in templates/base.html, before it does anything else.
import "htmx.org";

function start(scope) {
  initGovuk(scope);
  initMoj(scope);
  // The list matters more than its filter, which waits behind a button unless it is in use.
  const inUse = document.querySelector(".moj-filter__selected") !== null;
  createAll(FilterToggleButton, { startHidden: !inUse }, scope);
}

start(document);

// htmx reports every part it loads, the whole page first: that one is done.
document.body.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt === document.body) return;
  start(detail.elt);
  chooseBeside(detail.elt);
});

// A part that was loaded may tick a radio button of the form beside it ("outcome=transferred"):
// always, or only while none of them is ticked.
function chooseBeside({ dataset }) {
  if (!dataset?.portalChoose) return;
  const [name, value] = dataset.portalChoose.split("=");
  const radios = [...document.querySelectorAll(`input[type="radio"][name="${name}"]`)];
  const wanted = radios.find((radio) => radio.value === value);
  if ("portalAlways" in dataset || !radios.some((radio) => radio.checked)) wanted?.click();
}
