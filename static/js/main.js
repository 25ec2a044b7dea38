// Starts every small behaviour on the page and on what htmx brings in later. Pages work without it.
import * as calendar from "./calendar.js";
import * as controls from "./controls.js";
import * as copy from "./copy.js";
import * as current from "./current.js";
import * as dialog from "./dialog.js";
import * as errors from "./errors.js";
import * as menu from "./menu.js";
import * as theme from "./theme.js";
import * as toast from "./toast.js";
import * as upload from "./upload.js";
import * as when from "./when.js";

const behaviours = [theme, menu, dialog, errors, toast, copy, controls, upload, when, current, calendar];

function start(root) {
  for (const behaviour of behaviours) behaviour.init(root);
}

start(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});
