/**
 * Entry of the Streamlit component: finds its modules at the address given in the data and hands over to them.
 * Streamlit calls it on every re-run with the same root element; everything that lasts is kept by `map.js`.
 */
export default function cityMap(component) {
  const root = component.parentElement.querySelector(".city-map");
  const turn = (root.cityMapTurn = (root.cityMapTurn ?? 0) + 1);
  import(new URL(`${component.data.modules}/map.js`, document.baseURI).href)
    .then(({ showMap }) => {
      if (root.cityMapTurn === turn) showMap(root, component);
    })
    .catch((error) => {
      root.textContent = component.data.text["The map could not be loaded. Reload the page."];
      console.error("city map", error);
    });
  return () => {
    // A root that left the page gives its graphics memory back; one that Streamlit merely re-renders is still connected.
    setTimeout(() => root.isConnected || root.cityMap?.destroy(), 0);
  };
}
