// The ground that every live map stands on: the district's outlines, or tiles where the site has them.
import * as L from "leaflet";

const DROP = "M12 29 4 17a10 10 0 1 1 16 0z";
const SVG = "http://www.w3.org/2000/svg";

/** Fetch GeoJSON from this site; a failure is an empty collection, because the list beside the map still works. */
export async function geojson(url) {
  if (!url) return { type: "FeatureCollection", features: [] };
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** A drop whose colour comes from a class; the hit area is as large as the mode asks for. */
export function drop(kind) {
  const svg = shape("svg", { viewBox: "0 0 24 30", "aria-hidden": "true" });
  svg.append(shape("path", { d: DROP }), shape("circle", { cx: 12, cy: 11, r: 3.5 }));
  const size = document.documentElement.dataset.mode === "elder" ? 60 : 44;
  return L.divIcon({ html: svg, className: `mapmark ${kind}`, iconSize: [size, size], iconAnchor: [size / 2, size / 2 + 14] });
}

/** Draw the outlines with their names and fit the map to them. */
export async function drawOutlines(map, url) {
  const outlines = await geojson(url);
  const layer = L.geoJSON(outlines, {
    style: () => ({ className: "area-shape" }),
    interactive: false,
    onEachFeature(feature, drawn) {
      const { name, kind } = feature.properties || {};
      // The district's own name would lie across those of its towns.
      if (name && kind !== "district") drawn.bindTooltip(name, { permanent: true, direction: "center", className: "area-name", interactive: false });
    },
  }).addTo(map);
  if (layer.getBounds().isValid()) {
    map.fitBounds(layer.getBounds(), { padding: [12, 12], animate: false });
    map.setMaxBounds(layer.getBounds().pad(0.4));
  }
  map.on("zoomend moveend resize", () => tidyNames(map));
  tidyNames(map);
  return outlines;
}

/** Whether two boxes touch. */
function touch(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Keep the names clear of marks and of each other, a little higher or lower; one that finds no room is hidden. */
export function tidyNames(map) {
  const standing = map.getContainer().parentElement.querySelectorAll(".mapmark > *, .crosshair");
  const taken = [...standing].map((mark) => mark.getBoundingClientRect());
  for (const name of map.getContainer().querySelectorAll(".area-name")) {
    const box = ["", "up", "down"].map((lift) => {
      name.dataset.lift = lift;
      return { lift, at: name.getBoundingClientRect() };
    }).find(({ at }) => !taken.some((other) => touch(at, other)));
    name.dataset.lift = box?.lift || "";
    name.toggleAttribute("data-over", !box);
    if (box) taken.push(box.at);
  }
}

/** Make the map of a `data-…` element: vector ground, tiles only when the page names a source. */
export function makeMap(element) {
  const words = element.dataset;
  const map = L.map(element, {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.25,
    // Without tiles nothing is drawn but outlines: closer than this one would look at an empty sheet.
    maxZoom: words.tiles ? 18 : 13.5,
    // Nothing flies about: calm, and right for readers who asked for less motion.
    zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false,
    // One finger scrolls the page; the map moves with two or by its buttons.
    scrollWheelZoom: false,
  }).setView([30.39, 114.89], 11);
  L.control.zoom({ position: "bottomright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  if (words.tiles) L.tileLayer(words.tiles, { maxZoom: 18 }).addTo(map);
  if (words.tiles) element.classList.add("has-tiles");
  if (words.credit) L.control.attribution({ prefix: false }).addAttribution(words.credit).addTo(map);
  element.setAttribute("role", "application");
  return map;
}

export { L };
