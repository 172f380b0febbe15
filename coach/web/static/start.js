// Everything here only smooths what already works without script.
import { initAll } from "./vendor/govuk-frontend.min.js";

initAll();
document.body.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) initAll({ scope: event.detail.elt });
});
