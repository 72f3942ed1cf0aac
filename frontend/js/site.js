// Everything here smooths what already works without it: reading, raising an issue, voting.
import { startCounters } from "./counters.js";
import { startCover } from "./cover.js";
import { startDrafts } from "./drafts.js";
import { startPhotos } from "./photos.js";
import { startPrint } from "./print.js";
import { startReadAloud } from "./read-aloud.js";
import { startSubmitOnce } from "./submit-once.js";

document.documentElement.classList.add("js");
startSubmitOnce();
startCounters(document);
startCover(document);
startPhotos(document);
startDrafts(document);
startReadAloud(document);
startPrint(document);
