// Live maps. Without JavaScript a list or an address does the same work, so nothing is lost.
import { startIssueMaps } from "./issue-map.js";
import { startPickers } from "./map-picker.js";

startIssueMaps(document);
startPickers(document);
