// htmx under a strict content policy: no eval, no style element of its own.
import htmx from "htmx.org/dist/htmx.esm.js";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  // History snapshots would keep personal pages in the storage of a shared phone.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
});

export default htmx;
