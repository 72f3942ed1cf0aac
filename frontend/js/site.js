// Everything here smooths what already works without it: reading, raising an issue, voting.
import "./htmx.js";
import { startCounters } from "./counters.js";
import { startCover } from "./cover.js";
import { startDrafts } from "./drafts.js";
import { startPhotos } from "./photos.js";
import { startPrint } from "./print.js";
import { startReadAloud } from "./read-aloud.js";
import { startSubmitOnce } from "./submit-once.js";

/** Set up what lies inside `root`: the page, or a piece that htmx has just brought. */
function start(root) {
  startCounters(root);
  startCover(root);
  startPhotos(root);
  startDrafts(root);
  startReadAloud(root);
  startPrint(root);
}

document.documentElement.classList.add("js");
startSubmitOnce();
start(document);
document.addEventListener("htmx:load", (event) => {
  // htmx also announces the body itself once, at the start; that one is done.
  if (event.detail.elt !== document.body) start(event.detail.elt);
});
